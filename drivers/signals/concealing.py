"""Samples that never came: the last pitch period again and again, dying away, and a soft way back.

One ``Concealment`` a stream: ``fill`` as long as nothing is there, ``join`` with what comes then. In integers: the same
samples on every machine.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

FADE: Final = 480  # samples, 60 ms: after that, silence
LAGS: Final = range(20, 120)  # pitch periods of 400 to 67 Hz
PAST: Final = LAGS.stop + 80
"""Samples of what came last that a period is found in: the last 10 ms are compared with what was before them."""

_COMPARED: Final = PAST - LAGS.stop
_RISE: Final = 40  # samples, 5 ms


class Concealment:
    """One stream's gaps."""

    def __init__(self) -> None:
        self._past: Samples = np.zeros(PAST, np.int16)
        self._period = LAGS.stop
        self._missing = 0  # samples since something last came

    @property
    def going_on(self) -> bool:
        """Whether a gap is being filled."""
        return self._missing > 0

    def fill(self, past: Samples, count: int) -> Samples:
        """``count`` samples for the gap. ``past``: PAST samples or more that came before it; read as it begins."""
        if not self._missing:
            self._past = past[-PAST:]
            self._period = _period(self._past)
        at = self._missing + np.arange(count)
        self._missing += count
        repeated = self._past[PAST - self._period + at % self._period].astype(np.int32)
        filled: Samples = (repeated * np.maximum(0, FADE - at) // FADE).astype(np.int16)
        return filled

    def join(self, fresh: Samples) -> Samples:
        """What came after the gap, rising out of what filled it; as it is, where there was no gap."""
        if not self._missing:
            return fresh
        length = min(_RISE, fresh.size)
        before = self.fill(self._past, length).astype(np.int32)
        self._missing = 0
        up = np.arange(length)
        joined = fresh.copy()
        joined[:length] = (before * (length - up) + fresh[:length].astype(np.int32) * up) // max(1, length)
        return joined


def _period(past: Samples) -> int:
    """The lag at which the newest samples differ least from those before them."""
    wide = past.astype(np.int32)
    windows = np.lib.stride_tricks.sliding_window_view(wide, _COMPARED)
    differences = np.abs(windows[PAST - _COMPARED - np.array(LAGS)] - wide[-_COMPARED:]).sum(axis=1)
    return LAGS[int(differences.argmin())]
