"""Bursts and pauses against the cadences of a country's tones.

The line's recent past is a short list of intervals (a burst with the colours it can be, or a pause). A *pattern* is a
tone's cadence: parts played once, or a cycle. `match` says how well the newest intervals fit a pattern, wherever in its
cycle they begin; the last interval may still be going on. Pure functions on immutable values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.signals.colours import Colour
from drivers.signals.tonespec import Part, ToneSpec

MS: Final = 8  # samples
LOOKS: Final = 25  # kept of a burst
AGREE: Final = 0.7  # share of a burst's looks that must hear a colour
SHORTEST_PAUSE_MS: Final = 35  # shorter pauses are not seen: they are dents in one colour, nothing between two

_TOLERANCE: Final = 0.13
_SLACK: Final = 25 * MS
_SWING_SLACK: Final = 20 * MS  # a swung tone may begin and end in a dip
_STILL: Final = 0.004  # how far a pitch may be from the middle one: generators do not drift
_ALIKE: Final = 0.006  # two bursts of one tone, likewise; short ones are measured less well
_QUIET: Final = 0.35  # energy of a pause, of the bursts': half a decibel over an SNR of 5 dB
_TIME_TOLERANCES: Final = {  # of tones that are looser than most
    "sit": 0.25,  # Telcordia's SIT codes have parts of 274 and 380 ms round the nominal 330
    "cng": 0.16,  # T.30: 15 %
}
_SIT_HZ_TOLERANCE: Final = 0.056  # ... and 914/985, 1371/1429 Hz round the nominal tones, each +-1.5 %


@dataclass(slots=True)
class Interval:
    """A burst (`colours` not None: those it can be, each with its pitch) or a pause, in samples.

    `end` is None while it lasts. `looks` are what identity windows heard in it, the newest `LOOKS`.
    """

    start: int
    end: int | None
    colours: dict[Colour, float] | None
    family: int = -1  # of the presence measurement; -1 in a pause
    looks: deque[dict[Colour, float]] = field(default_factory=lambda: deque(maxlen=LOOKS))
    energy: float = 0.0  # of its presence windows ...
    windows: int = 0  # ... of so many

    def agreed(self, share: float) -> dict[Colour, float]:
        """The colours that at least this share of the looks heard, at one pitch: the middle one."""
        found: dict[Colour, float] = {}
        wanted = share * len(self.looks)
        for colour in {colour: None for look in self.looks for colour in look}:
            pitches = sorted(look[colour] for look in self.looks if colour in look)
            middle = pitches[len(pitches) // 2]
            if sum(abs(pitch - middle) <= _STILL for pitch in pitches) >= wanted:
                found[colour] = middle
        return found

    def length(self, now: int) -> int:
        return (now if self.end is None else self.end) - self.start

    @property
    def loudness(self) -> float:
        """Mean energy of a presence window."""
        return self.energy / max(1, self.windows)


@dataclass(frozen=True, slots=True)
class Beat:
    """One part of a pattern: a colour or a pause (None), its length in samples (None: for ever), how exact it is."""

    colour: Colour | None
    length: int | None
    tolerance: float
    swung: bool

    @property
    def dent(self) -> bool:
        """Whether it is a pause too short for the on/off measurement."""
        return self.colour is None and self.length is not None and self.length < SHORTEST_PAUSE_MS * MS

    def admits(self, length: int, still_on: bool) -> bool:
        """Whether an interval of that length can be this beat; one still going on may yet grow."""
        if self.length is None:
            return True
        slack = self.length * self.tolerance + _SLACK + (_SWING_SLACK if self.swung else 0)
        return length <= self.length + slack and (still_on or length >= self.length - slack)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A tone's cadence. `cycle` repeats; `once` comes before it."""

    tone: str
    once: tuple[Beat, ...]
    cycle: tuple[Beat, ...]

    @property
    def continuous(self) -> Colour | None:
        """The colour of a tone that sounds without a pause from its start, else None."""
        if not self.once and len(self.cycle) == 1 and self.cycle[0].length is None:
            return self.cycle[0].colour
        return None

    @property
    def colours(self) -> frozenset[Colour]:
        return frozenset(beat.colour for beat in self.once + self.cycle if beat.colour is not None)


