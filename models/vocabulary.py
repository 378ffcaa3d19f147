"""The words the models know: `words.toml`, read and checked once.

A label is the English word of the card in lower case, whatever the language that is spoken.
Several words may mean one label ("oh" and "zero"); an answer is compared after `label_of` has mapped them.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "fr")
NONE = "_none_"
"""The label of what means nothing on the card."""

_FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, slots=True)
class Word:
    """One label: the words and phrases said for it in one language, the card's own first."""

    label: str
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    digit: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of a language, in the order of the heads' outputs; `reject`: what is none of them."""

    language: str
    words: tuple[Word, ...]
    reject: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the heads' outputs, `_none_` last."""
        return (*(word.label for word in self.words), NONE)

    @property
    def digits(self) -> tuple[str, ...]:
        """The labels of the ten digits, zero first."""
        return tuple(word.label for word in self.words if word.digit)

    def label_of(self, said: str) -> str | None:
        """The label a word or phrase stands for ("oh" is zero, "go back" is back); None where it is not known."""
        return _said(self).get(_plain(said))


@functools.cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of `en` or `fr`. Raises ValueError on another language."""
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: expected {' or '.join(LANGUAGES)}")
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    words = tuple(
        Word(label, tuple(row[language]), tuple(row.get(f"{language}_phrases", ())), part == "digits")
        for part in ("digits", "words")
        for label, row in rows[part].items()
    )
    return Vocabulary(language, words, tuple(rows["reject"][language]))


@functools.cache
def _said(known: Vocabulary) -> dict[str, str]:
    said = {_plain(text): word.label for word in known.words for text in (*word.words, *word.phrases)}
    return said | {_plain(word.label): word.label for word in known.words}


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").split())
