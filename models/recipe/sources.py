"""What the heads learn from: synthetic voices, people, and everything that is none of the card's words."""

from __future__ import annotations

import wave
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.recipe import people
from models.recipe.features import Batch
from models.recipe.mouths import Surroundings
from models.recipe.voices import wanted
from models.vocabulary import NONE, vocabulary

Samples = npt.NDArray[np.int16]

MOST_OF_A_WORD = 220
"""People's clips of one word that are taken; more of the same word changes nothing."""
_FEW = 60  # words that fewer clips than this have are heard over two lines each
_BATCH = 250


@dataclass(frozen=True, slots=True)
class Person:
    """A person's clip as a source."""

    clip: people.Clip
    label: str
    many: bool = False

    @property
    def key(self) -> str:
        """The clip's place in the recordings."""
        return f"{self.clip.file.parent.name}/{self.clip.file.name}@{self.clip.start}"

    def sound(self) -> Samples:
        """Its samples; at most eight seconds of running speech."""
        return self.clip.sound()[:64000]


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A synthetic clip as a source."""

    path: Path
    label: str
    many: bool = False

    @property
    def key(self) -> str:
        """Engine, language, label and file."""
        return "/".join(self.path.parts[-4:])

    def sound(self) -> Samples:
        """Its samples."""
        made: Samples = np.load(self.path)
        return made


def label_of(clip: people.Clip, language: str) -> str:
    """The label a person's clip trains: a word of the card, or none of them."""
    if clip.role in ("command", "digit"):
        return vocabulary(language).label_of(clip.label) or NONE
    return NONE


def persons(split: str, most: int = MOST_OF_A_WORD) -> list[Person]:
    """The people of one split: words (at most so many of each), then what is none of them."""
    by_label: dict[str, list[Person]] = defaultdict(list)
    order = np.random.default_rng(7)
    every = people.clips()
    for at in order.permutation(len(every)):
        clip = every[at]
        if clip.split != split or clip.role in ("noise", "music"):
            continue
        label = label_of(clip, "en")
        group = label if label != NONE else f"{NONE}{clip.role}/{clip.label if clip.role == 'command' else ''}"
        by_label[group].append(Person(clip, label, clip.role == "running"))
    return [person for group, row in by_label.items() for person in row[: _share(group, most)]]


def _share(group: str, most: int) -> int:
    if not group.startswith(NONE):
        return most
    return {f"{NONE}running/": 8 * most, f"{NONE}other_word/": 6 * most, f"{NONE}aux_word/": 2 * most}.get(
        group, most // 2
    )


def people_batches(split: str, most: int = MOST_OF_A_WORD, line: str = "") -> Iterator[Batch]:
    """The people of a split in batches, over drawn lines or one with a name; words that few said are heard twice."""
    found = persons(split, most)
    counts: dict[str, int] = defaultdict(int)
    for person in found:
        counts[person.label] += 1
    for at in range(0, len(found), _BATCH):
        yield Batch(f"people-{split}", found[at : at + _BATCH], line=line)
    few = [person for person in found if counts[person.label] < _FEW]
    if few and split == "train":
        yield from (Batch(f"people-{split}", few, take) for take in (1, 2))


def voice_batches(language: str, engine: str, words: int, others: int, cache: Path, takes: int) -> Iterator[Batch]:
    """What there is of an engine's clips, a batch a round, each heard over `takes` lines."""
    rounds: dict[int, list[Synthetic]] = defaultdict(list)
    for spoken in wanted(engine, language, words, others):
        if spoken.path(cache).exists():
            rounds[spoken.take].append(Synthetic(spoken.path(cache), spoken.label))
    for number, sources in rounds.items():
        yield from (Batch(f"{engine}-{language}-{number}", sources, take) for take in range(takes))


def surroundings(prompts: Path) -> Surroundings:
    """Noises and babble of the training people, and the prompts that are rendered on this machine."""
    every = people.clips()
    noises = [clip.sound() for clip in every if clip.role in ("noise", "music")][::2]  # the others are for judging
    babble = [clip.sound()[:32000] for clip in every if clip.role == "running" and clip.split == "train"][:300]
    return Surroundings(noises, babble, [_wav(path) for path in sorted(prompts.glob("*.wav"))[:40]])


def _wav(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)
