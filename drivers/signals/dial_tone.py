"""A dial tone under a digit: told by its steadiness, and taken away by a high-pass while it lasts.

A digit dialled over dial tone fills no window by itself. A high-pass would help always and cost false digits in speech,
whose vowels lose what gives them away; so it works only while a steady low tone (350 to 480 Hz) was there before.

Life cycle: one `DialTone` a stream, told of every block of 160 samples in order. No failure on any audio.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float32]

BLOCK: Final = 160
DELAY: Final = 100  # samples of the high-pass
_TAPS: Final = 2 * DELAY + 1
_CUT_HZ: Final = 570.0  # dial tones end at 480 Hz, the lowest DTMF tone begins at 697 - 1.8 %
_STEADY_BLOCKS: Final = 6  # 120 ms of one tone before a digit is looked for over it
_AWAY_BLOCKS: Final = 3
_RATIO: Final = (0.05, 0.17)  # energy of the first difference over energy: a tone of 290 to 530 Hz
_SAME: Final = 10 ** (1.5 / 10)  # 1.5 dB: two tones beat, and a block holds no whole beat
_SOFTEST: Final = BLOCK * levels.amplitude(-40.0) ** 2 / 2


def _low_pass() -> Wide:
    time = np.arange(-DELAY, DELAY + 1) / 8000.0
    taps = 2 * _CUT_HZ / 8000.0 * np.sinc(2 * _CUT_HZ * time) * np.hamming(_TAPS)
    return np.asarray(taps / taps.sum(), np.float32)


_LOW: Final = _low_pass()


class DialTone:
    """Whether a dial tone lies under a stream (`on`), and the stream without it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self._level = 0.0  # energy of a block of the steady tone
        self._steady = 0
        self._away = 0
        self.on = False

    def watch(self, energy: float, change: float) -> None:
        """Told of a block while no tone is on: the sum of its squares, and of its differences' squares."""
        tone = energy > _SOFTEST and _RATIO[0] * energy < change < _RATIO[1] * energy
        if not tone:
            self._steady = 0
            self._level = energy
            return
        self._steady = self._steady + 1 if self._same(energy) else 1
        # the level follows as a mean, so that beats do not carry it away
        self._level = energy if self._steady <= 1 else math.sqrt(self._level * energy)
        if self._steady >= _STEADY_BLOCKS:
            self.on = True
            self._away = 0

    def strip(self, signal: Wide) -> Samples:
        """While a tone is on: the newest block of `signal`, DELAY samples late, without it; `on` may end here.

        `signal`: the block and at least 2 DELAY samples before it.
        """
        signal = signal[-(BLOCK + _TAPS - 1) :]
        low = np.convolve(signal, _LOW, "valid")
        self._away = 0 if self._same(float(low @ low)) else self._away + 1
        if self._away >= _AWAY_BLOCKS:
            self.on = False
            self._steady = 0
        bare: Samples = np.clip(np.rint(signal[DELAY : DELAY + BLOCK] - low), -32768, 32767).astype(np.int16)
        return bare

    def _same(self, energy: float) -> bool:
        return self._level / _SAME < energy < self._level * _SAME