def pattern(tone: str, spec: ToneSpec, hz_tolerance: float | None = None) -> Pattern:
    """A tone's cadence as it is heard: unhearably short pauses between two sounds left out, equal neighbours joined.

    `hz_tolerance` is a share of each frequency; what call-progress tones need if left out.
    """
    once = _beats(tone, spec.once, hz_tolerance)
    cycle = _beats(tone, spec.cycle, hz_tolerance)
    if cycle and all(beat.colour is None for beat in cycle):
        cycle = ()
    for period in range(1, len(cycle)):
        if len(cycle) % period == 0 and cycle == cycle[:period] * (len(cycle) // period):
            cycle = cycle[:period]  # Australia's congestion tone: every other burst is only softer
            break
    if len(cycle) == 1:
        cycle = (replace(cycle[0], length=None),)
    return Pattern(tone, once, cycle)


def _beats(tone: str, parts: Sequence[Part], hz_tolerance: float | None) -> tuple[Beat, ...]:
    exactness = _TIME_TOLERANCES.get(tone, _TOLERANCE)
    swung = any(part.swing_hz for part in parts)
    width = _SIT_HZ_TOLERANCE if tone == "sit" else hz_tolerance
    beats: list[Beat] = []
    for place, part in enumerate(parts):
        following = parts[(place + 1) % len(parts)]
        short = not part.sounding and part.ms is not None and part.ms < SHORTEST_PAUSE_MS
        if short and (parts[place - 1].hz, parts[place - 1].swing_hz) != (following.hz, following.swing_hz):
            continue
        colour = None
        if part.sounding:
            colour = Colour.of(part) if width is None else Colour.of(part, width)
        length = None if part.ms is None else part.ms * MS
        if beats and beats[-1].colour == colour:
            before = beats.pop().length
            length = None if length is None or before is None else before + length
        beats.append(Beat(colour, length, exactness, swung))
    return tuple(beats)


@dataclass(frozen=True, slots=True)
class Match:
    """How the newest intervals fit a pattern."""

    bursts: int  # complete bursts that fit
    pauses: int  # complete pauses that fit
    sounding: int  # samples of these bursts
    start: int  # sample at which the fitting stretch begins
    error: float  # mean deviation of the complete intervals, as a share of their length


def match(pattern_: Pattern, intervals: Sequence[Interval], now: int, *, holding: bool = False) -> Match | None:
    """The longest fit of a pattern that takes in the newest interval; None if that interval fits nowhere in it.

    The stretch begins with a burst (the silence before a tone says nothing). Parts played once count as long as they
    last: they keep another tone that still sounds the same from being told too soon. Pauses must be quiet, but while
    a tone that was recognised is only being held: a click or a word in ringback's pause does not end it.
    """
    if pattern_.continuous is not None:
        return None
    best: Match | None = None
    for beats in (pattern_.once, pattern_.cycle):
        if len(beats) < 2:
            continue
        for offset in range(len(beats)):
            found = _walk(beats, offset, intervals, now, holding)
            if found is not None and (best is None or _rank(found) > _rank(best)):
                best = found
    return best


def _rank(found: Match) -> tuple[int, float]:
    return (found.bursts + found.pauses, -found.error)


def _walk(cycle: Sequence[Beat], offset: int, intervals: Sequence[Interval], now: int, holding: bool) -> Match | None:
    """Back through the intervals, the newest being beat `offset` of the cycle, as long as they fit."""
    bursts = pauses = sounding = waiting = 0
    error = waiting_error = 0.0
    start = None
    pitches: dict[Colour, float] = {}
    for back in range(len(intervals)):
        interval = intervals[-1 - back]
        beat = cycle[(offset - back) % len(cycle)]
        if not _fits(beat, interval, now):
            break
        if beat.colour is None:
            if not holding and not _quiet(intervals, len(intervals) - 1 - back):
                break
        elif interval.end is not None and not _at_one_pitch(beat.colour, interval, pitches):
            break
        if interval.end is None:
            start = interval.start
            continue
        off_by = abs(interval.length(now) - (beat.length or 0)) / (beat.length or 1)
        if beat.colour is None:
            waiting, waiting_error = 1, off_by  # counts once a burst before it fits too
            continue
        start = interval.start
        bursts += 1
        sounding += interval.length(now)
        pauses += waiting
        error += off_by + waiting_error
        waiting, waiting_error = 0, 0.0
    if start is None:
        return None
    return Match(bursts, pauses, sounding, start, error / max(1, bursts + pauses))


def _quiet(intervals: Sequence[Interval], place: int) -> bool:
    """Whether the pause at `place` is one: far softer than the louder of the bursts beside it."""
    beside = (*intervals[max(0, place - 1) : place], *intervals[place + 1 : place + 2])
    return not beside or intervals[place].loudness <= _QUIET * max(burst.loudness for burst in beside)


def _at_one_pitch(colour: Colour, burst: Interval, pitches: dict[Colour, float]) -> bool:
    """Whether the burst has the pitch of the later bursts of its colour, which `pitches` keeps."""
    pitch = (burst.colours or {})[colour]
    return abs(pitches.setdefault(colour, pitch) - pitch) <= _ALIKE


def _fits(beat: Beat, interval: Interval, now: int) -> bool:
    if (beat.colour is None) != (interval.colours is None):
        return False
    if interval.colours is not None and interval.end is not None and beat.colour not in interval.colours:
        return False
    return beat.admits(interval.length(now), interval.end is None)


def match_once(beats: Sequence[Beat], intervals: Sequence[Interval], now: int) -> int | None:
    """The start of the newest intervals if they are exactly these beats, the last of them complete; else None."""
    newest = [interval for interval in intervals if interval.end is not None][-len(beats) :]
    if len(newest) < len(beats):
        return None
    pitches: dict[Colour, float] = {}
    for place, (beat, interval) in enumerate(zip(beats, newest, strict=True)):
        if not _fits(beat, interval, now):
            return None
        if beat.colour is None:
            if not _quiet(newest, place):
                return None
        elif not _at_one_pitch(beat.colour, interval, pitches):
            return None
    return newest[0].start
