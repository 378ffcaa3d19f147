"""A whole copy of the database while the box runs, and the check of a copy before it is trusted.

``Connection.backup`` into a temporary file beside the target, fsync, rename, fsync of the folder: the target is
either the old file or the whole new one. The copy holds no WAL: one file is the backup.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from firmware.supervisor.store.errors import Damaged
from firmware.supervisor.store.migrate import check_identity

PAGES_A_STEP = 512  # 2 MiB with 4 KiB pages; between steps the writer gets the file


def back_up(source: Path, target: Path) -> None:
    """Copy the database at ``source`` to ``target``. From any thread. Raises ``OSError``, ``sqlite3.Error``."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    reading = sqlite3.connect(source)
    try:
        writing = sqlite3.connect(part)
        try:
            reading.backup(writing, pages=PAGES_A_STEP)
            writing.execute("PRAGMA journal_mode = DELETE")
        finally:
            writing.close()
        validate(part)
        sync(part)
        part.replace(target)
        sync(target.parent)
    finally:
        reading.close()
        part.unlink(missing_ok=True)


def validate(path: Path) -> int:
    """The layout number of a whole, Frontdesk-made copy; raises ``NotOurs``, ``NewerFile`` or ``Damaged``."""
    connection = sqlite3.connect(path)
    try:
        verdict = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
        if verdict != ["ok"]:
            raise Damaged(f"{path}: damaged: {'; '.join(verdict)}")
        return check_identity(connection)
    finally:
        connection.close()


def sync(path: Path) -> None:
    """fsync a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
