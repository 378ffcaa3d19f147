"""Faxes received: their rows, and what pages ask of them. Each function runs inside one job or snapshot."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store.errors import NotFound

LIST_LIMIT = 200


@dataclass(frozen=True)
class FaxRow:
    """One fax as pages show it. ``path``: the TIFF, relative to the faxes folder; its PDF has the suffix ``.pdf``."""

    id: int
    call: int
    path: str
    pages: int
    sender: str
    received_ms: int
    utc_offset_min: int
    state: str
    number_e164: str | None
    number_raw: str | None
    name: str | None


def create(
    connection: sqlite3.Connection,
    *,
    call: int,
    path: str,
    pages: int,
    sender: str,
    received_ms: int,
    utc_offset_min: int,
    mailbox: int = 1,
) -> int:
    """A fax that has come in whole; returns its id."""
    cursor = connection.execute(
        "INSERT INTO faxes (mailbox, call, path, pages, sender, received_ms, utc_offset_min) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (mailbox, call, path, pages, sender, received_ms, utc_offset_min),
    )
    return int(cursor.lastrowid or 0)


def mark(connection: sqlite3.Connection, fax: int, state: str) -> None:
    """'new', 'heard' (looked at) or 'saved'. Raises ``NotFound``, also for a deleted one."""
    changed = connection.execute("UPDATE faxes SET state = ? WHERE id = ? AND state <> 'deleted'", (state, fax))
    if changed.rowcount != 1:
        raise NotFound(f"there is no fax {fax}")


def delete(connection: sqlite3.Connection, fax: int, now_ms: int) -> None:
    """Delete with a way back; pressing twice is no error. Raises ``NotFound``."""
    path_of(connection, fax)
    connection.execute(
        "UPDATE faxes SET before_delete = state, state = 'deleted', deleted_ms = ? WHERE id = ? AND state <> 'deleted'",
        (now_ms, fax),
    )


def restore(connection: sqlite3.Connection, fax: int) -> None:
    """Take a delete back. Raises ``NotFound``."""
    path_of(connection, fax)
    connection.execute(
        "UPDATE faxes SET state = before_delete, before_delete = NULL, deleted_ms = NULL "
        "WHERE id = ? AND state = 'deleted'",
        (fax,),
    )


def list_faxes(connection: sqlite3.Connection, *, mailbox: int = 1, call: int | None = None) -> list[FaxRow]:
    """The newest faxes that are not deleted, of one call if given."""
    rows = connection.execute(
        "SELECT faxes.id, faxes.call, path, pages, sender, received_ms, faxes.utc_offset_min, state, "
        "calls.number_e164, calls.number_raw, coalesce(contacts.name, calls.name) "
        "FROM faxes JOIN calls ON calls.id = faxes.call LEFT JOIN contacts ON contacts.id = calls.contact "
        "WHERE faxes.mailbox = ? AND state <> 'deleted' AND (? IS NULL OR faxes.call = ?) "
        "ORDER BY received_ms DESC, faxes.id DESC LIMIT ?",
        (mailbox, call, call, LIST_LIMIT),
    )
    return [FaxRow(*row) for row in rows]


def path_of(connection: sqlite3.Connection, fax: int) -> str:
    """The TIFF's path, relative to the faxes folder. Raises ``NotFound``."""
    row = connection.execute("SELECT path FROM faxes WHERE id = ?", (fax,)).fetchone()
    if row is None:
        raise NotFound(f"there is no fax {fax}")
    return str(row[0])
