"""Clips become frames: each through a line of its own, cut by the box's end-pointer, heard by both encoders. Cached.

A `Batch` is one file in the cache, named by what is in it, so a run that was stopped goes on with the next batch, and
new voices only add files. Frames are float16: 47 kB a window for Moonshine, 5 kB for Google.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.encoders import Encoder
from models.endpoint import Utterance, utterances
from models.lines import LINES, through
from models.recipe.mouths import AFTER, BEFORE, Surroundings, spoken

Samples = npt.NDArray[np.int16]
VERSION = 4
"""Counted up when the lines or the end-pointer change, so that old frames are not mixed with new ones."""


_MOSTLY = 0.6  # an utterance that lies less than this in its clip is noise


class Source(Protocol):
    """Something that can be heard: a word, or running speech of which every utterance counts (`many`)."""

    @property
    def key(self) -> str:
        """What it is called in the cache."""

    @property
    def label(self) -> str:
        """What it trains."""

    @property
    def many(self) -> bool:
        """Whether all utterances in it count."""

    def sound(self) -> Samples:
        """Its samples, 8 kHz."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Sources that are heard and kept together; `take` draws other lines for the same sources, `line` is a line with
    a name (models/lines.py) in place of drawn ones."""

    name: str
    sources: Sequence[Source]
    take: int = 0
    line: str = ""

    def path(self, cache: Path) -> Path:
        """Where its frames lie."""
        digest = hashlib.sha256("\n".join(source.key for source in self.sources).encode()).hexdigest()[:12]
        return cache / f"{self.name}{self.line}.{self.take}.{digest}.v{VERSION}.npz"


@dataclass(frozen=True, slots=True)
class Heard:
    """Frames of many windows: `frames` by encoder, `labels`, the `keys` of what they were made of, and for how many
    seconds nothing had been said before (`alone`)."""

    frames: dict[str, npt.NDArray[np.float16]]
    labels: list[str]
    keys: list[str]
    alone: npt.NDArray[np.float32]


def hear(batch: Batch, encoders: Sequence[Encoder], around: Surroundings, cache: Path) -> Heard:
    """The frames of a batch, from the cache or made now."""
    path = batch.path(cache)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            (
                source.label,
                source.key,
                utterance.alone_s,
                [encoder(utterance).astype(np.float16) for encoder in encoders],
            )
            for source in batch.sources
            for utterance in _kept(source, batch, around)
        ]
        frames = {
            encoder.name: np.array([row[3][n] for row in rows], np.float16).reshape(-1, *encoder.shape)
            for n, encoder in enumerate(encoders)
        }
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            labels, keys, alone = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
            np.savez(file, labels=labels, keys=keys, alone=np.array(alone, np.float32), **frames)
        part.rename(path)
    kept = np.load(path)
    return Heard(
        {encoder.name: kept[encoder.name] for encoder in encoders},
        [str(label) for label in kept["labels"]],
        [str(key) for key in kept["keys"]],
        kept["alone"],
    )


def seed_of(text: str) -> int:
    """A seed of its own for each text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _kept(source: Source, batch: Batch, around: Surroundings) -> Iterable[Utterance]:
    seed = seed_of(f"{source.key}/{batch.take}")
    if batch.line:
        gap = np.zeros(BEFORE, np.int16)
        heard = through(np.concatenate((gap, source.sound(), gap)), LINES[batch.line], seed)
    else:
        heard = spoken(source.sound(), seed, around)
    found = utterances(heard)
    if source.many or not found:
        return found
    best = max(found, key=lambda utterance: _inside(utterance, heard.size))
    return [best] if _inside(best, heard.size) > _MOSTLY * (best.end - best.start) else []


def _inside(utterance: Utterance, size: int) -> int:
    """Samples of the utterance that lie where the clip is, not in the noise around it."""
    return min(utterance.end, size - AFTER) - max(utterance.start, BEFORE)
