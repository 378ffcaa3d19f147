"""Brings a database file to the layout this code knows, by numbered SQL files that never change once landed.

``PRAGMA user_version`` holds the number of the last file applied. Each file is one transaction with its number, so a
power cut leaves the layout before or after it, never between. Foreign keys are off while a file runs (SQLite's way to
rebuild a table) and checked before its commit. A newer file, and a file that is not ours, are refused untouched.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from firmware.supervisor.store.errors import NewerFile, NotOurs, StoreError

APPLICATION_ID = 0x46644B31  # "FdK1": tells `file` and us that a SQLite file is Frontdesk's
FOLDER = Path(__file__).with_name("migrations")
_NAME = re.compile(r"(\d{3})-[a-z0-9-]+\.sql")


def steps(folder: Path = FOLDER) -> list[tuple[int, Path]]:
    """The migrations in order; raises ``StoreError`` when a file's name is wrong or a number is missing or doubled."""
    found: list[tuple[int, Path]] = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise StoreError(f"{path}: a migration is named NNN-what-it-does.sql")
        found.append((int(match[1]), path))
    for expected, (number, path) in enumerate(found, start=1):
        if number != expected:
            raise StoreError(f"{path}: expected number {expected:03d}, found {number:03d}")
    return found


def latest(folder: Path = FOLDER) -> int:
    """The layout number this code knows."""
    return len(steps(folder))


def check_identity(connection: sqlite3.Connection, folder: Path = FOLDER) -> int:
    """The file's layout number (0: empty file).

    Raises ``NewerFile`` when the file is ahead of this code and ``NotOurs`` when it holds something else.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    identity = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if (version or tables) and identity != APPLICATION_ID:
        raise NotOurs(f"{path}: not a Frontdesk database (application_id {identity:#x}, expected {APPLICATION_ID:#x})")
    known = latest(folder)
    if version > known:
        raise NewerFile(
            f"{path}: layout {version} is newer than this Frontdesk knows ({known}); install the newer version or "
            "restore a backup made by this one"
        )
    return version


def migrate(connection: sqlite3.Connection, folder: Path = FOLDER) -> list[int]:
    """Apply what is missing; returns the numbers applied. On any error the failing step is rolled back and raised."""
    version = check_identity(connection, folder)
    applied: list[int] = []
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        for number, path in steps(folder):
            if number > version:
                _apply(connection, number, path)
                applied.append(number)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    return applied


def _apply(connection: sqlite3.Connection, number: int, path: Path) -> None:
    try:
        connection.executescript("BEGIN IMMEDIATE;\n" + path.read_text(encoding="utf-8"))
        if not connection.in_transaction:
            raise StoreError(f"{path}: a migration must not end its own transaction")
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise StoreError(f"{path}: table {broken[0]}, row {broken[1]} points to a missing row of {broken[2]}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
