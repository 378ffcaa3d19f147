"""Dents: breaks in a tone that are shorter than the on/off measurement can see (Finland's special dial tone, 25 ms).

Energy of 10 ms, every 5 ms; a dent is a stretch of it that is far below the burst's. Looked for only where a country's
table has such a tone. Fails on no audio.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

REACH: Final = 80  # samples of one measurement: what lies at the border of a stretch is seen with the next one
_STEP: Final = 40
_SHALLOW: Final = 0.35  # of the burst's energy; the line's noise is a tenth of it at an SNR of 10 dB
_STEPS: Final = 2  # measurements in a row; a dent of 22 ms holds that many whole ones
_EDGES: Final = 0.35  # of a measurement: what one may hold of the tone and still count


def find_dent(sound: npt.NDArray[np.float32], energy: float) -> tuple[int, int] | None:
    """Where the first dent of `sound` begins and ends, in samples; `energy`: the burst's mean, a sample.

    One that reaches the end of `sound` is not whole and not told yet.
    """
    if sound.size < REACH:
        return None
    halves = (sound[: sound.size // _STEP * _STEP].reshape(-1, _STEP) ** 2).sum(axis=1)
    soft = (halves[:-1] + halves[1:]) < _SHALLOW * energy * REACH
    edges = np.flatnonzero(np.diff(np.concatenate(([False], soft))))
    for first, end in zip(edges[::2], edges[1::2], strict=False):
        if end - first >= _STEPS:
            margin = round(_EDGES * REACH) - _STEP // 2
            return int(first) * _STEP + margin, (int(end) + 1) * _STEP - margin
    return None
