"""Tones by their cadence: hears bursts and pauses of known colours and says which pattern they make.

The engine under call progress (`progress.py`) and data tones (`datatones.py`): both give it patterns. It never guesses
between two patterns that still fit alike: it waits until one is ruled out. Memory, failure and reset: see `bursts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.bursts import GLIDE, Bursts
from drivers.signals.cadence import AGREE, MS, Match, Pattern, match, match_once
from drivers.signals.colours import Colour

Samples = npt.NDArray[np.int16]

_FORGET: Final = 7000 * MS  # silence longer than any cadence's pause
SLOW: Final = 650 * MS  # one burst this long, of the right length and colour, with a pause after it, is enough
_SLOW_PAUSE: Final = 300 * MS
_SHORTEST: Final = 600 * MS
_SOUNDING: Final = 350 * MS
_SURE: Final = 6  # complete intervals after which two tones that still fit are told apart by which fits better
CONTINUOUS: Final = 400 * MS


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A call-progress tone. Positions are samples since the detector's start; `end` None: it has just been told."""

    tone: str
    start: int
    end: int | None


class CadenceDetector:
    """Hears which of some patterns sounds. In samples: `bridge`, up to which a gap in one colour is no pause; `slow`,
    from which one complete burst with a pause after it is enough; `continuous`, which a tone without pause must last.
    """

    def __init__(
        self, patterns: Sequence[Pattern], bridge: int = 0, slow: int = SLOW, continuous: int = CONTINUOUS
    ) -> None:
        # a pattern with a beginning of its own goes first: stutter tone before the dial tone that it ends in
        self._patterns = sorted(_distinct(patterns), key=lambda one: not one.once)
        colours = {colour for one in self._patterns for colour in one.colours}
        dented = any(beat.dent for one in self._patterns for beat in one.once + one.cycle)
        self._bursts = Bursts(sorted(colours, key=lambda colour: colour.hz), bridge, dented=dented)
        self._slow = slow
        self._patience = {one.tone: max(continuous, _patience(one, self._patterns)) for one in self._patterns}
        self.reset()

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        self._bursts.reset()
        self._active: tuple[Pattern, int] | None = None
        self._told: list[ToneHeard] = []

    def feed(self, samples: Samples) -> list[ToneHeard]:
        """The tones that began or ended within these samples."""
        told = self._told = []
        self._bursts.feed(samples, self._decide)
        return told

    @property
    def sounding(self) -> bool:
        """Whether a burst of any of the patterns' frequencies is going on (or has ended within the last 30 ms)."""
        return self._bursts.sounding

    @property
    def told(self) -> bool:
        """Whether a tone has been told that has not ended."""
        return self._active is not None

    @property
    def waits(self) -> bool:
        """Whether what was heard lately may still become one of the patterns."""
        return len(self._bursts.intervals) > 1

    def _decide(self) -> None:
        if self._active is not None and not self._holds(self._active[0]):
            tone, start = self._active[0].tone, self._active[1]
            self._told.append(ToneHeard(tone, start, self._last_burst_end(start)))
            self._forget(self._active[0])
            self._active = None
        if self._active is None and self._plausible():
            self._active = self._recognise()
            if self._active is not None:
                self._told.append(ToneHeard(self._active[0].tone, self._active[1], None))
        self._bursts.holding = self._active is not None
        newest = self._bursts.intervals[-1]
        if self._active is None and newest.colours is None and newest.length(self._bursts.time) > _FORGET:
            del self._bursts.intervals[:-1]

    def _forget(self, ended: Pattern) -> None:
        """Drop the intervals of a tone that has ended; a burst that broke it off may begin the next tone."""
        newest = self._bursts.intervals[-1]
        intervals = self._bursts.intervals[:-1]
        if newest.colours is None and intervals and match(ended, intervals, newest.start, holding=True):
            del self._bursts.intervals[:-1]
        else:
            del self._bursts.intervals[:-2]

    def _last_burst_end(self, start: int) -> int:
        """Where the tone that began at `start` fell silent."""
        for interval in reversed(self._bursts.intervals):
            if interval.colours and interval.end is not None:
                return max(start, interval.end)
        return max(start, self._bursts.intervals[-1].start)

    def _holds(self, active: Pattern) -> bool:
        newest = self._bursts.intervals[-1]
        if active.continuous is not None or (active.once and active.cycle and active.cycle[0].length is None):
            return newest.colours is not None and active.cycle[0].colour in newest.agreed(AGREE)
        if not active.cycle:
            return newest.colours is None and newest.length(self._bursts.time) < SLOW
        # the interval going on may fit by chance (any pause begins like the tone's own): a burst before it must too
        if newest.colours is None and newest.length(self._bursts.known) < GLIDE:
            return True
        found = match(active, self._bursts.intervals[-3:], self._bursts.known, holding=True)
        return found is not None and found.bursts > 0

    def _plausible(self) -> bool:
        """Whether the newest burst is any of the country's colours at all; speech mostly is not."""
        newest = self._bursts.intervals[-1]
        burst = self._bursts.intervals[-2] if newest.colours is None and len(self._bursts.intervals) > 1 else newest
        return any(burst.looks)

    def _recognise(self) -> tuple[Pattern, int] | None:
        cyclic: list[tuple[Pattern, Match]] = []
        for one in self._patterns:  # stutter tone before the dial tone that it ends in
            start = self._ending_match(one)
            if start is not None:
                return one, start
            found = match(one, self._bursts.intervals, self._bursts.known)
            if found is not None:
                cyclic.append((one, found))
        for one, found in cyclic:
            cycles = len(one.cycle) > 1
            if cycles and self._strong(found) and all(other is one or _beaten(rival, found) for other, rival in cyclic):
                return one, found.start
        return None

    def _ending_match(self, one: Pattern) -> int | None:
        """The start of a tone that does not cycle, if it is what was just heard."""
        newest = self._bursts.intervals[-1]
        steady = one.cycle[0].colour if len(one.cycle) == 1 else None
        if steady is not None:
            patient = newest.colours is not None and newest.length(self._bursts.time) >= self._patience[one.tone]
            if not patient or len(newest.looks) < 3 or steady not in newest.agreed(AGREE):
                return None
            if not one.once:
                return newest.start
            return match_once(one.once[-4:], self._bursts.intervals, self._bursts.time)
        if one.once and not one.cycle:
            while_pause = newest.colours is None
            return (
                match_once([b for b in one.once if b.length], self._bursts.intervals, self._bursts.time)
                if while_pause
                else None
            )
        return None

    def _strong(self, found: Match) -> bool:
        if found.bursts >= 2 and found.bursts + found.pauses >= 3:
            # a quick cadence must go on as long as a slow one, and sound as long: syllables keep one up for less
            return self._bursts.time - found.start >= _SHORTEST and found.sounding >= _SOUNDING
        newest = self._bursts.intervals[-1]
        if found.bursts < 1 or newest.colours is not None or newest.length(self._bursts.time) < _SLOW_PAUSE:
            return False
        burst = self._bursts.intervals[-2]
        return burst.start > 0 and burst.length(self._bursts.time) >= self._slow


