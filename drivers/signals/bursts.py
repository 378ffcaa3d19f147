"""Bursts and pauses of a line: when a tone of known colours sounds, and which colour it is.

What `cadence_detector.py` matches patterns against. Sound is measured every 10 ms (`colours.Presence`) in batches of
80 ms; a change of state that holds makes a new `Interval`, and bursts are looked at (`look.Look`) as long as they last.
Bounded memory (a second of audio, `KEEP` intervals), no failure on any audio, `reset()` forgets all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.cadence import AGREE, LOOKS, MS, Interval
from drivers.signals.colours import HOP, Colour, Presence
from drivers.signals.dents import find_dent
from drivers.signals.look import IDENTITY_WINDOW, Look, rest_in

Samples = npt.NDArray[np.int16]
Decide = Callable[[], None]

KEEP: Final = 16
GLIDE: Final = 60 * MS  # a shorter gap between bursts of different families is no pause (SIT's steps)
_HISTORY: Final = 1600  # samples of sound kept for identity
_ROOM: Final = 8000
_PIECE: Final = 5600  # samples taken in at once: with the history and what waits for its batch they fit the room
_BATCH: Final = 640  # samples measured at a time: what numpy costs a call is shared by eight hops
_SETTLE_BURST: Final = 3  # hops a new burst must hold; shorter blips are noise
_SETTLE_PAUSE: Final = 2  # hops a pause must hold; shorter drop-outs are noise
# A window that holds a tenth of a strong tone already counts as on, so bursts look longer by most of half a window at
# either end; taken off again, lengths are true within 5 ms from 8 dB SNR upwards.
_REACH: Final = 0.42
_IDENTITY_HOP: Final = 320  # a lasting burst's identity is looked at every 40 ms, through windows of 80 ms
_EDGES: Final = 0.05  # what the burst's windows hold more of other sound than a look, which lies well within it
_PATIENT_HOP: Final = 1280  # ... and every 160 ms once it has lasted longer than any part of a two-tone signal
_DISSENT: Final = 3  # looks in a row with another colour: a new burst without a pause (two-tone signals)


class Bursts:
    """`intervals`, the newest last; `time`: samples measured so far. In samples: `bridge`, up to which a gap in one
    colour is no pause. `dented`: pauses too short for the on/off measurement are looked for too.

    `holding` is set by who decides: intervals that no pattern can take in are kept while a tone is held.
    """

    def __init__(self, colours: Sequence[Colour], bridge: int, *, dented: bool) -> None:
        self._presence = Presence(colours)
        self._reach = int(_REACH * self._presence.window)
        self._lag = self._presence.window // 2 + self._reach  # until a burst that still sounds is known to have
        self._bridge = bridge
        self._dented = dented
        self.reset()

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        self.intervals: list[Interval] = [Interval(0, None, None, -1)]
        self.time = 0
        self.holding = False
        self._sound = np.zeros(_ROOM, np.float32)
        self._frames = np.lib.stride_tricks.sliding_window_view(self._sound, self._presence.window)[::HOP]
        self._filled = _HISTORY  # measured up to here ...
        self._written = _HISTORY  # ... and received up to here, less than a batch more
        self._family = -1  # which of the presence's families sounds; -1: none
        self._change = 0  # hops that a change of state has held
        self._change_to = -1
        self._change_at = 0
        self._next_window = 0
        self._tonal = self._energy = 0.0  # since the last look: of the burst's family, and all
        self._dissent = 0  # looks in a row that heard other colours than these:
        self._agreed: dict[Colour, float] = {}
        self._agreed_until = 0

    def feed(self, samples: Samples, decide: Decide) -> None:
        """Takes in the samples; calls `decide` whenever something has come to be known."""
        for first in range(0, samples.size, _PIECE):
            piece = samples[first : first + _PIECE]
            if self._written + piece.size > _ROOM:
                kept = self._sound[self._filled - _HISTORY : self._written].copy()
                self._sound[: kept.size] = kept
                self._filled, self._written = _HISTORY, kept.size
            self._sound[self._written : self._written + piece.size] = piece
            self._written += piece.size
            if self._written - self._filled >= _BATCH:
                self._take(decide)

    def _take(self, decide: Decide) -> None:
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
                self.time += (hop - asleep) * HOP
                self._filled += (hop - asleep) * HOP
                if hop == hops:
                    return
            self.time += HOP
            self._filled += HOP
            self._hop(families[hop], tonal[hop], energies[hop], decide)
            hop += 1

    @property
    def known(self) -> int:
        """The position up to which the interval going on is known to last."""
        return self._change_at if self._change else self.time - self._presence.window // 2

    @property
    def sounding(self) -> bool:
        """Whether a burst of any of the patterns' frequencies is going on (or has ended within the last 30 ms)."""
        return self._family >= 0

    @property
    def _idle(self) -> bool:
        """Silence that no pattern waits in."""
        return self._family < 0 and not self._change and len(self.intervals) == 1

    def _heard(self, start: int, end: int) -> npt.NDArray[np.float32]:
        """The sound between two positions, as far back as it is kept."""
        offset = self._filled - self.time
        return self._sound[max(0, self._filled - _HISTORY, offset + start) : offset + end]

    def _hop(self, family: int, tonal: float, energy: float, decide: Decide) -> None:
        if family == self._family:
            self._change = 0
            newest = self.intervals[-1]
            newest.energy += energy
            newest.windows += 1
            self._tonal += tonal
            self._energy += energy
        else:
            if family != self._change_to or not self._change:
                edge = self._edge(family, self.time - self._presence.window // 2)
                self._change, self._change_to, self._change_at = 0, family, edge
            self._change += 1
            if self._change >= (_SETTLE_PAUSE if family < 0 else _SETTLE_BURST):
                self._turn(family, self._change_at)
                decide()
        if self._family >= 0 and not self._change and self.time >= self._next_window:
            self._look()
            decide()
        elif self._family < 0 and self.time % (10 * HOP) == 0 and len(self.intervals) > 1:
            decide()

    def _edge(self, family: int, centre: int) -> int:
        """Where the line changed, given the centre of the first window that shows it."""
        reach = self._reach
        into_burst = self._family < 0
        out_of_burst = family < 0
        at = centre - HOP // 2 + (reach if into_burst else 0) - (reach if out_of_burst else 0)
        return max(at, self.intervals[-1].start)

    def _turn(self, family: int, at: int) -> None:
        """The current interval ended at `at`; one of `family` (-1: a pause) has begun."""
        newest = self.intervals[-1]
        newest.end = at
        self._family = family
        self._change = 0
        if newest.colours is not None:
            if not newest.looks:
                self._vote(newest, newest.start, at)
            newest.colours = newest.agreed(AGREE)
            if not newest.colours and not self.holding:  # no pattern can take it in, nor anything before it
                self.intervals.clear()
        elif len(self.intervals) > 1 and newest.start > 0:
            burst = self.intervals[-2]
            if burst.family != family and newest.length(at) < GLIDE:
                self.intervals.pop()
                burst.end = at
            elif burst.family == family and newest.length(at) < self._bridge:
                self.intervals.pop()
                burst.end = None
                self._next_window = at + HOP + IDENTITY_WINDOW + self._lag
                return
        self._open(family, at)

    def _open(self, family: int, at: int) -> None:
        self.intervals.append(Interval(at, None, None if family < 0 else {}, family))
        del self.intervals[:-KEEP]
        self._dissent = 0
        self._agreed = {}
        self._tonal = self._energy = 0.0
        self._next_window = at + HOP + IDENTITY_WINDOW + self._lag

    def _look(self) -> None:
        """One identity window of a lasting burst; a lasting change of colour within it begins a new burst."""
        start = self._next_window - IDENTITY_WINDOW - self._lag
        burst = self.intervals[-1]
        lasting = not self._dented and len(burst.looks) == LOOKS
        self._next_window += _PATIENT_HOP if lasting else _IDENTITY_HOP
        if self._dented and self._split(burst, start + IDENTITY_WINDOW):
            return
        heard = self._vote(burst, start, start + IDENTITY_WINDOW)
        if not heard or not self._agreed or heard.keys() & self._agreed.keys():
            self._dissent = 0
            if heard:
                self._agreed = burst.agreed(AGREE)
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
        self.intervals[-1].looks.extend(list(burst.looks)[-_DISSENT:])
        self._agreed = self.intervals[-1].agreed(AGREE)
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
        burst.colours = burst.agreed(AGREE)
        self.intervals.append(Interval(begin, end, None))
        self._open(burst.family, end)
        return True

    def _vote(self, burst: Interval, start: int, end: int) -> dict[Colour, float]:
        """Which colours the samples from `start` to `end` are, each with its pitch; kept with the burst."""
        margin = HOP if end - start >= 4 * HOP and end - start != IDENTITY_WINDOW else 0
        before = self.intervals[-2] if len(self.intervals) > 1 else None
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
