"""The page's sentences: one TOML table per language, the same keys in each (a test holds them together).

A key is `place.sentence`; `{name}` marks what is filled in. A sentence that counts has the keys `.one` and `.other`.
English is the declaration that the others are measured against.
"""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "fr")


class Words:
    """The sentences of one language."""

    def __init__(self, language: str, table: dict[str, str]) -> None:
        self.language = language
        self.table = table

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence `key` with its blanks filled in.

        Raises:
            KeyError: no such sentence, or a blank was not given.
        """
        sentence = self.table[key]
        return sentence.format(**values) if values else sentence

    def count(self, key: str, n: int, **values: Any) -> str:
        """The sentence for `n` of something. English counts 0 as many, French as one."""
        single = n < 2 if self.language == "fr" else n == 1
        return self(f"{key}.{'one' if single else 'other'}", n=n, **values)

    def either(self, key: str, otherwise: str) -> str:
        """The sentence `key`, or `otherwise` where a newer box names something this page has no word for."""
        return self.table.get(key, otherwise)


@functools.cache
def words(language: str) -> Words:
    """The table of one language, read once."""
    text = (Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8")
    return Words(language, dict(_flat(tomllib.loads(text), "")))


def preferred(accepted: str) -> str:
    """The first of our languages that an Accept-Language header names (its order counts, weights seldom differ)."""
    for part in accepted.split(",")[:20]:
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, str(value))]
    return rows
