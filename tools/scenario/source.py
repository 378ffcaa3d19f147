"""A TOML file together with the line every table and key stands on.

``tomllib`` gives the values and refuses what is not TOML; this module walks the same text a second time, only for
positions, so that a wrong key can be reported as ``call.toml:17``. Keys inside an inline table have the line of the
key that holds it. Raises SourceError with file and line; holds nothing open.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_BYTES = 256 * 1024  # a call as text is some kilobytes; anything far larger is not one

_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_LONG = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}', re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class SourceError(Exception):
    """The file is not what it should be; ``str()`` is one line: file, line, what is wrong and what was expected."""

    def __init__(self, path: Path, line: int, text: str) -> None:
        super().__init__(f"{path}:{line}: {text}")
        self.path = path
        self.line = line
        self.text = text


@dataclass
class Table:
    """One table of the file: where it begins, its values, and the line of each key."""

    path: Path
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """The line a key stands on; the table's own line for a key it does not have."""
        return self.lines.get(key, self.line)

    def error(self, key: str, text: str) -> SourceError:
        """An error about one key, to be raised by the caller."""
        return SourceError(self.path, self.line_of(key), f"{key}: {text}")


@dataclass
class Source:
    """The whole file: the keys before the first header, the named tables, and the lists of tables in file order."""

    path: Path
    top: Table
    tables: dict[str, Table]
    lists: dict[str, list[Table]]


def read(path: Path) -> Source:
    """Read a TOML file of top-level keys, ``[table]`` and ``[[list]]``; raises SourceError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(path, 1, f"cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise SourceError(path, 1, f"{len(raw)} bytes, expected a scenario of at most {MAX_BYTES}")
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SourceError(path, line, "not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, error) from error
    return _attach(path, values, _positions(text))


def _syntax_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> SourceError:
    where = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    line = int(where.group(1)) if where else text.count("\n") + 1
    what = re.sub(r" \(at [^)]*\)$", "", str(error))
    return SourceError(path, line, f"not TOML: {what}")


@dataclass
class _Header:
    """One ``[name]`` or ``[[name]]`` and the lines of the keys under it."""

    name: tuple[str, ...]
    is_list: bool
    line: int
    keys: list[tuple[tuple[str, ...], int]] = field(default_factory=list)


def _positions(text: str) -> list[_Header]:
    """The headers and keys of text that is known to be TOML, with their lines."""
    found = [_Header((), False, 1)]
    at = 0
    while at < len(text):
        at = _skip_blank(text, at)
        if at >= len(text):
            break
        line = text.count("\n", 0, at) + 1
        if text[at] == "[":
            is_list = text.startswith("[[", at)
            name, at = _dotted(text, at + (2 if is_list else 1))
            found.append(_Header(name, is_list, line))
            at = text.index("]", at) + (2 if is_list else 1)
        else:
            name, at = _dotted(text, at)
            found[-1].keys.append((name, line))
            at = _skip_value(text, text.index("=", at) + 1)
    return found


def _skip_blank(text: str, at: int) -> int:
    while at < len(text):
        if text[at] in " \t\n":
            at += 1
        elif text[at] == "#":
            at = _line_end(text, at)
        else:
            break
    return at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _dotted(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """A key, maybe dotted and quoted, and where it ends."""
    parts: list[str] = []
    while True:
        while text[at] in " \t":
            at += 1
        match = _QUOTED.match(text, at) or _BARE.match(text, at)
        if match is None:  # cannot happen in text that tomllib accepted
            raise AssertionError(f"no key at {text[at : at + 20]!r}")
        word = match.group()
        parts.append(next(iter(tomllib.loads(f"{word} = 0"))))
        at = match.end()
        while text[at] in " \t":
            at += 1
        if text[at] != ".":
            return tuple(parts), at
        at += 1


def _skip_value(text: str, at: int) -> int:
    """The end of the value that begins at ``at``: the end of its line, brackets and strings closed."""
    depth = 0
    while at < len(text):
        letter = text[at]
        if letter in "\"'":
            match = _LONG.match(text, at) or _QUOTED.match(text, at)
            at = match.end() if match else at + 1
        elif letter == "#":
            at = _line_end(text, at)
        elif letter == "\n" and depth == 0:
            return at
        else:
            depth += (letter in "[{") - (letter in "]}")
            at += 1
    return at


def _attach(path: Path, values: dict[str, Any], headers: list[_Header]) -> Source:
    """Bring the values of tomllib and the positions together."""
    top_values = {key: value for key, value in values.items() if not _holds_tables(value)}
    top = Table(path, 1, top_values, {name[0]: line for name, line in headers[0].keys})
    source = Source(path, top, {}, {})
    for header in headers[1:]:
        if not header.name[1:]:
            _add_table(source, values, header)
        else:
            _add_inner(source, values, header)
    for key, line in top.lines.items():  # `box = {...}` and `contact = [{...}]`, written in one line
        if isinstance(values[key], dict):
            source.tables[key] = _inline(path, line, values[key])
        elif _holds_tables(values[key]):
            source.lists[key] = [_inline(path, line, row) for row in values[key]]
    return source


def _inline(path: Path, line: int, values: dict[str, Any]) -> Table:
    return Table(path, line, values, dict.fromkeys(values, line))


def _holds_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _add_table(source: Source, values: dict[str, Any], header: _Header) -> None:
    name = header.name[0]
    lines: dict[str, int] = {}
    for key, line in header.keys:
        lines.setdefault(key[0], line)
    if header.is_list:
        rows = source.lists.setdefault(name, [])
        rows.append(Table(source.path, header.line, values[name][len(rows)], lines))
    else:
        source.tables[name] = Table(source.path, header.line, values[name], lines)


def _add_inner(source: Source, values: dict[str, Any], header: _Header) -> None:
    """``[box.settings]``: the inner table is a key of the outer one, which holds its values already."""
    name, key = header.name[:2]
    if source.lists.get(name):
        outer = source.lists[name][-1]
    else:
        outer = source.tables.setdefault(name, Table(source.path, header.line, values[name]))
    outer.lines.setdefault(key, header.line)
