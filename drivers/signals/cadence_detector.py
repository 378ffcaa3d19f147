"""Tones by their cadence: hears bursts and pauses of known colours and says which pattern they make.

The engine under call progress (`progress.py`) and data tones (`datatones.py`): both give it patterns. It never guesses
between two patterns that still fit alike: it waits until one is ruled out. Bounded memory (a second of audio, `KEEP`
intervals), no failure on any audio, `reset()` forgets all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.cadence import LOOKS, MS, Interval, Match, Pattern, match, match_once
from drivers.signals.colours import HOP, Colour, Presence
from drivers.signals.dents import find_dent
from drivers.signals.look import IDENTITY_WINDOW, Look, rest_in

Samples = npt.NDArray[np.int16]

KEEP: Final = 16
_HISTORY: Final = 1600  # samples of sound kept for identity
_ROOM: Final = 8000
_PIECE: Final = 6000  # samples taken in at once: with the history and what waits for its batch they fit the room
_BATCH: Final = 320  # samples measured at a time: what numpy costs a call is shared by four hops
_SETTLE_BURST: Final = 3  # hops a new burst must hold; shorter blips are noise
_SETTLE_PAUSE: Final = 2  # hops a pause must hold; shorter drop-outs are noise
# A window that holds a tenth of a strong tone already counts as on, so bursts look longer by most of half a window at
# either end; taken off again, lengths are true within 5 ms from 8 dB SNR upwards.
_REACH: Final = 0.42
_IDENTITY_HOP: Final = 320  # a lasting burst's identity is looked at every 40 ms, through windows of 80 ms
_EDGES: Final = 0.05  # what the burst's windows hold more of other sound than a look, which lies well within it
_PATIENT_HOP: Final = 1280  # ... and every 160 ms once it has lasted longer than any part of a two-tone signal
_DISSENT: Final = 3  # looks in a row with another colour: a new burst without a pause (two-tone signals)
_FORGET: Final = 7000 * MS  # silence longer than any cadence's pause
SLOW: Final = 650 * MS  # one burst this long, of the right length and colour, with a pause after it, is enough
_SLOW_PAUSE: Final = 300 * MS
_SHORTEST: Final = 600 * MS
_SOUNDING: Final = 350 * MS
_SURE: Final = 6  # complete intervals after which two tones that still fit are told apart by which fits better
CONTINUOUS: Final = 400 * MS
_AGREE: Final = 0.7  # share of a burst's identity windows that must fit a colour
_GLIDE: Final = 60 * MS  # a shorter gap between bursts of different families is no pause (SIT's steps)


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
        self._presence = Presence(sorted(colours, key=lambda colour: colour.hz))
        self._reach = int(_REACH * self._presence.window)
        self._lag = self._presence.window // 2 + self._reach  # until a burst that still sounds is known to have
        self._bridge = bridge
        self._dented = any(beat.dent for one in self._patterns for beat in one.once + one.cycle)
        self._slow = slow
        self._patience = {one.tone: max(continuous, _patience(one, self._patterns)) for one in self._patterns}
        self.reset()

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        self._sound = np.zeros(_ROOM, np.float32)
        self._frames = np.lib.stride_tricks.sliding_window_view(self._sound, self._presence.window)[::HOP]
        self._filled = _HISTORY  # measured up to here ...
        self._written = _HISTORY  # ... and received up to here, less than a batch more
        self._time = 0  # samples measured so far
        self._family = -1  # which of the presence's families sounds; -1: none
        self._change = 0  # hops that a change of state has held
        self._change_to = -1
        self._change_at = 0
        self._intervals: list[Interval] = [Interval(0, None, None, -1)]
        self._next_window = 0
        self._tonal = self._energy = 0.0  # since the last look: of the burst's family, and all
        self._dissent = 0  # looks in a row that heard other colours than these:
        self._agreed: dict[Colour, float] = {}
        self._agreed_until = 0
        self._active: tuple[Pattern, int] | None = None

    def feed(self, samples: Samples) -> list[ToneHeard]:
        """The tones that began or ended within these samples."""
        told: list[ToneHeard] = []
        for first in range(0, samples.size, _PIECE):
            piece = samples[first : first + _PIECE]
            if self._written + piece.size > _ROOM:
                kept = self._sound[self._filled - _HISTORY : self._written].copy()
                self._sound[: kept.size] = kept
                self._filled, self._written = _HISTORY, kept.size
            self._sound[self._written : self._written + piece.size] = piece
            self._written += piece.size
            if self._written - self._filled >= _BATCH:
                self._take(told)
        return told

    def _take(self, told: list[ToneHeard]) -> None:
        """Measure the hops of the whole batches that have come."""
        hops = (self._written - self._filled) // _BATCH * (_BATCH // HOP)
        first = (self._filled + HOP - self._presence.window) // HOP
        families, tonal, energies = self._presence.measure(self._frames[first : first + hops])
        hop = 0
        while hop < hops:
            if self._idle:
                asleep = hop
                while hop < hops and families[hop] < 0:
                    hop += 1
                self._time += (hop - asleep) * HOP
                self._filled += (hop - asleep) * HOP
                if hop == hops:
                    return
            self._time += HOP
            self._filled += HOP
            self._hop(families[hop], tonal[hop], energies[hop], told)
            hop += 1

    @property
    def _known(self) -> int:
        """The position up to which the interval going on is known to last."""
        return self._change_at if self._change else self._time - self._presence.window // 2

    @property
    def sounding(self) -> bool:
        """Whether a burst of any of the patterns' frequencies is going on (or has ended within the last 30 ms)."""
        return self._family >= 0

    def _heard(self, start: int, end: int) -> npt.NDArray[np.float32]:
        """The sound between two positions, as far back as it is kept."""
        offset = self._filled - self._time
        return self._sound[max(0, self._filled - _HISTORY, offset + start) : offset + end]

    # --- on, off and identity

    @property
    def _idle(self) -> bool:
        """Silence that no pattern waits in."""
        return self._family < 0 and not self._change and len(self._intervals) == 1

    def _hop(self, family: int, tonal: float, energy: float, told: list[ToneHeard]) -> None:
        if family == self._family:
            self._change = 0
            newest = self._intervals[-1]
            newest.energy += energy
            newest.windows += 1
            self._tonal += tonal
            self._energy += energy
        else:
            if family != self._change_to or not self._change:
                edge = self._edge(family, self._time - self._presence.window // 2)
                self._change, self._change_to, self._change_at = 0, family, edge
            self._change += 1
            if self._change >= (_SETTLE_PAUSE if family < 0 else _SETTLE_BURST):
                self._turn(family, self._change_at)
                self._decide(told)
        if self._family >= 0 and not self._change and self._time >= self._next_window:
            self._look()
            self._decide(told)
        elif self._family < 0 and self._time % (10 * HOP) == 0 and len(self._intervals) > 1:
            self._decide(told)

    def _edge(self, family: int, centre: int) -> int:
        """Where the line changed, given the centre of the first window that shows it."""
        reach = self._reach
        into_burst = self._family < 0
        out_of_burst = family < 0
        at = centre - HOP // 2 + (reach if into_burst else 0) - (reach if out_of_burst else 0)
        return max(at, self._intervals[-1].start)

    def _turn(self, family: int, at: int) -> None:
        """The current interval ended at `at`; one of `family` (-1: a pause) has begun."""
        newest = self._intervals[-1]
        newest.end = at
        self._family = family
        self._change = 0
        if newest.colours is not None:
            if not newest.looks:
                self._vote(newest, newest.start, at)
            newest.colours = newest.agreed(_AGREE)
            if not newest.colours and self._active is None:  # no pattern can take it in, nor anything before it
                self._intervals.clear()
        elif len(self._intervals) > 1 and newest.start > 0:
            burst = self._intervals[-2]
            if burst.family != family and newest.length(at) < _GLIDE:
                self._intervals.pop()
                burst.end = at
            elif burst.family == family and newest.length(at) < self._bridge:
                self._intervals.pop()
                burst.end = None
                self._next_window = at + HOP + IDENTITY_WINDOW + self._lag
                return
        self._open(family, at)

    def _open(self, family: int, at: int) -> None:
        self._intervals.append(Interval(at, None, None if family < 0 else {}, family))
        del self._intervals[:-KEEP]
        self._dissent = 0
        self._agreed = {}
        self._tonal = self._energy = 0.0
        self._next_window = at + HOP + IDENTITY_WINDOW + self._lag

    def _look(self) -> None:
        """One identity window of a lasting burst; a lasting change of colour within it begins a new burst."""
        start = self._next_window - IDENTITY_WINDOW - self._lag
        burst = self._intervals[-1]
        lasting = not self._dented and len(burst.looks) == LOOKS
        self._next_window += _PATIENT_HOP if lasting else _IDENTITY_HOP
        if self._dented and self._split(burst, start + IDENTITY_WINDOW):
            return
        heard = self._vote(burst, start, start + IDENTITY_WINDOW)
        if not heard or not self._agreed or heard.keys() & self._agreed.keys():
            self._dissent = 0
            if heard:
                self._agreed = burst.agreed(_AGREE)
                self._agreed_until = start + IDENTITY_WINDOW
            return
        self._dissent += 1
        if self._dissent < _DISSENT:
            return
        first = start - (_DISSENT - 1) * (_PATIENT_HOP if lasting else _IDENTITY_HOP)
        burst.end = (self._agreed_until + first) // 2
        burst.colours = self._agreed
        ahead = self._next_window
        self._open(self._family, burst.end)
        self._intervals[-1].looks.extend(list(burst.looks)[-_DISSENT:])
        self._agreed = self._intervals[-1].agreed(_AGREE)
        self._agreed_until = start + IDENTITY_WINDOW
        self._next_window = ahead

    def _split(self, burst: Interval, until: int) -> bool:
        """Whether a dent ended the burst since the last look; then a pause and the next burst follow it."""
        since = max(burst.start, until - IDENTITY_WINDOW)
        dent = find_dent(self._heard(since, until), burst.loudness / self._presence.window)
        if dent is None:
            return False
        begin, end = since + dent[0], since + dent[1]
        burst.end = begin
        burst.colours = burst.agreed(_AGREE)
        self._intervals.append(Interval(begin, end, None))
        self._open(burst.family, end)
        return True

    def _vote(self, burst: Interval, start: int, end: int) -> dict[Colour, float]:
        """Which colours the samples from `start` to `end` are, each with its pitch; kept with the burst."""
        margin = HOP if end - start >= 4 * HOP and end - start != IDENTITY_WINDOW else 0
        before = self._intervals[-2] if len(self._intervals) > 1 else None
        noise = 0.0 if before is None or before.colours is not None else before.loudness / max(1.0, burst.loudness)
        rest = rest_in(noise)
        heard: dict[Colour, float] = {}
        if self._tonal >= (1.0 - rest - _EDGES) * self._energy:
            look = Look(self._heard(start + margin, end - margin), rest)
            for colour in self._presence.families[burst.family]:
                pitch = look.hears(colour)
                if pitch is not None:
                    heard[colour] = pitch
        self._tonal = self._energy = 0.0
        burst.looks.append(heard)
        return heard

    # --- cadence

    def _decide(self, told: list[ToneHeard]) -> None:
        if self._active is not None and not self._holds(self._active[0]):
            tone, start = self._active[0].tone, self._active[1]
            told.append(ToneHeard(tone, start, self._last_burst_end(start)))
            self._forget(self._active[0])
            self._active = None
        if self._active is None and self._plausible():
            self._active = self._recognise()
            if self._active is not None:
                told.append(ToneHeard(self._active[0].tone, self._active[1], None))
        newest = self._intervals[-1]
        if self._active is None and newest.colours is None and newest.length(self._time) > _FORGET:
            del self._intervals[:-1]

    def _forget(self, ended: Pattern) -> None:
        """Drop the intervals of a tone that has ended; a burst that broke it off may begin the next tone."""
        newest = self._intervals[-1]
        intervals = self._intervals[:-1]
        if newest.colours is None and intervals and match(ended, intervals, newest.start, holding=True):
            del self._intervals[:-1]
        else:
            del self._intervals[:-2]

    def _last_burst_end(self, start: int) -> int:
        """Where the tone that began at `start` fell silent."""
        for interval in reversed(self._intervals):
            if interval.colours and interval.end is not None:
                return max(start, interval.end)
        return max(start, self._intervals[-1].start)

    def _holds(self, active: Pattern) -> bool:
        newest = self._intervals[-1]
        if active.continuous is not None or (active.once and active.cycle and active.cycle[0].length is None):
            return newest.colours is not None and active.cycle[0].colour in newest.agreed(_AGREE)
        if not active.cycle:
            return newest.colours is None and newest.length(self._time) < SLOW
        # the interval going on may fit by chance (any pause begins like the tone's own): a burst before it must too
        if newest.colours is None and newest.length(self._known) < _GLIDE:
            return True
        found = match(active, self._intervals[-3:], self._known, holding=True)
        return found is not None and found.bursts > 0

    def _plausible(self) -> bool:
        """Whether the newest burst is any of the country's colours at all; speech mostly is not."""
        newest = self._intervals[-1]
        burst = self._intervals[-2] if newest.colours is None and len(self._intervals) > 1 else newest
        return any(burst.looks)

    def _recognise(self) -> tuple[Pattern, int] | None:
        cyclic: list[tuple[Pattern, Match]] = []
        for one in self._patterns:  # stutter tone before the dial tone that it ends in
            start = self._ending_match(one)
            if start is not None:
                return one, start
            found = match(one, self._intervals, self._known)
            if found is not None:
                cyclic.append((one, found))
        for one, found in cyclic:
            cycles = len(one.cycle) > 1
            if cycles and self._strong(found) and all(other is one or _beaten(rival, found) for other, rival in cyclic):
                return one, found.start
        return None

    def _ending_match(self, one: Pattern) -> int | None:
        """The start of a tone that does not cycle, if it is what was just heard."""
        newest = self._intervals[-1]
        steady = one.cycle[0].colour if len(one.cycle) == 1 else None
        if steady is not None:
            patient = newest.colours is not None and newest.length(self._time) >= self._patience[one.tone]
            if not patient or len(newest.looks) < 3 or steady not in newest.agreed(_AGREE):
                return None
            if not one.once:
                return newest.start
            return match_once(one.once[-4:], self._intervals, self._time)
        if one.once and not one.cycle:
            while_pause = newest.colours is None
            return match_once([b for b in one.once if b.length], self._intervals, self._time) if while_pause else None
        return None

    def _strong(self, found: Match) -> bool:
        if found.bursts >= 2 and found.bursts + found.pauses >= 3:
            # a quick cadence must go on as long as a slow one, and sound as long: syllables keep one up for less
            return self._time - found.start >= _SHORTEST and found.sounding >= _SOUNDING
        newest = self._intervals[-1]
        if found.bursts < 1 or newest.colours is not None or newest.length(self._time) < _SLOW_PAUSE:
            return False
        burst = self._intervals[-2]
        return burst.start > 0 and burst.length(self._time) >= self._slow


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
