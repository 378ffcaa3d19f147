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
"""People's clips of one word that are taken."""
_PIECES = 1  # that are cut out of each sentence of the training people
_FEW = 60  # words that fewer clips than this have are heard over two lines each
_BATCH = 250
_LINES = ("quiet", "10db", "mobile")
_CHOOSING = 60  # clips of each word by which bands are chosen


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
class Piece:
    """A short piece out of somebody's running speech, cut where it is softest: what a half-word sounds like."""

    clip: people.Clip
    take: int
    label: str = NONE
    many: bool = False

    @property
    def key(self) -> str:
        """The clip's place in the recordings, and which piece of it."""
        return f"{self.clip.file.parent.name}/{self.clip.file.name}@{self.clip.start}/{self.take}"

    def sound(self) -> Samples:
        """Its samples: a third of a second to one and a quarter."""
        whole, chance = self.clip.sound(), np.random.default_rng((self.clip.start, self.take))
        length = int(chance.integers(2700, 10000))
        at = int(chance.integers(0, max(1, whole.size - length)))
        return whole[_softest(whole, at) : _softest(whole, min(at + length, whole.size))]


def _softest(sound: Samples, near: int) -> int:
    """The softest 10 ms within 80 ms of a place."""
    first = max(0, near - 640)
    blocks = sound[first : near + 640]
    blocks = blocks[: blocks.size // 80 * 80].reshape(-1, 80).astype(np.float32)
    return first + 80 * int((blocks**2).mean(axis=1).argmin()) if blocks.size else near


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


def people_batches() -> Iterator[Batch]:
    """The people who train, over drawn lines: words twice, those that few said three times, pieces of sentences."""
    found = persons("train")
    counts: dict[str, int] = defaultdict(int)
    for person in found:
        counts[person.label] += 1
    words = [person for person in found if person.label != NONE]
    few = [person for person in words if counts[person.label] < _FEW]
    spoken = [person.clip for person in found if person.many and not _says_a_word(person.clip)]
    pieces = [Piece(clip, take) for take in range(_PIECES) for clip in spoken]
    for name, sources, take in (("people", found, 0), ("people", words, 1), ("few", few, 2), ("pieces", pieces, 0)):
        yield from (Batch(name, sources[at : at + _BATCH], take) for at in range(0, len(sources), _BATCH))


def choosing_batches() -> Iterator[Batch]:
    """The people on whom bands are chosen: all over a quiet line, words over the others as well."""
    found = persons("choose", _CHOOSING)
    for line in _LINES:
        some = found if line == "quiet" else [person for person in found if person.label != NONE]
        yield from (Batch("choose", some[at : at + _BATCH], line=line) for at in range(0, len(some), _BATCH))


def choosing_hours() -> float:
    """How long the running speech is that the choosing people say."""
    return sum(one.sound().size for one in persons("choose", _CHOOSING) if one.many) / 8000 / 3600


def _says_a_word(clip: people.Clip) -> bool:
    """Whether a sentence is known to hold a word of the card, which a piece of it might be."""
    return any(vocabulary("en").label_of(word) is not None for word in clip.text.lower().split())


def voice_batches(language: str, engine: str, words: int, others: int, cache: Path, takes: int) -> Iterator[Batch]:
    """What there is of an engine's clips, a batch a round, each heard over `takes` lines, without those that choose."""
    for number, sources in _rounds(language, engine, words, others, cache).items():
        if not _chooses(language, number):
            yield from (Batch(f"{engine}-{language}-{number}", sources, take) for take in range(takes))


def choosing_voices(language: str, engine: str, words: int, others: int, cache: Path) -> Iterator[Batch]:
    """The rounds that choose, where no people of the language do: each over all lines."""
    for number, sources in _rounds(language, engine, words, others, cache).items():
        if _chooses(language, number):
            yield from (Batch(f"{engine}-{language}-{number}", sources, line=line) for line in _LINES)


def _chooses(language: str, take: int) -> bool:
    return language != "en" and take % 5 == 4


def _rounds(language: str, engine: str, words: int, others: int, cache: Path) -> dict[int, list[Synthetic]]:
    rounds: dict[int, list[Synthetic]] = defaultdict(list)
    for spoken in wanted(engine, language, words, others):
        if spoken.path(cache).exists():
            rounds[spoken.take].append(Synthetic(spoken.path(cache), spoken.label))
    return rounds


def surroundings(prompts: Path) -> Surroundings:
    """Noises and babble of the training people, and the prompts that are rendered on this machine."""
    every = people.clips()
    noises = [clip.sound() for clip in every if clip.role in ("noise", "music")][::2]  # the others are for judging
    babble = [clip.sound()[:32000] for clip in every if clip.role == "running" and clip.split == "train"][:300]
    return Surroundings(noises, babble, [_wav(path) for path in sorted(prompts.glob("*.wav"))[:40]])


def _wav(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)
