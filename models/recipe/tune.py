"""Chooses how sure is sure on the people of the `choose` split, who neither trained nor judge.

First the weights of the signs of `models.certainty`, by logistic regression over all menus; then, for each size of
menu, the bands: the lowest certainty at which at most a share of the words is answered wrongly and running speech at
most so often an hour (LIMITS). Nothing here looks at the `test` speakers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.certainty import certainty, signs
from models.spotter import log_softmax, shares
from models.vocabulary import NONE, Vocabulary

Floats = npt.NDArray[np.float64]

OUTSIDE = 0.3
"""How much a word that is not in the menu counts against it, beside what is no word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a band may be wrong: share of words, and answers to running speech an hour. `least`: less is never sure
    enough, however well the choosing voices speak."""

    wrong: float
    false_per_hour: float
    least: float = 0.5


LIMITS = {
    "small": {"accept": Limits(0.015, 5.0, 0.8), "confirm": Limits(0.035, 12.0)},
    "large": {"accept": Limits(0.025, 20.0, 0.8), "confirm": Limits(0.080, 80.0)},
}
"""By size of menu, over quiet, noisy and mobile lines alike and with words that were cut out of sentences, so that a
quiet line and a word said by itself do better. Where many words compete running speech is answered more often: no menu
of the box is large."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The best word of a menu for many windows: its signs, whether it was right, and which windows were no words."""

    signs: Floats
    right: npt.NDArray[np.bool_]
    none: npt.NDArray[np.bool_]


def judged(
    each: Mapping[str, npt.NDArray[np.float32]],
    alone_s: npt.NDArray[np.float32],
    labels: list[str],
    menus: list[tuple[str, ...]],
    known: Vocabulary,
) -> Judged:
    """Every window in every menu: words only in menus that have them, the rest in all. `each`: weighted
    log-probabilities by half."""
    number = {label: n for n, label in enumerate(known.labels)}
    scores = np.stack([log_softmax(row) for row in np.sum(list(each.values()), axis=0)])
    none, rows = np.array([label == NONE for label in labels]), np.arange(len(labels))
    parts = []
    for menu in menus:
        inner = [number[label] for label in menu]
        index, share = np.array(inner), shares(scores, inner, OUTSIDE)
        best = share.argmax(axis=1)
        halves = np.stack([half[rows, index[best]] for half in each.values()]).astype(np.float64)
        seen = signs(share.max(axis=1), scores[:, -1].astype(np.float64), halves, alone_s.astype(np.float64))
        inside = np.array([label in menu for label in labels]) | none
        right = np.array([menu[b] == label for b, label in zip(best, labels, strict=True)])
        parts.append((seen[inside], right[inside], none[inside]))
    return Judged(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def weigh(found: Judged) -> Floats:
    """The weights of the signs that make right and wrong decisions likeliest (ridge logistic regression, Newton)."""
    x, y = found.signs, found.right.astype(np.float64)
    weights = np.zeros(x.shape[1])
    for _ in range(40):
        sure = certainty(x, weights)
        slope = x.T @ (sure - y) + weights
        bend = (x * (sure * (1 - sure))[:, None]).T @ x + np.eye(x.shape[1])
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def band(sure: Floats, found: Judged, limits: Limits, hours: float, menus: int) -> float:
    """The lowest certainty that keeps the limits; `hours`: length of the running speech, heard once a menu."""
    words = int((~found.none).sum())
    for level in np.arange(limits.least, 0.996, 0.005):
        over = sure >= level
        wrong = (over & ~found.right & ~found.none).sum() / max(words, 1)
        false = (over & found.none).sum() / (hours * menus)
        if wrong <= limits.wrong and false <= limits.false_per_hour:
            return float(round(level, 3))
    return 0.995
