"""How sure a decision is: a few signs of it, weighed into one probability that the likeliest word was meant.

The weights (`models/tuning.toml`, `certainty`) are fitted on people who neither trained nor judge, with these very
`signs` (`models.recipe.tune`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

SIGNS: Final = ("one", "share", "none", "google", "moonshine", "crowded")
"""1; the word's odds among the menu's; that nothing of the card was said; what each half says of the word among all
words (logarithms, bounded); how much too soon after other speech it came."""

_ALONE_S: Final = 0.6
_LEAST: Final = -12.0


def signs(share: Doubles, none: Doubles, halves: Doubles, alone_s: Doubles) -> Doubles:
    """The signs [n, len(SIGNS)] of n decisions. `share`: 0 to 1; `none`: log-probability that it was no word;
    `halves` [2, n]: log-probability of the word by each half; `alone_s`: seconds since whoever spoke before."""
    share = np.clip(share, 1e-5, 1 - 1e-5)
    return np.stack(
        (
            np.ones_like(share),
            np.log(share / (1 - share)),
            np.maximum(none, _LEAST),
            *np.maximum(halves, _LEAST),
            np.clip(_ALONE_S - alone_s, 0.0, _ALONE_S),
        ),
        axis=1,
    )


def certainty(seen: Doubles, weights: Doubles) -> Doubles:
    """0 to 1 for each row of signs."""
    sure: Doubles = 1.0 / (1.0 + np.exp(-np.clip(seen @ weights, -30.0, 30.0)))
    return sure
