"""Joins without a click: where one piece of sound begins, ends or passes into another.

A step in the wave form is heard as a click over the whole band; 5 ms of raised cosine takes it out of what an ear or a
detector notices. Stateless.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

FADE: Final = 40
"""Samples of a fade, 5 ms."""

_UP: Final = (0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)).astype(np.float32)


def fade_in(samples: Samples) -> Samples:
    """The samples, rising from silence over the first 5 ms."""
    faded = samples.copy()
    count = min(FADE, faded.size)
    faded[:count] = np.rint(faded[:count] * _UP[:count]).astype(np.int16)
    return faded


def fade_out(samples: Samples) -> Samples:
    """The samples, falling to silence over the last 5 ms."""
    faded = samples.copy()
    count = min(FADE, faded.size)
    if count:
        faded[-count:] = np.rint(faded[-count:] * _UP[:count][::-1]).astype(np.int16)
    return faded


def cross_fade(first: Samples, second: Samples) -> Samples:
    """The first piece passing into the second over 5 ms; as long as both together less the overlap."""
    count = min(FADE, first.size, second.size)
    if not count:
        return np.concatenate((first, second))
    rise = _UP if count == FADE else _UP[np.arange(count) * FADE // count]
    overlap = first[-count:] * (1.0 - rise) + second[:count] * rise
    return np.concatenate((first[:-count], np.rint(overlap).astype(np.int16), second[count:]))
