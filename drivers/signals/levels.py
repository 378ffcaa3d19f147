"""Levels in dBm0, and gain that never wraps.

0 dBm0 is a sine 3.14 dB below full scale (G.711's reference), everywhere in the box: on the virtual line, in the
detectors' thresholds, in recordings. Stateless.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

FULL_SCALE_DBM0: Final = 3.14
"""Level of a sine that just reaches full scale."""
FLOOR_DBM0: Final = -100.0
"""What an absolutely silent block measures; less than one quantising step can carry."""

_KNEE: Final = 0.8 * 32767.0
_ROOM: Final = 32767.0 - _KNEE


def dbm0(samples: npt.NDArray[np.int16] | npt.NDArray[np.floating[Any]]) -> float:
    """Mean power of the samples in dBm0; FLOOR_DBM0 for silence and for no samples at all."""
    if samples.size == 0:
        return FLOOR_DBM0
    wide = samples.astype(np.float64)
    power = float(np.dot(wide, wide)) / wide.size
    if power <= 0.0:
        return FLOOR_DBM0
    return max(FLOOR_DBM0, 10.0 * math.log10(2.0 * power / 32768.0**2) + FULL_SCALE_DBM0)


def amplitude(level_dbm0: float) -> float:
    """Peak amplitude, in sample units, of a sine of that level (0 dBm0 -> about 22826)."""
    return 32768.0 * math.pow(10.0, (level_dbm0 - FULL_SCALE_DBM0) / 20.0)


def limit(wide: npt.NDArray[np.floating[Any]]) -> Samples:
    """Samples of any size as int16: untouched up to 80 % of full scale, bent smoothly above it, never wrapped."""
    size = np.abs(wide)
    if size.size and float(size.max()) > _KNEE:
        bent = _KNEE + _ROOM * np.tanh((size - _KNEE) / _ROOM)
        wide = np.copysign(np.where(size > _KNEE, bent, size), wide)
    samples: Samples = np.rint(wide).astype(np.int16)
    return samples


def gain(samples: Samples, db: float) -> Samples:
    """The samples `db` louder (or softer), with the soft limit of `limit`. 0 dB returns a copy, bit for bit."""
    if db == 0.0:
        return samples.copy()
    return limit(samples.astype(np.float32) * np.float32(10.0 ** (db / 20.0)))
