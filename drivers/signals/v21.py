"""What a fax machine says first when it is spoken to: the flags before a message in V.21, channel 2 (T.30, 5.3).

300 bit/s, 1650 Hz a one, 1850 Hz a zero, without a jump of phase; a flag is 01111110 and they follow each other for a
second. Three flags are 136 whole cycles in 80 ms: the sound repeats itself exactly after 640 samples, and lies between
the two tones. Speech and music do neither for long, a whistle is one tone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

_PERIOD: Final = 640  # samples, three flags: bins of 12.5 Hz
_BLOCKS: Final = 2  # looks in a row, 40 ms apart and more
_AGAIN: Final = 0.8  # correlation of a period with the one before: 10 dB over noise
_BETWEEN: Final = slice(round(1550 / 12.5), round(1950 / 12.5) + 1)
_ALL: Final = slice(round(300 / 12.5), round(3400 / 12.5) + 1)
_SHARE: Final = 0.8  # of the energy, between the tones
_ONE_TONE: Final = 0.9  # share of the strongest 25 Hz, from which it is a whistle
_SOFTEST: Final = 2.0 * 640  # energy of a period that counts as sound: -67 dBm0


class PreambleDetector:
    """``feed(samples) -> bool``: whether flags have sounded for the last fifth of a second."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the line."""
        self._sound = np.zeros(2 * _PERIOD, np.float64)
        self._fresh = 0  # samples since the last look
        self._alike = 0

    def feed(self, samples: Samples) -> bool:
        """Takes in at most 640 samples. True while the flags last."""
        self._sound = np.concatenate((self._sound[samples.size :], samples.astype(np.float64)))
        self._fresh += samples.size
        if self._fresh >= _PERIOD // 2:
            self._fresh = 0
            self._alike = self._alike + 1 if self._flags() else 0
        return self._alike >= _BLOCKS

    def _flags(self) -> bool:
        before, now = self._sound[:_PERIOD], self._sound[_PERIOD:]
        energies = float(before @ before), float(now @ now)
        if min(energies) < _SOFTEST or float(before @ now) < _AGAIN * np.sqrt(energies[0] * energies[1]):
            return False
        spectrum = np.abs(np.fft.rfft(now)) ** 2
        between = spectrum[_BETWEEN]
        strongest = np.convolve(between, np.ones(3), "valid").max()
        return bool(between.sum() >= _SHARE * spectrum[_ALL].sum() and strongest < _ONE_TONE * between.sum())
