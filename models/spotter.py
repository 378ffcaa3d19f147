"""What was said: two encoders with a head each, their log-probabilities summed, only the menu's words competing.

`Spotter(language)` loads what is there; each half works alone when the other is missing, `faults` says what is wrong
in sentences for the Health page. `decide(utterance, labels)` is one decision, some ten milliseconds, off the tick; half
as long where `listen()` was given the utterance while it lasted.
Nothing is believed before it has answered right on a stored clip (`CHECK`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from models.certainty import SIGNS, certainty, signs
from models.encoders import Encoder, Google, Moonshine, Stream
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
    certainty: dict[str, float]
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
    """One language's ears. Not to be used from two threads at once. Raises ModelError where neither half works.

    `encoders`: those that are loaded already, by name; what is loaded here is added, so that languages share them.
    """

    def __init__(
        self,
        language: str = "en",
        halves: Iterable[str] = tuple(_ENCODERS),
        encoders: dict[str, Encoder] | None = None,
    ) -> None:
        loaded = {} if encoders is None else encoders
        self.vocabulary: Vocabulary = vocabulary(language)
        self.tuning = tuning(language)
        self.faults: list[str] = []
        self._halves: list[tuple[Encoder, Net, float]] = []
        for name in halves:
            try:
                if name not in loaded:
                    loaded[name] = _ENCODERS[name]()
                encoder, head = loaded[name], Net(f"head_{language}_{name}")
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

    def listen(self) -> Stream | None:
        """What takes an utterance's samples as they come (`EndPointer.since`), for `decide`; None without that half."""
        return next((Stream(encoder) for encoder, _, _ in self._halves if isinstance(encoder, Google)), None)

    def each(self, utterance: Utterance, heard: Stream | None = None) -> dict[str, Floats]:
        """What each half says: log-probability of each of the vocabulary's labels, `_none_` last, all competing.

        `heard`: what listened to the whole utterance while it lasted, where somebody did.
        """
        return {
            encoder.name: self._weight(weight) * log_softmax(head(self._frames(encoder, utterance, heard)[None])[0])
            for encoder, head, weight in self._halves
        }

    @staticmethod
    def _frames(encoder: Encoder, utterance: Utterance, heard: Stream | None) -> Floats:
        return heard.frames if heard is not None and isinstance(encoder, Google) else encoder(utterance)

    def too_short_or_long(self, utterance: Utterance) -> bool:
        """Whether an utterance cannot be one of the card's words or phrases."""
        return utterance.voice_s < self.tuning.shortest_s or utterance.seconds > self.tuning.longest_s

    def decide(self, utterance: Utterance, labels: Iterable[str], heard: Stream | None = None) -> Answer:
        """Which of the menu's labels was said, and how sure that is."""
        if self.too_short_or_long(utterance):
            return Answer(None, "again", 0.0, ())
        return self.judge(self.each(utterance, heard), labels, utterance.alone_s)

    def _weight(self, weight: float) -> float:
        """A half that is alone counts as much as both."""
        return weight if len(self._halves) > 1 else sum(self.tuning.weights.values())

    def judge(self, each: Mapping[str, Floats], labels: Iterable[str], alone_s: float) -> Answer:
        """The decision that follows from what the halves say. Raises KeyError on a label that the vocabulary lacks."""
        names = [label for label in dict.fromkeys(labels) if label != NONE]
        numbers = [self._number[label] for label in names]
        if not names:
            return Answer(None, "again", 0.0, ())
        share = shares(together(each)[None], numbers, self.tuning.outside)[0]
        order = np.argsort(-share, kind="stable")
        best = int(order[0])
        sure = self._sure(float(share[best]), numbers[best], each, alone_s)
        ranked = tuple((names[n], sure if n == best else float(min(share[n], sure))) for n in order[:5])
        bands = self.tuning.bands(len(names))
        if sure < bands.confirm:
            return Answer(None, "again", sure, ranked)
        return Answer(names[best], "accept" if sure >= bands.accept else "confirm", sure, ranked)

    def _sure(self, share: float, number: int, each: Mapping[str, Floats], alone_s: float) -> float:
        """How sure it is that the likeliest word was meant; a half that is missing is taken to agree."""
        halves = [each.get(name, next(iter(each.values())))[number] for name in _ENCODERS]
        none = np.array([together(each)[-1]], np.float64)
        seen = signs(np.array([share]), none, np.array(halves, np.float64)[:, None], np.array([alone_s]))
        return float(certainty(seen, np.array([self.tuning.certainty[sign] for sign in SIGNS]))[0])


def shares(scores: Floats, numbers: Sequence[int], outside: float) -> npt.NDArray[np.float64]:
    """How the menu's words (their `numbers`) share each row of log-probabilities with what is none of them.

    A word that is not in the menu counts `outside` as much as what is no word at all.
    """
    chances = np.exp(scores.astype(np.float64))
    active = chances[:, list(numbers)]
    total = active.sum(axis=1)
    rest = chances[:, -1] + outside * np.maximum(0.0, 1.0 - total - chances[:, -1])
    share: npt.NDArray[np.float64] = active / (total + rest + 1e-12)[:, None]
    return share


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
