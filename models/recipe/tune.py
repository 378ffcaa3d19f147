"""Chooses bands on the people of the `choose` split, who neither trained nor judge: weights, menu bands, rejection.

For each menu size the accept band is the lowest confidence at which at most a share of the words is answered
wrongly and running speech at most so often an hour (LIMITS); `confirm` the same with looser limits. Nothing here looks
at the `test` speakers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.vocabulary import NONE, Vocabulary

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a band may be wrong: share of words, and answers to running speech an hour."""

    wrong: float
    false_per_hour: float


LIMITS = {
    "small": {"accept": Limits(0.006, 6.0), "confirm": Limits(0.020, 14.5)},
    "large": {"accept": Limits(0.010, 1000.0), "confirm": Limits(0.045, 1000.0)},
}
"""By size of menu. Running speech is answered often where many words compete: no menu of the box is large."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Confidence of the best word of a menu for many windows, whether it was right, and which were no words."""

    confidence: Floats
    right: npt.NDArray[np.bool_]
    none: npt.NDArray[np.bool_]


def judged(
    scores: Floats, labels: list[str], menus: list[tuple[str, ...]], known: Vocabulary, outside: float
) -> Judged:
    """Every window in every menu: words only in menus that have them, the rest in all."""
    chances, number = np.exp(scores), {label: n for n, label in enumerate(known.labels)}
    parts = []
    for menu in menus:
        index = np.array([number[label] for label in menu])
        active = chances[:, index]
        rest = chances[:, -1] + outside * np.maximum(0.0, 1.0 - active.sum(axis=1) - chances[:, -1])
        share = active / (active.sum(axis=1) + rest + 1e-12)[:, None]
        best = share.argmax(axis=1)
        none = np.array([label == NONE for label in labels])
        inside = np.array([label in menu for label in labels]) | none
        right = np.array([menu[b] == label for b, label in zip(best, labels, strict=True)])
        parts.append((share.max(axis=1)[inside], right[inside], none[inside]))
    return Judged(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def band(found: Judged, limits: Limits, hours: float, menus: int) -> float:
    """The lowest confidence that keeps the limits; `hours`: length of the running speech, heard once a menu."""
    words = int((~found.none).sum())
    for level in np.arange(0.2, 0.995, 0.005):
        over = found.confidence >= level
        wrong = (over & ~found.right & ~found.none).sum() / max(words, 1)
        false = (over & found.none).sum() / (hours * menus)
        if wrong <= limits.wrong and false <= limits.false_per_hour:
            return float(round(level, 3))
    return 0.995
