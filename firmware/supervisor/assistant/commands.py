"""The table of commands (``commands.toml``), checked whole when it is read: contexts, what can be wanted, keys, words.

``menu("review").act("2")`` is "again"; None where the key means nothing there. Any mistake in the file is a
CommandError that names file, context and row, and what was expected. Nothing is read but the file itself, once.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.supervisor.rules.languages import LANGUAGES

FILE = Path(__file__).with_name("commands.toml")
_LABEL = re.compile(r"[a-z]+( [a-z]+)*")
_KEY = re.compile(r"[0-9*#]|\*\*|\*0[0-9]")


class CommandError(ValueError):
    """A mistake in the table: which file, context and row, and what was expected."""


@dataclass(frozen=True)
class Spoken:
    """What is said in one language: ``words``, the card's first, and ``phrases`` of people who know no card."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Act:
    """What can be wanted. ``label``: the English word of the card; ``spoken`` by language, empty: by keys alone."""

    label: str
    spoken: Mapping[str, Spoken]


@dataclass(frozen=True)
class Command:
    """A row: an act in a context. ``keys`` all mean it; without any, ``by_key`` is the act whose key does as well."""

    act: Act
    keys: tuple[str, ...]
    by_key: str
    does: Mapping[str, str]


@dataclass(frozen=True)
class Menu:
    """A context: its own ``commands`` and those of other contexts that hold in it too (``also``).

    ``built``: a dialog of today asks there; ``help``: id of the prompt that tells the choices, "" where there is none.
    """

    name: str
    title: Mapping[str, str]
    built: bool
    help: str
    commands: tuple[Command, ...]
    also: tuple[Command, ...]

    def act(self, key: str) -> str | None:
        """The label of what ``key`` means here, None where it means nothing."""
        return self._by_key.get(key)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all that can be wanted here."""
        return tuple(command.act.label for command in (*self.commands, *self.also))

    @functools.cached_property
    def _by_key(self) -> dict[str, str]:
        return {key: command.act.label for command in (*self.commands, *self.also) for key in command.keys}


@dataclass(frozen=True)
class Table:
    """The whole table: the menus by their context's name, the acts by their label."""

    menus: Mapping[str, Menu]
    acts: Mapping[str, Act]


@functools.cache
def table() -> Table:
    """The shipped table, read once."""
    return parse(FILE.read_text(encoding="utf-8"), FILE.name)


def menu(context: str) -> Menu:
    """The menu of a context; KeyError where there is none."""
    return table().menus[context]


def parse(text: str, file: str) -> Table:
    """The table in ``text``; ``file`` names it in errors. Raises CommandError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{file}: {error}") from error
    _fields(file, tables, {"contexts": dict, "acts": dict})
    acts = {label: _act(f"{file} [acts] {label}", label, row) for label, row in tables["acts"].items()}
    _said_once(file, acts.values())
    own: dict[str, tuple[Command, ...]] = {}
    for name, context in tables["contexts"].items():
        where = f"{file} [contexts.{name}]"
        _fields(where, context, {"title": dict, "commands": list}, {"built": bool, "help": str, "also": list})
        rows = enumerate(context["commands"], start=1)
        own[name] = tuple(_command(f"{where} row {number}", row, acts) for number, row in rows)
    menus = {}
    for name, context in tables["contexts"].items():
        where = f"{file} [contexts.{name}]"
        also = tuple(_borrowed(f"{where} also", entry, own) for entry in context.get("also", []))
        title = _each_language(f"{where} title", context["title"])
        menus[name] = Menu(name, title, context.get("built", False), context.get("help", ""), own[name], also)
        _meant_once(where, menus[name])
    used = {command.act.label for commands in own.values() for command in commands}
    for label in acts:
        if label not in used:
            raise CommandError(f"{file} [acts] {label}: in no context; expected a row with it")
    return Table(menus, acts)


def star_code_clashes(carriers: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """A sentence for each code of ours that a carrier's hides or is hidden by; ``carriers``: country -> its codes."""
    ours = {key: command.act.label for command in menu("dial_tone").commands for key in command.keys if len(key) > 1}
    for code, label in ours.items():
        for country, theirs in carriers.items():
            for other in theirs:
                if code.startswith(other) or other.startswith(code):
                    yield f"{FILE.name} [contexts.dial_tone] {label}: {code} clashes with {other} in {country}"


