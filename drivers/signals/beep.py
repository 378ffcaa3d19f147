"""The beep of an answering machine: one clean tone of any frequency, longer than a syllable, shorter than a call.

Every 40 ms of sound is looked at through its spectrum: a beep has nearly all its energy in one line that does not move.
Voices do not hold still that long. No state but the current line; no failure on any audio.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import amplitude

_LOOK: Final = 320
_FFT: Final = 512
_LOWEST_HZ: Final = 350.0
_PURE: Final = 0.85  # share of the energy within the line and its window's width
_STILL: Final = 0.012
_LOOKS: Final = 4  # 160 ms
_WINDOW: Final = np.hanning(_LOOK).astype(np.float32)
_FLOOR: Final = _LOOK * amplitude(-40.0) ** 2 / 2.0


class BeepDetector:
    """`feed(samples) -> Hz | None`: the frequency, once, when a beep has lasted 160 ms."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self._waiting = np.zeros(0, np.int16)
        self._hz = 0.0
        self._looks = 0

    def feed(self, samples: npt.NDArray[np.int16]) -> float | None:
        """A beep's frequency in Hz at the sample block in which it has become sure, else None."""
        self._waiting = np.concatenate((self._waiting, samples))
        told = None
        while self._waiting.size >= _LOOK:
            self._look(self._waiting[:_LOOK].astype(np.float32))
            self._waiting = self._waiting[_LOOK:]
            if self._looks == _LOOKS:
                told = self._hz
        return told

    def _look(self, wide: npt.NDArray[np.float32]) -> None:
        power = np.abs(np.fft.rfft(wide * _WINDOW, _FFT)) ** 2
        top = int(power.argmax())
        line = power[max(0, top - 3) : top + 4]
        hz = (
            float((line * np.arange(max(0, top - 3), top + 4)[: line.size]).sum() / max(line.sum(), 1e-9)) * 8000 / _FFT
        )
        pure = float(line.sum()) > _PURE * float(power.sum()) and float(wide @ wide) > _FLOOR and hz >= _LOWEST_HZ
        if not pure:
            self._looks = 0
        elif self._looks and abs(hz - self._hz) <= _STILL * self._hz:
            self._looks += 1
        else:
            self._looks = 1
        self._hz = hz
