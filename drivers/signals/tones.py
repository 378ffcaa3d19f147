"""Making tones: DTMF, the call-progress tones of a country, and the beep after the greeting.

A `ToneSource` is read a block at a time for as long as wanted. Phase runs on across blocks and across parts of one
frequency; every start, end and change of frequency is a 2.5 ms raised-cosine ramp, so that nothing clicks. `stop()`
ramps down within the next block read. Reading past the end gives silence, never an error.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import amplitude, limit
from drivers.signals.tonespec import Part, ToneSpec

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float64]

SAMPLE_RATE: Final = 8000
RAMP: Final = 20
"""Samples of one on or off ramp (2.5 ms)."""

DTMF_LOW: Final = (697.0, 770.0, 852.0, 941.0)
DTMF_HIGH: Final = (1209.0, 1336.0, 1477.0, 1633.0)
DTMF_KEYS: Final = "123A456B789C*0#D"
"""Row by row, as on the key pad: key i is DTMF_LOW[i // 4] with DTMF_HIGH[i % 4] (ITU-T Q.23)."""

_UP: Final[_Wide] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(RAMP) + 0.5) / RAMP)
_DOWN: Final[_Wide] = _UP[::-1].copy()


class ToneSource:
    """One playing of a ToneSpec. `done` is true once a tone that ends has ended, or after `stop()` has ramped down."""

    def __init__(self, spec: ToneSpec) -> None:
        self._parts = spec.once + spec.cycle
        self._loop_to = len(spec.once) if spec.cycle else None
        self.reset()

    def reset(self) -> None:
        """Start over from the first sample."""
        self._time = 0  # samples since the start: all sines hang on this one count, so phase runs on
        self._index = 0
        self._offset = 0  # samples into the current part
        self._before: Part | None = None
        self._ramp_down = False
        self.done = not self._parts

    def stop(self) -> None:
        """Ramp down at the start of the next read; `done` after it."""
        self._ramp_down = True

    def read(self, count: int) -> Samples:
        """The next `count` samples."""
        wide = np.zeros(count)
        filled = 0
        while filled < count and not self.done:
            part = self._parts[self._index]
            length = None if part.ms is None else part.ms * SAMPLE_RATE // 1000
            take = count - filled if length is None else min(count - filled, length - self._offset)
            if part.sounding and take > 0:
                wide[filled : filled + take] = self._sound(part, length, take)
            filled += take
            self._time += take
            self._offset += take
            if length is not None and self._offset >= length:
                self._next_part()
        if self._ramp_down:
            fade = min(RAMP, count)
            wide[:fade] *= _DOWN[:fade]
            wide[fade:] = 0.0
            self.done = True
        return limit(wide)

    def _next_part(self) -> None:
        self._before = self._parts[self._index]
        self._offset = 0
        following = self._following()
        if following is None:
            self.done = True
        else:
            self._index = following

    def _following(self) -> int | None:
        return self._index + 1 if self._index + 1 < len(self._parts) else self._loop_to

    def _sound(self, part: Part, length: int | None, take: int) -> _Wide:
        """`take` samples of a sounding part from the current position, ramped at its borders."""
        time = np.arange(self._time, self._time + take) * (2.0 * np.pi / SAMPLE_RATE)
        wide = np.zeros(take)
        for hz, level in zip(part.hz, part.levels_dbm0, strict=True):
            wide += amplitude(level) * np.sin(hz * time)
        if part.swing_hz:
            wide *= 0.5 + 0.5 * np.sin(part.swing_hz * time)
        if self._offset < RAMP and not _alike(part, self._before):
            fade = _UP[self._offset : self._offset + take]
            wide[: fade.size] *= fade
        if length is not None and self._offset + take > length - RAMP:
            following = self._following()
            if not _alike(part, None if following is None else self._parts[following]):
                first = max(0, length - RAMP - self._offset)  # samples of this take before the ramp begins
                into = self._offset + first - (length - RAMP)
                wide[first:] *= _DOWN[into : into + take - first]
        return wide


def _alike(part: Part, neighbour: Part | None) -> bool:
    """Whether the neighbouring part sounds the same, so that no ramp belongs between them."""
    return neighbour is not None and (part.hz, part.levels_dbm0, part.swing_hz) == (
        neighbour.hz,
        neighbour.levels_dbm0,
        neighbour.swing_hz,
    )


def dtmf(digits: str, on_ms: int = 70, off_ms: int = 70, level_dbm0: float = -9.0, twist: float = 2.0) -> ToneSource:
    """The digits (0-9 * # A-D) as tones with a pause after each.

    `level_dbm0` is the low tone's level, `twist` how much stronger the high tone is, dB. `,` is a pause of 2 s, as
    dialling strings have it. Raises ValueError on any other character.
    """
    parts: list[Part] = []
    for digit in digits:
        if digit == ",":
            parts.append(Part((), (), 2000))
            continue
        key = DTMF_KEYS.find(digit.upper())
        if key < 0:
            raise ValueError(f"digit {digit!r}: expected one of {DTMF_KEYS} or a comma")
        parts.append(Part((DTMF_LOW[key // 4], DTMF_HIGH[key % 4]), (level_dbm0, level_dbm0 + twist), on_ms))
        parts.append(Part((), (), off_ms))
    return ToneSource(ToneSpec(tuple(parts), ()))


def beep(hz: float = 1000.0, ms: int = 250, level_dbm0: float = -13.0) -> ToneSource:
    """The tone after the greeting; 1000 Hz lies outside every country's busy tone."""
    return ToneSource(ToneSpec((Part((hz,), (level_dbm0,), ms),), ()))
