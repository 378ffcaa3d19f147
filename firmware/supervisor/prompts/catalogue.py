"""The prompts of one language as its file declares them, checked when read.

A file (``en.toml``, ``fr.toml``) holds the voice, the nouns that are counted, and the prompts by id: nested tables
whose leaf has ``text`` and ``max_s``. An id says where it is heard (``caller.greeting.unknown``). A placeholder is
``{key}`` or ``{key:kind}``; its kind is a reader (see ``readers``) or one of the file's nouns, and without one the
key's name is the kind. Every mistake in a file is a PromptError that names the file, the place and what was expected.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.supervisor.rules.languages import LANGUAGES

FOLDER = Path(__file__).parent
KINDS = ("name", "number", "digits", "duration", "time", "when")
"""The kinds of placeholder every language reads; the nouns of a file come on top."""

ENGINES = ("flite", "espeak-ng")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::([a-z_]+))?\}")


class PromptError(Exception):
    """Raised for a mistake in a prompt file, an unknown id, or a missing, unexpected or unreadable value."""


@dataclass(frozen=True)
class Voice:
    """Which engine speaks, with which of its voices, and how much slower than its own pace."""

    engine: str
    voice: str
    stretch: float


@dataclass(frozen=True)
class Noun:
    """The forms of a counted noun; ``many`` holds ``{n}``."""

    none: str
    one: str
    many: str


@dataclass(frozen=True)
class Prompt:
    """One prompt: its text with placeholders, and the longest it may take (s)."""

    id: str
    text: str
    max_s: float

    def placeholders(self) -> dict[str, str]:
        """Key -> kind, in the order of the text."""
        return {key: kind or key for key, kind in _PLACEHOLDER.findall(self.text)}

    def fill(self, words: Mapping[str, str]) -> str:
        """The text with each placeholder replaced by its words."""
        return _PLACEHOLDER.sub(lambda found: words[found[1]], self.text)


@dataclass(frozen=True)
class Catalogue:
    """All of one language's file."""

    language: str
    voice: Voice
    defaults: dict[str, str]
    nouns: dict[str, Noun]
    prompts: dict[str, Prompt]

    def prompt(self, prompt_id: str) -> Prompt:
        """The prompt of an id. Raises PromptError when there is none."""
        if prompt_id not in self.prompts:
            raise PromptError(f"{self.language}.toml: no prompt {prompt_id!r}")
        return self.prompts[prompt_id]


def _fields(where: str, table: Any, types: Mapping[str, type]) -> list[Any]:
    """The values of a table that must hold exactly the named fields."""
    if not isinstance(table, dict) or set(table) != set(types):
        raise PromptError(f"{where}: expected exactly {', '.join(types)}")
    values: list[Any] = []
    for name, kind in types.items():
        value = float(table[name]) if kind is float and isinstance(table[name], int) else table[name]
        if not isinstance(value, kind) or value == "":
            raise PromptError(f"{where}.{name}: expected a {kind.__name__}")
        values.append(value)
    return values


def _leaves(table: dict[str, Any], prefix: str, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if "text" in table:
        yield prefix, table
        return
    for key, below in table.items():
        if not isinstance(below, dict):
            raise PromptError(f"{where}: [prompts.{prefix}] has {key!r} but no text")
        yield from _leaves(below, f"{prefix}.{key}" if prefix else key, where)


def parse(text: str, language: str) -> Catalogue:
    """The catalogue a file's text declares. Raises PromptError."""
    where = f"{language}.toml"
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PromptError(f"{where}: {error}") from error
    voice_table, defaults, noun_tables, prompt_tables = _fields(
        where, tables, {"voice": dict, "defaults": dict, "nouns": dict, "prompts": dict}
    )
    voice = Voice(*_fields(f"{where} [voice]", voice_table, {"engine": str, "voice": str, "stretch": float}))
    if voice.engine not in ENGINES:
        raise PromptError(f"{where} [voice]: engine {voice.engine!r} is none of {', '.join(ENGINES)}")
    forms = {"none": str, "one": str, "many": str}
    nouns = {name: Noun(*_fields(f"{where} [nouns.{name}]", table, forms)) for name, table in noun_tables.items()}
    prompts = {}
    for prompt_id, table in _leaves(prompt_tables, "", where):
        place = f"{where} [prompts.{prompt_id}]"
        prompt = Prompt(prompt_id, *_fields(place, table, {"text": str, "max_s": float}))
        for key, kind in prompt.placeholders().items():
            if kind not in KINDS and kind not in nouns:
                known = ", ".join([*KINDS, *nouns])
                raise PromptError(f"{place}: {{{key}}} has the unknown kind {kind!r}; known: {known}")
        if set("{}") & set(_PLACEHOLDER.sub("", prompt.text)):
            raise PromptError(f"{place}: a brace that belongs to no placeholder")
        prompts[prompt_id] = prompt
    return Catalogue(language, voice, {key: str(value) for key, value in defaults.items()}, nouns, prompts)


@functools.cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language, read once. Raises PromptError."""
    if language not in LANGUAGES:
        raise PromptError(f"no prompts in {language!r}; there are: {', '.join(LANGUAGES)}")
    return parse((FOLDER / f"{language}.toml").read_text(encoding="utf-8"), language)
