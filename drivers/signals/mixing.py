"""Mix-minus: in a conversation each hears all the others and not itself.

Stateless and exact: sums in 32 bits, clipped to 16, so that the same blocks give the same mix on every machine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

_LEAST, _MOST = -32768, 32767


def mix_minus(blocks: Samples) -> Samples:
    """What each party hears: int16 of parties x samples, as ``blocks`` holds what each of them says.

    One party alone hears silence. Up to 65,535 parties fit into the sum.
    """
    others = blocks.sum(axis=0, dtype=np.int32) - blocks
    np.clip(others, _LEAST, _MOST, out=others)
    mixed: Samples = others.astype(np.int16)
    return mixed
