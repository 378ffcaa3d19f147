"""Tones that no table holds: an adapter's, a gateway's or a PBX's busy, told by its steadiness alone.

A pair of a burst and a pause that comes four times alike, each burst one pure colour at one level, is no voice,
whatever its frequency and rhythm; nor are bursts of two lengths that come twice in the same order between equal pauses.
Stutter tones are faster, ringing slower. After an answered call a pure tone without an end is the exchange's, too.

On and off are told every 10 ms by the energy against the loudest of the last second; a burst's colour is looked at when
it has ended. Life cycle: `feed` in blocks of any size, `reset` forgets the line. Bounded memory, no failure on any
audio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import amplitude

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float32]

_FRAME: Final = 80
_FLOOR: Final = _FRAME * amplitude(-46.0) ** 2 / 2
_ON: Final = 0.3  # of the loudest frame of the last second
_SECOND: Final = 100  # frames
_SHORTEST, _LONGEST = 15, 90  # frames of a burst or a pause
_ALIKE: Final = 2.5  # frames by which two bursts or two pauses may differ ...
_ALIKE_SHARE: Final = 0.06  # ... or this share, if it is more
_SAME_HZ: Final = 0.012
_SAME_LEVEL: Final = 1.6  # ratio of two bursts' energies, 2 dB
_LEVEL: Final = 1.9  # ratio of the loudest to the softest 40 ms of a burst
_BURSTS: Final = 4  # of one length
_LONGEST_CYCLE: Final = 4  # bursts
_KEPT: Final = 2 * _LONGEST_CYCLE  # bursts, of several lengths
_LOOK: Final = 1280  # samples of a burst that are looked at, at most
_FFT: Final = 2048
_BIN_HZ: Final = 8000 / _FFT
_PURE: Final = 0.8  # of the energy, in one line or two
_LINE: Final = 13  # bins to either side of a line, for the shortest look
_LOWEST_HZ, _HIGHEST_HZ = 250.0, 1200.0
_ENDLESS: Final = 250  # frames that an endless tone must last
_LOOK_EVERY: Final = 25


@dataclass(frozen=True, slots=True)
class _Burst:
    """Frames from `start` to `end`; the colour's lines in Hz, low first; mean energy of a frame."""

    start: int
    end: int
    lines: tuple[float, ...]
    energy: float


