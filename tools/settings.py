"""``python -m tools.settings [KEY [VALUE]]``: lists, reads or sets what is set on the page, for somebody at the box.

While the box runs it is asked, and a change is in force at once; a stopped box's database is read and written here.
Exit 0 good; 2 with one line that names the key and what was expected.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from firmware.control_client import BoxStopped, ControlClient, ControlError
from firmware.supervisor.settings.in_force import DATABASE_NAME, Settings, home_folder
from firmware.supervisor.settings.schema import SCHEMA, SettingsError, Value, setting
from firmware.supervisor.store import audit
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.reader import Reader
from firmware.supervisor.store.settings_table import store_setting, stored_settings

USAGE = "usage: python -m tools.settings [KEY [VALUE]]"
WHO = "command"


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    if len(arguments) > 2 or any(word in ("-h", "--help") for word in arguments[:1]):
        print(USAGE, file=sys.stderr)
        return 0 if len(arguments) == 1 else 2
    home = home_folder()
    try:
        settings = _in_force(home)
        keys = [key for key in SCHEMA if SCHEMA[key].home == "page"]
        if arguments:
            keys = [arguments[0]]
            settings.check(arguments[0], settings.get(arguments[0]))
        if len(arguments) == 2:
            value = setting(arguments[0]).typed(arguments[1])
            _put(home, arguments[0], settings.check(arguments[0], value))
            settings.accept(arguments[0], value)
    except (SettingsError, StoreError, ControlError, sqlite3.Error, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    _print(settings, keys)
    return 0


def _in_force(home: Path) -> Settings:
    settings = Settings.load(home)
    database = home / DATABASE_NAME
    if database.exists():
        with Reader(database).snapshot(box_stopped=not _box(home).running()) as connection:
            settings.accept_stored(stored_settings(connection))
    return settings


def _box(home: Path) -> ControlClient:
    return ControlClient(home / "run" / "control.sock", {"name": "tools.settings", "via": WHO})


def _put(home: Path, key: str, value: Value) -> None:
    try:
        _box(home).request("settings.set", {"key": key, "value": value})
    except BoxStopped:
        database = Database(home / DATABASE_NAME)
        try:
            database.write(_store, key, value).result()
        finally:
            database.stop()


def _store(connection: sqlite3.Connection, key: str, value: Value) -> None:
    now_ms = int(time.time() * 1000)
    store_setting(connection, key, value, by=WHO, now_ms=now_ms)
    audit.write(connection, at_ms=now_ms, who=WHO, action="set", target=f"setting:{key}", detail={"value": value})


def _print(settings: Settings, keys: Iterable[str]) -> None:
    for key in keys:
        value, source = settings.source(key)
        print(f"{key} = {json.dumps(value, ensure_ascii=False):<24} # {source}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
