"""The settings in force: defaults, then ``frontdesk.toml``, then what the page has set, then overrides.

The file is ``$FRONTDESK_HOME/frontdesk.toml``; a missing file means defaults. Any key that the schema does not know,
or that stands in the wrong place, stops the start with a message that names file, line, key and the nearest known
one. Nobody writes the file but its owner: the page writes to the database, and ``[first_boot]`` in the file fills an
empty database once. Overrides (a scenario, a test, a command line) win over everything and are never stored.

Reads are plain look-ups in memory and may come from the loop at any time; ``accept`` is called on the loop only.
``python -m firmware.supervisor.settings`` prints what is in force and from where; with ``--markdown``,
docs/settings.md.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware.supervisor.rules.ports import Kind, named
from firmware.supervisor.settings.schema import SCHEMA, SettingsError, Value, setting

FILE_NAME = "frontdesk.toml"
DATABASE_NAME = "frontdesk.db"
FIRST_BOOT = "first_boot"
SIZE_LIMIT = 256 * 1024  # bytes; a hand-written file is a few hundred
_PREFIX = "dialing.outside_prefix"


def home_folder() -> Path:
    """Where the box keeps everything it owns: ``$FRONTDESK_HOME``, default ``./home``."""
    return Path(os.environ.get("FRONTDESK_HOME") or "home")


@dataclass
class Settings:
    """Every key of the schema with its value in force. Build it with ``Settings.load``."""

    home: Path
    file: dict[str, Value] = field(default_factory=dict)
    first_boot: dict[str, Value] = field(default_factory=dict)
    stored: dict[str, Value] = field(default_factory=dict)
    overrides: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def load(cls, home: Path, overrides: Mapping[str, object] | None = None) -> Settings:
        """Read ``home``/frontdesk.toml and check it and ``overrides`` (flat: ``{"answering.rings": 3}``).

        What the page has set is added by ``accept_stored`` once the database is open. Raises ``SettingsError``.
        """
        given = {key: setting(key).check(value) for key, value in (overrides or {}).items()}
        file, first_boot = _read(home / FILE_NAME)
        loaded = cls(home, file, first_boot, {}, given)
        loaded._check_together({})
        return loaded

    def get(self, key: str) -> Value:
        """The value in force of any key; raises ``SettingsError`` for an unknown one."""
        return self.source(key)[0]

    def text(self, key: str) -> str:
        """The value of a text setting."""
        value = self.get(key)
        assert isinstance(value, str), f"{key} is no text"
        return value

    def whole(self, key: str) -> int:
        """The value of a whole-number setting."""
        value = self.get(key)
        assert isinstance(value, int) and not isinstance(value, bool), f"{key} is no whole number"
        return value

    def number(self, key: str) -> float:
        """The value of a number setting, in the unit of the schema."""
        value = self.get(key)
        assert isinstance(value, int | float) and not isinstance(value, bool), f"{key} is no number"
        return float(value)

    def flag(self, key: str) -> bool:
        """The value of a true-or-false setting."""
        value = self.get(key)
        assert isinstance(value, bool), f"{key} is no flag"
        return value

    def source(self, key: str) -> tuple[Value, str]:
        """The value in force and where it comes from: override, page, first boot, file or default."""
        declared = setting(key)
        layers = [(self.overrides, "override")]
        if declared.home == "file":
            layers.append((self.file, "file"))
        else:
            # Before the database has been filled, what [first_boot] will put there is already in force.
            layers += [(self.stored, "page"), ({} if self.stored else self.first_boot, "first boot")]
        for values, name in layers:
            if key in values:
                return values[key], name
        return declared.default, "default"

    def accept_stored(self, rows: Mapping[str, object]) -> list[str]:
        """Take over what the database holds; returns a sentence per row that no longer fits and was left out.

        A box must start after an update that narrowed a range: such a row falls back to its default.
        """
        complaints: list[str] = []
        for key, value in rows.items():
            try:
                self.stored[key] = _check_for_page(key, value)
            except SettingsError as error:
                complaints.append(str(error))
        try:
            self._check_together({})
        except SettingsError as error:
            complaints.append(str(error))
            for key in (_PREFIX, *self._extensions()):
                self.stored.pop(key, None)
        return complaints

    def accept(self, key: str, value: object) -> Value:
        """Put a page setting in force that has been stored. Raises ``SettingsError``."""
        checked = self.check(key, value)
        self.stored[key] = checked
        return checked

    def check(self, key: str, value: object) -> Value:
        """``value`` as the page may set it for ``key``, the others being as they are. Raises ``SettingsError``."""
        checked = _check_for_page(key, value)
        self._check_together({key: checked})
        return checked

    def names(self, kind: Kind, changes: Iterable[str] = ()) -> tuple[str, ...]:
        """The "lines" or the "handsets" that settings know of: the HAT's, and those elsewhere that somebody has set."""
        keys = [*self.overrides, *self.file, *self.first_boot, *self.stored, *changes]
        return named(kind, keys)

    def _check_together(self, changes: Mapping[str, Value]) -> None:
        """What no setting can see alone: a number dialled must mean one thing."""
        prefix = str(changes.get(_PREFIX, self.get(_PREFIX)))
        taken: dict[str, str] = {}
        for key in self._extensions(changes):
            extension = str(changes.get(key, self.get(key)))
            if extension and extension in taken:
                raise SettingsError(
                    f"{taken[extension]}, {key}: expected two different extensions, both are {extension}"
                )
            taken[extension] = key
            if prefix and extension.startswith(prefix):
                raise SettingsError(f"{key}: {extension} begins with the outside prefix {prefix}")

    def _extensions(self, changes: Iterable[str] = ()) -> list[str]:
        """The keys of all extensions that there are."""
        return [f"handsets.{name}.extension" for name in self.names("handsets", changes)]


