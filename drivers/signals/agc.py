"""Automatic gain for recordings: soft callers are lifted to a listener's level, loud ones held, noise left alone.

The level is measured only where somebody speaks (blocks well above the line's own noise), so a pause does not pump the
noise up. Gain moves by at most 6 dB a second and within a block along a straight line, so it never clicks; what still
peaks is bent by the soft limiter of `levels`. One object a recording, `feed` in order, `reset` for the next; 160
samples in, 160 out, no delay. No failure on any audio.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import FLOOR_DBM0, dbm0, limit

Samples = npt.NDArray[np.int16]

TARGET_DBM0: Final = -19.0
"""Level of speech in a recording; half of telephone talkers lie within 6 dB of it (ITU-T P.56 active level)."""
MOST_GAIN_DB: Final = 24.0
LEAST_GAIN_DB: Final = -12.0

_BLOCK: Final = 160
_STEP_DB: Final = 0.12  # a block of 20 ms: 6 dB a second
_SPEECH_ABOVE_NOISE_DB: Final = 5.0
_SOFTEST_SPEECH_DBM0: Final = -50.0
_NOISE_RISE_DB: Final = 0.03  # a block: the noise estimate creeps up 1.5 dB a second and drops at once
_LEVEL_SHARE: Final = 0.04  # of a new speech block in the level estimate: about half a second


class AutomaticGain:
    """`feed(block) -> block` at the listener's level. `gain_db` is the gain now."""

    def __init__(self, target_dbm0: float = TARGET_DBM0) -> None:
        if not -40.0 <= target_dbm0 <= -6.0:
            raise ValueError(f"recording level {target_dbm0!r} dBm0: expected -40 to -6")
        self._target = target_dbm0
        self.reset()

    def reset(self) -> None:
        """Forget the caller's level."""
        self.gain_db = 0.0
        self._noise: float | None = None
        self._level: float | None = None

    def feed(self, block: Samples) -> Samples:
        """The block at the listener's level. Any length; 160 samples is what the time constants are made for."""
        before = self.gain_db
        self._follow(dbm0(block))
        if before == 0.0 and self.gain_db == 0.0:
            return block.copy()
        ramp = np.linspace(before, self.gain_db, block.size, endpoint=False, dtype=np.float32)
        return limit(block.astype(np.float32) * np.exp(ramp * np.float32(math.log(10.0) / 20.0)))

    def _follow(self, level: float) -> None:
        if level <= FLOOR_DBM0:
            return
        self._noise = level if self._noise is None else min(level, self._noise + _NOISE_RISE_DB)
        if level < max(self._noise + _SPEECH_ABOVE_NOISE_DB, _SOFTEST_SPEECH_DBM0):
            return
        if self._level is None:
            self._level = level
        # powers, not decibels, are averaged: a talker's level is that of the loud syllables
        power = 10.0 ** (self._level / 10.0)
        self._level = 10.0 * math.log10(power + _LEVEL_SHARE * (10.0 ** (level / 10.0) - power))
        wanted = min(MOST_GAIN_DB, max(LEAST_GAIN_DB, self._target - self._level))
        self.gain_db += min(_STEP_DB, max(-2.0 * _STEP_DB, wanted - self.gain_db))
