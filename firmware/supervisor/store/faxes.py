"""Faxes received: their rows, and what pages ask of them. Each function runs inside one job or snapshot.

What is done to them afterwards is in ``mailbox``, as for messages.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.mailbox import GOING_MS

LIST_LIMIT = 200


@dataclass(frozen=True)
class FaxRow:
    """One fax as pages show it. ``path``: the TIFF, relative to the faxes folder; what else belongs to the fax lies
    beside it (``firmware/fax_files.py``). ``progress``: see migration 005."""

    id: int
    call: int
    path: str
    pages: int
    sender: str
    received_ms: int
    utc_offset_min: int
    state: str
    progress: str
    number_e164: str | None
    number_raw: str | None
    name: str | None


_SELECT = (
    "SELECT faxes.id, faxes.call, path, pages, sender, received_ms, faxes.utc_offset_min, state, progress, "
    "calls.number_e164, calls.number_raw, coalesce(contacts.name, calls.name) "
    "FROM faxes JOIN calls ON calls.id = faxes.call LEFT JOIN contacts ON contacts.id = calls.contact"
)


def put(
    connection: sqlite3.Connection,
    call: int,
    *,
    path: str,
    pages: int,
    sender: str,
    received_ms: int,
    utc_offset_min: int,
    progress: str,
    mailbox: int = 1,
) -> int:
    """A fax of so many pages by now, its first or more of the same ``path``; returns its id."""
    row = connection.execute(
        "INSERT INTO faxes (mailbox, call, path, pages, sender, received_ms, utc_offset_min, progress) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET pages = max(pages, excluded.pages), "
        "sender = iif(excluded.sender = '', sender, excluded.sender), progress = excluded.progress RETURNING id",
        (mailbox, call, path, pages, sender, received_ms, utc_offset_min, progress),
    ).fetchone()
    return int(row[0])


def waiting(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Id and path of those whose PDF is to be made, the oldest first."""
    rows = connection.execute("SELECT id, path FROM faxes WHERE progress = 'waiting' ORDER BY id")
    return [(int(row[0]), str(row[1])) for row in rows]


def progressed(connection: sqlite3.Connection, fax: int, progress: str) -> str | None:
    """Its PDF is 'made' or has 'failed'; returns its state, None where the fax is not there any more."""
    row = connection.execute("UPDATE faxes SET progress = ? WHERE id = ? RETURNING state", (progress, fax)).fetchone()
    return None if row is None else str(row[0])


def unsettled(connection: sqlite3.Connection, paths: list[str]) -> list[str]:
    """Those of ``paths`` that have no row, and those whose row says that pages still come."""
    settled = {row[0] for row in connection.execute("SELECT path FROM faxes WHERE progress <> 'receiving'")}
    return [path for path in paths if path not in settled]


def list_faxes(
    connection: sqlite3.Connection, *, mailbox: int = 1, call: int | None = None, deleted: bool = False
) -> list[FaxRow]:
    """The newest faxes of a mailbox that are not deleted, or those that are; of one call if given."""
    rows = connection.execute(
        f"{_SELECT} WHERE faxes.mailbox = ? AND (state = 'deleted') = ? AND coalesce(faxes.deleted_ms, 1) <> ? "
        "AND (? IS NULL OR faxes.call = ?) ORDER BY received_ms DESC, faxes.id DESC LIMIT ?",
        (mailbox, deleted, GOING_MS, call, call, LIST_LIMIT),
    )
    return [FaxRow(*row) for row in rows]


def one_fax(connection: sqlite3.Connection, fax: int, *, mailbox: int = 1) -> FaxRow:
    """A fax of a mailbox, a deleted one too. Raises ``NotFound``."""
    row = connection.execute(
        f"{_SELECT} WHERE faxes.id = ? AND faxes.mailbox = ? AND coalesce(faxes.deleted_ms, 1) <> ?",
        (fax, mailbox, GOING_MS),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no fax {fax}")
    return FaxRow(*row)
