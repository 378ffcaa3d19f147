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


_SELECT = (
    "SELECT faxes.id, faxes.call, path, pages, sender, received_ms, faxes.utc_offset_min, state, "
    "calls.number_e164, calls.number_raw, coalesce(contacts.name, calls.name) "
    "FROM faxes JOIN calls ON calls.id = faxes.call LEFT JOIN contacts ON contacts.id = calls.contact"
)


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