class SteadyTones:
    """`feed(samples) -> [(tone, first sample, sample after the last or None), ...]` of "busy" and, where an `endless`
    tone can only be the exchange's, "unobtainable"."""

    def __init__(self, endless: bool = False) -> None:
        self._endless = endless
        self.reset()

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        self._rest = np.zeros(0, np.int16)
        self._sound: deque[_Wide] = deque(maxlen=_LONGEST + 10)
        self._energies: deque[float] = deque([0.0] * _SECOND, maxlen=_SECOND)
        self._loudest = 0.0  # of the last second's frames
        self._frame = 0
        self._since = 0  # frame at which the burst or pause going on began
        self._on = False
        self._bursts: deque[_Burst] = deque(maxlen=_KEPT)
        self._same: tuple[float, ...] = ()  # lines of the tone that has not ended for long
        self._alike_since = 0
        self._told: str | None = None
        self._told_from = 0

    def feed(self, samples: Samples) -> list[tuple[str, int, int | None]]:
        """The tones that became sure or ended within these samples."""
        if self._rest.size:
            samples = np.concatenate([self._rest, samples])
        whole = samples.size // _FRAME * _FRAME
        self._rest = samples[whole:].copy()
        told: list[tuple[str, int, int | None]] = []
        frames = samples[:whole].astype(np.float32).reshape(-1, _FRAME)
        for frame, energy in zip(frames, np.einsum("ij,ij->i", frames, frames).tolist(), strict=True):
            self._hear(frame, energy, told)
        return told

    @property
    def bursts(self) -> int:
        """How many bursts have come alike."""
        return len(self._bursts)

    def _hear(self, frame: _Wide, energy: float, told: list[tuple[str, int, int | None]]) -> None:
        oldest, before = self._energies[0], self._energies[-1]
        self._sound.append(frame)
        self._energies.append(energy)
        self._frame += 1
        if energy >= self._loudest:
            self._loudest = energy
        elif oldest >= self._loudest:
            self._loudest = max(self._energies)
        on = before + energy > 2 * max(_FLOOR, _ON * self._loudest)
        lasted = self._frame - self._since
        if on != self._on:
            if self._on:
                self._burst_ended()
            elif lasted > _LONGEST or lasted < _SHORTEST:
                self._bursts.clear()
            self._on, self._since = on, self._frame
        elif not on and lasted == _LONGEST + 1:
            self._bursts.clear()
        elif on and self._endless and lasted % _LOOK_EVERY == 0:
            self._look_at_lasting(lasted)
        self._tell(told)

    def _burst_ended(self) -> None:
        lasted = self._frame - self._since
        self._same = ()
        lines = self._lines(lasted) if _SHORTEST <= lasted <= _LONGEST else ()
        if not lines:
            self._bursts.clear()
            return
        energy = float(np.mean(list(self._energies)[-lasted:-2]))
        burst = _Burst(self._since, self._frame, lines, energy)
        if self._bursts and not _alike(self._bursts[-1], burst):
            self._bursts.clear()
        self._bursts.append(burst)

    def _look_at_lasting(self, lasted: int) -> None:
        """A tone that goes on: since when it has been the same."""
        lines = self._lines(_LOOK_EVERY)
        if not lines or not _same_lines(lines, self._same):
            self._alike_since = self._frame - _LOOK_EVERY if lasted > _LOOK_EVERY else self._since
            self._same = lines

    def _lines(self, frames: int) -> tuple[float, ...]:
        """The one or two lines of the newest so many frames, () where they are no pure and steady tone."""
        sound = np.concatenate(list(self._sound)[-frames:])[2 * _FRAME : -2 * _FRAME]
        steps = np.add.reduceat(sound * sound, np.arange(0, sound.size - 3 * _FRAME, 4 * _FRAME))[: sound.size // 320]
        if steps.size and float(steps.max()) > _LEVEL * float(steps.min()):
            return ()
        sound = sound[(sound.size - min(sound.size, _LOOK)) // 2 :][:_LOOK]
        power = np.abs(np.fft.rfft(sound * np.hanning(sound.size), _FFT)) ** 2
        width = max(4, round(_LINE * 900 / sound.size))
        wanted, found = _PURE * float(power.sum()), 0.0
        lines: list[float] = []
        for _ in range(2):
            top = int(power.argmax())
            low = max(0, top - width)
            line = power[low : top + width + 1]
            if not _LOWEST_HZ <= top * _BIN_HZ <= _HIGHEST_HZ:
                return ()
            left, here, right = np.log(power[top - 1 : top + 2] + 1e-9).tolist()
            lines.append((top + 0.5 * (left - right) / min(left - 2 * here + right, -1e-9)) * _BIN_HZ)
            found += float(line.sum())
            power[low : top + width + 1] = 0.0
            if found >= wanted:
                return tuple(sorted(lines))
        return ()

    def _tell(self, told: list[tuple[str, int, int | None]]) -> None:
        if self._told is None:
            start = self._busy_since()
            if start is not None:
                self._told = "busy"
            elif self._same and self._frame - self._alike_since >= _ENDLESS:
                self._told, start = "unobtainable", self._alike_since
            if self._told is not None and start is not None:
                self._told_from = start
                told.append((self._told, start * _FRAME, None))
        elif not (self._bursts if self._told == "busy" else self._same):
            told.append((self._told, self._told_from * _FRAME, max(self._told_from + 1, self._since) * _FRAME))
            self._told = None

    def _busy_since(self) -> int | None:
        """Where the bursts began that can only be a busy tone's."""
        if self._on or len(self._bursts) < _BURSTS or self._frame != self._bursts[-1].end:
            return None
        bursts = list(self._bursts)
        for cycle in range(1, _LONGEST_CYCLE + 1):
            count = _BURSTS if cycle == 1 else _KEPT
            if len(bursts) >= count and _repeats(bursts[-count:], cycle):
                return bursts[-count].start
        return None


def _repeats(bursts: Sequence[_Burst], cycle: int) -> bool:
    """Whether bursts come in the same order after so many, with equal pauses between all."""
    lengths = [burst.end - burst.start for burst in bursts]
    pauses = [after.start - before.end for before, after in pairwise(bursts)]
    return _near(pauses) and all(_near(lengths[first::cycle]) for first in range(cycle))


def _near(frames: Sequence[int]) -> bool:
    return max(frames) - min(frames) <= max(_ALIKE, _ALIKE_SHARE * max(frames))


def _alike(one: _Burst, other: _Burst) -> bool:
    """Whether two bursts are of one tone, as loud as each other."""
    louder = max(one.energy, other.energy) <= _SAME_LEVEL * min(one.energy, other.energy)
    return louder and _same_lines(one.lines, other.lines)


def _same_lines(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= _SAME_HZ * b for a, b in zip(one, other, strict=True))