def _fields(where: str, row: Any, required: Mapping[str, type], optional: Mapping[str, type] | None = None) -> None:
    known = {**required, **(optional or {})}
    if not isinstance(row, dict):
        raise CommandError(f"{where}: expected a table")
    for name in row:
        if name not in known:
            raise CommandError(f"{where}: {name}: unknown; expected {', '.join(known)}")
        if not isinstance(row[name], known[name]) or (known[name] is str and not row[name]):
            raise CommandError(f"{where}: {name}: expected a {known[name].__name__}, not empty")
    for name in required:
        if name not in row:
            raise CommandError(f"{where}: {name} is missing")


def _each_language(where: str, row: Any) -> dict[str, str]:
    _fields(where, row, dict.fromkeys(LANGUAGES, str))
    return dict(row)


def _texts(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() == text != "" for text in value):
        raise CommandError(f"{where}: expected a list of texts")
    return tuple(value)


def _act(where: str, label: str, row: Any) -> Act:
    if not _LABEL.fullmatch(label):
        raise CommandError(f"{where}: expected English words in lower case")
    if not row:
        return Act(label, {})
    _fields(where, row, dict.fromkeys(LANGUAGES, dict))
    spoken = {}
    for language in LANGUAGES:
        _fields(f"{where} {language}", row[language], {"words": list}, {"phrases": list})
        words = _texts(f"{where} {language} words", row[language]["words"])
        if not words:
            raise CommandError(f"{where} {language} words: expected one at least")
        spoken[language] = Spoken(words, _texts(f"{where} {language} phrases", row[language].get("phrases", [])))
    if spoken["en"].words[0] != label:
        raise CommandError(f"{where} en words: expected the label {label!r} first, got {spoken['en'].words[0]!r}")
    return Act(label, spoken)


def _command(where: str, row: Any, acts: Mapping[str, Act]) -> Command:
    _fields(where, row, {"act": str, **dict.fromkeys(LANGUAGES, str)}, {"keys": str, "by_key": str})
    where = f"{where} ({row['act']})"
    if row["act"] not in acts:
        raise CommandError(f"{where}: unknown act; expected one of [acts]")
    if ("keys" in row) == ("by_key" in row):
        raise CommandError(f"{where}: expected keys, or by_key, the act whose key does as well")
    keys = tuple(row.get("keys", "").split())
    for key in keys:
        if not _KEY.fullmatch(key):
            raise CommandError(f"{where}: keys: {key!r}: expected 0-9, *, #, ** or *0x")
    return Command(acts[row["act"]], keys, row.get("by_key", ""), {language: row[language] for language in LANGUAGES})


def _borrowed(where: str, entry: Any, own: Mapping[str, tuple[Command, ...]]) -> Command:
    context, _, label = entry.partition(".") if isinstance(entry, str) else ("", "", "")
    if context not in own:
        raise CommandError(f"{where}: {entry!r}: unknown context; expected one of {', '.join(own)}")
    for command in own[context]:
        if command.act.label == label:
            return command
    raise CommandError(f"{where}: {entry!r}: unknown act; expected one of the rows of {context}")


def _said_once(file: str, acts: Iterable[Act]) -> None:
    """A word means one thing wherever it is said: what hears it answers with its label."""
    for language in LANGUAGES:
        taken: dict[str, str] = {}
        for act in acts:
            spoken = act.spoken.get(language, Spoken((), ()))
            for text in (*spoken.words, *spoken.phrases):
                other = taken.setdefault(text.casefold(), act.label)
                if other != act.label or [*spoken.words, *spoken.phrases].count(text) > 1:
                    raise CommandError(f"{file} [acts] {act.label} {language}: {text!r} is already said for {other!r}")


def _meant_once(where: str, shown: Menu) -> None:
    """In a context each act stands once, each key means one act, and what is only said has a key that does as well."""
    acts: set[str] = set()
    keys: dict[str, str] = {}
    for command in (*shown.commands, *shown.also):
        label = command.act.label
        if label in acts:
            raise CommandError(f"{where}: act {label!r} twice; expected once")
        acts.add(label)
        for key in command.keys:
            other = keys.setdefault(key, label)
            if other != label or command.keys.count(key) > 1:
                raise CommandError(f"{where}: key {key} means {other!r} and {label!r}; expected one")
        if not command.keys and not command.act.spoken:
            raise CommandError(f"{where}: {label!r} has neither key nor word; expected one")
    for command in (*shown.commands, *shown.also):
        if command.by_key and command.by_key not in keys.values():
            raise CommandError(f"{where}: {command.act.label!r}: by_key {command.by_key!r}: expected an act with a key")
