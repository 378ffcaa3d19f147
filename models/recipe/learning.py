"""From frames to heads: weights of the windows, training, bad synthetic clips thrown out, and training again."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.encoders import Encoder
from models.recipe.features import Heard
from models.recipe.head import Frames, Weights, logits, train
from models.vocabulary import NONE, Vocabulary

Floats = npt.NDArray[np.float32]

EPOCHS = {"google": 26, "moonshine": 12}
_FIRST_EPOCHS = 6
_NONE_SHARE = 0.3
"""Share of the training weight that goes to what is none of the words."""
_BAD = 0.01
"""A synthetic clip whose word a first head believes less than this was not spoken well, and is left out."""


@dataclass(frozen=True, slots=True)
class Head:
    """A trained head and the mean and spread of the frames it expects."""

    encoder: str
    weights: Weights
    mean: Floats
    spread: Floats

    def chances(self, x: npt.NDArray[np.float16]) -> Floats:
        """Log-probabilities [n, labels] of frames [n, time, channels]."""
        rows = []
        for at in range(0, len(x), 512):
            some = (x[at : at + 512].astype(np.float32) - self.mean) / self.spread
            said = np.asarray(logits(self.weights, some))
            high = said - said.max(axis=1, keepdims=True)
            rows.append(high - np.log(np.exp(high).sum(axis=1, keepdims=True)))
        joined: Floats = np.concatenate(rows) if rows else np.zeros((0, self.weights["b3"].size), np.float32)
        return joined


def joined(parts: list[Heard]) -> Heard:
    """Many batches as one."""
    names = parts[0].frames
    return Heard(
        {name: np.concatenate([part.frames[name] for part in parts]) for name in names},
        [label for part in parts for label in part.labels],
        [key for part in parts for key in part.keys],
        np.concatenate([part.alone for part in parts]),
    )


def only(heard: Heard, keep: npt.NDArray[np.bool_]) -> Heard:
    """Some of the windows."""
    return Heard(
        {name: rows[keep] for name, rows in heard.frames.items()},
        [label for label, kept in zip(heard.labels, keep, strict=True) if kept],
        [key for key, kept in zip(heard.keys, keep, strict=True) if kept],
        heard.alone[keep],
    )


def numbers(labels: list[str], known: Vocabulary) -> npt.NDArray[np.int32]:
    """Labels as the heads count them."""
    number = {label: n for n, label in enumerate(known.labels)}
    return np.array([number[label] for label in labels], np.int32)


def balance(labels: list[str]) -> Floats:
    """How much each window counts: rare words more (by the root), what is no word 30 % of all together."""
    counts = Counter(labels)
    middle = float(np.median([count for label, count in counts.items() if label != NONE]))
    weight = np.array([(middle / counts[label]) ** 0.5 for label in labels], np.float32)
    none = np.array([label == NONE for label in labels])
    weight[none] *= _NONE_SHARE / (1 - _NONE_SHARE) * weight[~none].sum() / max(weight[none].sum(), 1e-6)
    return weight


def learn(heard: Heard, encoders: Sequence[Encoder], known: Vocabulary, seed: int) -> list[Head]:
    """A head for each encoder. A first, short one of Google's throws out badly spoken synthetic clips."""
    y = numbers(heard.labels, known)
    first = encoders[0]
    quick = _trained(first, heard.frames[first.name], y, heard.labels, known, _FIRST_EPOCHS, seed)
    keep = well_spoken(heard, quick, y)
    print(f"{len(y)} windows, {int((~keep).sum())} badly spoken ones left out", file=sys.stderr, flush=True)
    labels = [label for label, good in zip(heard.labels, keep, strict=True) if good]
    return [
        _trained(encoder, heard.frames[encoder.name][keep], y[keep], labels, known, EPOCHS[encoder.name], seed)
        for encoder in encoders
    ]


def well_spoken(heard: Heard, head: Head, y: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which windows to keep: all of people, and the synthetic ones whose word this head believes at all."""
    synthetic = np.array([not key.startswith("part") for key in heard.keys])
    believed = np.exp(head.chances(heard.frames[head.encoder])[np.arange(len(y)), y])
    words = np.array([label != NONE for label in heard.labels])
    kept: npt.NDArray[np.bool_] = ~(synthetic & words & (believed < _BAD))
    return kept


def _trained(
    encoder: Encoder,
    x: npt.NDArray[np.float16],
    y: npt.NDArray[np.int32],
    labels: list[str],
    known: Vocabulary,
    epochs: int,
    seed: int,
) -> Head:
    frames = Frames(x, y, balance(labels))
    return Head(encoder.name, *train(frames, encoder.name, len(known.labels), epochs, seed))