def _check_for_page(key: str, value: object) -> Value:
    declared = setting(key)
    if declared.home != "page":
        raise SettingsError(f"{key}: is set in {FILE_NAME}, not on the page")
    return declared.check(value)


def _read(path: Path) -> tuple[dict[str, Value], dict[str, Value]]:
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > SIZE_LIMIT:
        raise SettingsError(f"{path}: longer than {SIZE_LIMIT} bytes")
    try:
        text = raw.decode("utf-8")
        tree = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    first = tree.pop(FIRST_BOOT, {})
    if not isinstance(first, dict):
        raise SettingsError(f"{path}: [{FIRST_BOOT}] must be a table")
    return _check(path, text, _flatten(tree), "file"), _check(path, text, _flatten(first), "page")


def _flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in tree.items():
        key = prefix + name
        if isinstance(value, dict) and value:
            flat.update(_flatten(value, key + "."))
        elif not isinstance(value, dict):
            flat[key] = value
        elif not any(known.startswith(key + ".") for known in SCHEMA):
            flat[key] = value  # an empty table of a section nobody knows: a slip of the pen worth telling
    return flat


def _check(path: Path, text: str, flat: Mapping[str, object], home: str) -> dict[str, Value]:
    checked: dict[str, Value] = {}
    for key, value in flat.items():
        where = f"{path}{_line_of(text, key)}"
        try:
            declared = setting(key)
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from error
        if declared.home != home:
            place = f"[{FIRST_BOOT}] (then it lives on the page)" if home == "file" else "the file's own sections"
            raise SettingsError(f"{where}: {key}: belongs into {place}")
        try:
            checked[key] = declared.check(value)
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from error
    return checked


def _line_of(text: str, key: str) -> str:
    """`:12`, the first line that sets something by the key's last word; tomllib keeps no line numbers."""
    last = re.escape(key.rsplit(".", 1)[-1])
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"[^#=]*\b{last}\s*[\]=\"']", line):
            return f":{number}"
    return ""
