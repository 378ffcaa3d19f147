"""A whole copy of the database while the box runs, and the check of a copy before it is trusted.

``Connection.backup`` into a temporary file beside the target, fsync, rename, fsync of the folder: the target is
either the old file or the whole new one. The copy holds no WAL: one file is the backup.

The box's own backups lie in one folder, ``00042-2026-03-02.db``: the number says which is the newest, since a clock may
have been wrong, the date is for people.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from firmware.supervisor.store.errors import Damaged
from firmware.supervisor.store.migrate import check_identity

PAGES_A_STEP = 512  # 2 MiB with 4 KiB pages; between steps the writer gets the file
KEPT = 7  # own backups
_NAME = re.compile(r"(\d{5,})-(\d{4}-\d{2}-\d{2})\.db")


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


def kept(folder: Path) -> list[Path]:
    """The box's own backups in ``folder``, oldest first; none where there is no such folder. Raises ``OSError``."""
    found = [(int(match[1]), path) for path in folder.glob("*.db") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def day_of(path: Path) -> str:
    """The day (``2026-03-02``) that one of the box's own backups is of."""
    match = _NAME.fullmatch(path.name)
    return match[2] if match else ""


def add(source: Path, folder: Path, day: str) -> Path:
    """Make the next of the box's own backups; all but the newest ``KEPT`` go. Raises as ``back_up``."""
    folder.mkdir(mode=0o750, exist_ok=True)
    before = kept(folder)
    number = int(before[-1].name.split("-")[0]) + 1 if before else 1
    target = folder / f"{number:05d}-{day}.db"
    back_up(source, target)
    for old in before[: max(0, len(before) + 1 - KEPT)]:
        old.unlink(missing_ok=True)
    return target


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
