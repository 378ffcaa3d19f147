"""What was said: two encoders with a head each, their log-probabilities summed, only the menu's words competing.

`Spotter(language)` loads what is there; each half works alone when the other is missing, `faults` says what is wrong
in sentences for the Health page. `decide(utterance, labels)` is one decision, some ten milliseconds, off the tick.
Nothing is believed before it has answered right on a stored clip (`CHECK`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from models.encoders import Encoder, Google, Moonshine
from models.endpoint import Utterance
from models.files import HERE, ModelError
from models.runtime import Floats, Net
from models.vocabulary import NONE, Vocabulary, vocabulary

Band = Literal["accept", "confirm", "again"]

CHECK: Final = HERE / "check.npz"
"""A stored utterance of each language and what each half must say of it."""

_ENCODERS: Final[dict[str, Callable[[], Encoder]]] = {"google": Google, "moonshine": Moonshine}


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision. `label` is None in the band `again`: nothing of the menu was understood. `confidence`: 0 to 1, that
    the best label was meant; `ranked`: the menu's labels, best first, with theirs."""

    label: str | None
    band: Band
    confidence: float
    ranked: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """How sure is sure: at `accept` and above the box acts, at `confirm` it asks "did you say ...?"."""

    accept: float
    confirm: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was chosen on people who neither trained nor judge: see models/tuning.toml."""

    weights: dict[str, float]
    outside: float
    longest_s: float
    shortest_s: float
    small: Bands
    large: Bands
    small_size: int

    def bands(self, words: int) -> Bands:
        """The bands of a menu of so many words."""
        return self.small if words <= self.small_size else self.large


def languages() -> tuple[str, ...]:
    """The languages that there are heads for."""
    return tuple(_tunings())


def tuning(language: str) -> Tuning:
    """The numbers of a language. Raises ModelError where nothing was trained for it."""
    if language not in _tunings():
        raise ModelError(f"no heads are trained for {language!r}; there are {', '.join(languages())}")
    rows = dict(_tunings()[language])
    small, large = (Bands(**rows.pop(name)) for name in ("small", "large"))
    return Tuning(small=small, large=large, **rows)


def _tunings() -> dict[str, Any]:
    return tomllib.loads(Path(HERE / "tuning.toml").read_text(encoding="utf-8"))


class Spotter:
    """One language's ears. Not to be used from two threads at once. Raises ModelError where neither half works."""

    def __init__(self, language: str = "en", halves: Iterable[str] = tuple(_ENCODERS)) -> None:
        self.vocabulary: Vocabulary = vocabulary(language)
        self.tuning = tuning(language)
        self.faults: list[str] = []
        self._halves: list[tuple[Encoder, Net, float]] = []
        for name in halves:
            try:
                encoder, head = _ENCODERS[name](), Net(f"head_{language}_{name}")
                _check(language, encoder, head)
                self._halves.append((encoder, head, self.tuning.weights[name]))
            except ModelError as error:
                self.faults.append(str(error))
        if not self._halves:
            raise ModelError("; ".join(self.faults))
        self._number = {label: n for n, label in enumerate(self.vocabulary.labels)}

    @property
    def halves(self) -> tuple[str, ...]:
        """The names of the halves that work."""
        return tuple(encoder.name for encoder, _, _ in self._halves)

    def each(self, utterance: Utterance) -> dict[str, Floats]:
        """What each half says: log-probability of each of the vocabulary's labels, `_none_` last, all competing."""
        return {
            encoder.name: self._weight(weight) * log_softmax(head(encoder(utterance)[None])[0])
            for encoder, head, weight in self._halves
        }

    def scores(self, utterance: Utterance) -> Floats:
        """The same of both halves together."""
        return together(self.each(utterance))

    def too_short_or_long(self, utterance: Utterance) -> bool:
        """Whether an utterance cannot be one of the card's words or phrases."""
        return utterance.voice_s < self.tuning.shortest_s or utterance.seconds > self.tuning.longest_s

    def decide(self, utterance: Utterance, labels: Iterable[str]) -> Answer:
        """Which of the menu's labels was said, and how sure that is."""
        if self.too_short_or_long(utterance):
            return Answer(None, "again", 0.0, ())
        return self.judge(self.scores(utterance), labels)

    def _weight(self, weight: float) -> float:
        """A half that is alone counts as much as both."""
        return weight if len(self._halves) > 1 else sum(self.tuning.weights.values())

    def judge(self, scores: Floats, labels: Iterable[str]) -> Answer:
        """The decision that follows from scores. Raises KeyError on a label that the vocabulary lacks."""
        names = [label for label in dict.fromkeys(labels) if label != NONE]
        chances = np.exp(scores.astype(np.float64))
        active = np.array([chances[self._number[label]] for label in names])
        rest = chances[-1] + self.tuning.outside * max(0.0, 1.0 - active.sum() - chances[-1])
        share = active / (active.sum() + rest + 1e-12)
        order = np.argsort(-share, kind="stable")
        ranked = tuple((names[n], float(share[n])) for n in order[:5])
        best, confidence = ranked[0] if ranked else (None, 0.0)
        bands = self.tuning.bands(len(names))
        if best is None or confidence < bands.confirm:
            return Answer(None, "again", confidence, ranked)
        return Answer(best, "accept" if confidence >= bands.accept else "confirm", confidence, ranked)


def together(halves: Mapping[str, Floats]) -> Floats:
    """The halves' log-probabilities summed, and made to sum to one again."""
    return log_softmax(np.sum(list(halves.values()), axis=0, dtype=np.float32))


def log_softmax(x: npt.NDArray[np.float32]) -> Floats:
    """Logarithms of probabilities that sum to one."""
    high = x - x.max()
    log: Floats = (high - np.log(np.exp(high).sum())).astype(np.float32)
    return log


def _check(language: str, encoder: Encoder, head: Net) -> None:
    """What this half says of the stored clip against what it said when it was made. Raises ModelError."""
    stored = np.load(CHECK)
    sound = stored[f"{language}_sound"]
    said = head(encoder(Utterance(sound, 0, sound.size, sound.size, 1.0))[None])[0]
    expected = stored[f"{language}_{encoder.name}"]
    like = float((said * expected).sum() / (np.linalg.norm(said) * np.linalg.norm(expected) + 1e-9))
    if not like > 0.98:
        raise ModelError(
            f"{encoder.name}: the self-check's answer is not the stored one (likeness {like:.2f}); not used"
        )
