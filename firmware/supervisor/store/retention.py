"""Deletes for good what is too old to keep: the setting ``retention.days``, and messages and
faxes deleted long enough ago.

Three steps, so that a cut at any moment leaves nothing behind that should be gone: the rows are marked, the files are
unlinked, the rows go. What was cut short is done at the next purge. ``secure_delete`` overwrites the rows' bytes.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from firmware.fax_files import all_of
from firmware.supervisor.store.backup import sync
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.mailbox import GOING_MS

DAY_MS = 24 * 3600 * 1000
TRASH_MS = 7 * DAY_MS  # a deleted message can be brought back this long
EVER_MS = 2**62  # later than any moment a clock says


def purge(database: Database, folder: Path, faxes: Path, *, now_ms: int, days: int, trash_ms: int = TRASH_MS) -> int:
    """Delete messages and faxes in the trash for ``trash_ms`` and, unless ``days`` is 0, calls older than ``days``.

    A call with a message or fax that is saved or that nobody has attended to is kept whole, and one that is going on.
    ``folder``: the recordings; ``faxes``: the TIFFs with what lies beside them. Blocks on the disk: not for the loop.
    Returns how many recordings and faxes went. Raises ``OSError`` and the store's errors.
    """
    return _delete(database, folder, faxes, now_ms - days * DAY_MS if days else 0, now_ms - trash_ms)


def empty_trash(database: Database, folder: Path, faxes: Path) -> int:
    """As ``purge``, but only the trash, whenever it was put there: for a disk that runs out of room."""
    return _delete(database, folder, faxes, 0, EVER_MS)


def take_away(database: Database, folder: Path, faxes: Path) -> int:
    """As ``purge``, but only what a person has deleted for good, and what an earlier purge left undone."""
    return _delete(database, folder, faxes, 0, GOING_MS + 1)


def _delete(database: Database, folder: Path, faxes: Path, before_ms: int, trash_before_ms: int) -> int:
    recordings, tiffs = database.write(_mark, before_ms, trash_before_ms).result()
    pictures = [faxes / path for path in tiffs]
    files = [folder / path for path in recordings] + [file for path in pictures for file in all_of(path)]
    for file in files:
        file.unlink(missing_ok=True)
    for parent in {file.parent for file in files}:
        if parent.exists():
            sync(parent)
    database.write(_forget, before_ms).result()
    return len(recordings) + len(tiffs)


_OLD = (
    "SELECT id FROM calls WHERE started_ms < :before AND outcome <> 'going on' "
    "AND id NOT IN (SELECT call FROM messages WHERE state IN ('new', 'saved')) "
    "AND id NOT IN (SELECT call FROM faxes WHERE state IN ('new', 'saved'))"
)


def _mark(connection: sqlite3.Connection, before_ms: int, trash_before_ms: int) -> tuple[list[str], list[str]]:
    moments = {"before": before_ms, "trash": trash_before_ms}
    connection.execute(
        "UPDATE recordings SET state = 'deleted' WHERE state <> 'running' AND "
        f"(call IN ({_OLD}) OR id IN (SELECT recording FROM messages WHERE state = 'deleted' AND deleted_ms < :trash))",
        moments,
    )
    connection.execute("DELETE FROM messages WHERE recording IN (SELECT id FROM recordings WHERE state = 'deleted')")
    connection.execute(
        "UPDATE faxes SET state = 'deleted', deleted_ms = :going "
        f"WHERE call IN ({_OLD}) OR (state = 'deleted' AND deleted_ms < :trash)",
        {**moments, "going": GOING_MS},
    )
    recordings = connection.execute("SELECT path FROM recordings WHERE state = 'deleted'").fetchall()
    tiffs = connection.execute("SELECT path FROM faxes WHERE deleted_ms = ?", (GOING_MS,)).fetchall()
    return [str(row[0]) for row in recordings], [str(row[0]) for row in tiffs]


def _forget(connection: sqlite3.Connection, before_ms: int) -> None:
    connection.execute(
        "DELETE FROM recordings WHERE state = 'deleted' AND id NOT IN (SELECT recording FROM greetings "
        "WHERE recording IS NOT NULL)"
    )
    connection.execute("DELETE FROM faxes WHERE deleted_ms = ?", (GOING_MS,))
    connection.execute(
        f"DELETE FROM calls WHERE id IN ({_OLD}) AND id NOT IN (SELECT call FROM recordings WHERE call IS NOT NULL) "
        "AND id NOT IN (SELECT call FROM faxes)",
        {"before": before_ms},
    )
    connection.execute("DELETE FROM audit WHERE at_ms < ?", (before_ms,))
