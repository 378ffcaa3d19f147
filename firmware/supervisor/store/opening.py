"""The store at the start of the box: whatever the file says, there is a writer afterwards.

A file that is damaged, or is no database, is set aside under a name of its own and the newest backup that is whole
takes its place; so it does where the file is gone or empty on a box that has an owner. A file that only cannot be
opened now (no room, no rights, made by a newer Frontdesk) is left alone: the writer waits for it, and the log of calls
waits in memory.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from firmware.supervisor.store import backup, ownership
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Damaged, NotOurs, StoreError

log = logging.getLogger(__name__)

ASIDE = ".damaged-"
TAILS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Opened:
    """The writer, and what was done for it: ``why`` the file was not used, ``aside`` where it is kept, ``backup`` used.

    ``why`` is empty where all was well.
    """

    database: Database
    why: str = ""
    aside: Path | None = None
    backup: Path | None = None


def open_store(path: Path, backups: Path, stamp: str) -> Opened:
    """Open the database at ``path``; ``stamp`` names a file set aside, ``backups`` is the folder of the box's own.

    Raises nothing that a disk or a file can cause.
    """
    why, aside = _unfit(path), None
    if not why:
        try:
            return Opened(Database(path))
        except (Damaged, NotOurs) as error:
            why = str(error)
        except (StoreError, sqlite3.Error, OSError) as error:
            log.error("%s: %s", path, error)
            return Opened(Database(path, patient=True))
    log.error("%s", why)
    try:
        aside = _set_aside(path, stamp)
    except OSError as error:
        log.error("%s cannot be set aside: %s", path, error)
        return Opened(Database(path, patient=True), why)
    used = _take_backup(path, backups)
    return Opened(Database(path, patient=True), why, aside, used)


def set_aside(path: Path) -> list[Path]:
    """The damaged files that are still kept beside the database, oldest first."""
    return sorted(found for found in path.parent.glob(f"{path.name}{ASIDE}*") if not found.name.endswith(TAILS[1:]))


def _unfit(path: Path) -> str:
    """Why there is no use in opening the file; empty: open it."""
    if path.is_dir():
        return f"{path}: a folder lies where the database should be"
    if ownership.has_owner(path.parent):
        if not path.exists():
            return f"{path}: the database is gone"
        if path.stat().st_size == 0:
            return f"{path}: the database is empty"
    return ""


def _set_aside(path: Path, stamp: str) -> Path | None:
    """Rename the file with its WAL; None where there is nothing. Raises ``OSError``."""
    kept = path.with_name(f"{path.name}{ASIDE}{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}{ASIDE}{stamp}-{number}")
    for tail in TAILS:
        part = path.with_name(path.name + tail)
        if part.exists():
            part.rename(kept.with_name(kept.name + tail))
    backup.sync(path.parent)
    return kept if kept.exists() else None


def _take_backup(path: Path, backups: Path) -> Path | None:
    """Put the newest backup that is whole in the database's place; None where there is none."""
    for candidate in reversed(backup.kept(backups)):
        try:
            if backup.validate(candidate) == 0:
                raise Damaged(f"{candidate}: empty")
            backup.back_up(candidate, path)
        except (StoreError, sqlite3.Error, OSError) as error:
            log.error("%s: %s", candidate, error)
            continue
        log.warning("%s: the backup %s takes its place", path, candidate.name)
        return candidate
    return None