def _beaten(rival: Match, winner: Match) -> bool:
    covered, covers = rival.bursts + rival.pauses, winner.bursts + winner.pauses
    return covered < covers or (covers >= _SURE and winner.error < rival.error)


def _distinct(patterns: Sequence[Pattern]) -> list[Pattern]:
    """Without those that sound the same as an earlier one (some countries' busy and congestion)."""
    kept: list[Pattern] = []
    for one in patterns:
        if not any(one.once == other.once and one.cycle == other.cycle for other in kept):
            kept.append(one)
    return kept


def _patience(one: Pattern, patterns: list[Pattern]) -> int:
    """Samples a continuous tone must last before no burst of another tone in these frequencies can be meant."""
    longest = 0
    for other in patterns:
        for beats in (other.once, other.cycle):
            for beat, following in zip(beats, (*beats[1:], *beats[:1]), strict=True):
                if beat.colour is None or beat.length is None:
                    continue
                if any(_overlap(beat.colour, colour) for colour in one.colours):
                    told_late = 200 * MS if following.colour is not None else 80 * MS
                    longest = max(longest, int(beat.length * 1.15) + told_late)
    return longest


def _overlap(a: Colour, b: Colour) -> bool:
    """Whether one could be taken for the other."""
    return len(a.bands) == len(b.bands) and all(
        low < high_b and low_b < high for (low, high), (low_b, high_b) in zip(a.bands, b.bands, strict=True)
    )
