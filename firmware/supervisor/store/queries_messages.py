"""What the Messages page asks: the list, one message. Connections of ``Reader.snapshot()``."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware.supervisor.store.mailbox import GOING_MS
from firmware.supervisor.store.paging import PER_PAGE, Page, contains, place
from firmware.supervisor.store.queries_calls import search_term

KEPT = ("new", "heard", "saved")
_SELECT = (
    "SELECT messages.id, messages.mailbox, messages.call, messages.recording, received_ms, "
    "messages.utc_offset_min, messages.important, messages.state, messages.deleted_ms, called_back_ms, interrupted, "
    "note, messages.draft, "
    "recordings.path, recordings.samples, recordings.law, calls.number_raw, calls.number_e164, calls.presentation, "
    "calls.name AS line_name, calls.contact, contacts.name AS contact_name, contacts.company AS contact_company, "
    "calls.client, calls.line "
)
_FROM = (
    "FROM messages JOIN recordings ON recordings.id = messages.recording JOIN calls ON calls.id = messages.call "
    "LEFT JOIN contacts ON contacts.id = calls.contact "
)


@dataclass(frozen=True)
class MessageRow:
    """One message as lists show it. ``path`` is relative to ``recordings/``; ``samples`` at 8 kHz."""

    id: int
    mailbox: int
    call: int
    recording: int
    received_ms: int
    utc_offset_min: int
    important: bool
    state: str
    deleted_ms: int | None
    called_back_ms: int | None
    interrupted: bool
    note: str
    draft: str | None
    path: str
    samples: int | None
    law: str
    number_raw: str | None
    number_e164: str | None
    presentation: str
    line_name: str | None
    contact: int | None
    contact_name: str | None
    contact_company: str | None
    client: str
    line: str | None

    @property
    def name(self) -> str | None:
        """Whom to show: the contact's name, else what the line said."""
        return self.contact_name or self.line_name

    @property
    def length_s(self) -> float:
        """Seconds of audio."""
        return (self.samples or 0) / 8000


def list_messages(
    connection: sqlite3.Connection,
    *,
    mailbox: int = 1,
    states: Sequence[str] = KEPT,
    search: str = "",
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page[MessageRow]:
    """Messages of a mailbox in the states asked for: important new ones first, then the newest first."""
    where = (
        f"WHERE messages.mailbox = ? AND messages.state IN ({','.join('?' * len(states))}) "
        "AND coalesce(messages.deleted_ms, 1) <> ?"
    )
    values: list[Any] = [mailbox, *states, GOING_MS]
    if search.strip():
        term, found = search_term(connection, search)
        where += f" AND ({term} OR messages.draft LIKE ? ESCAPE '\\')"
        values += [*found, contains(search.strip())]
    total = int(connection.execute(f"SELECT count(*) {_FROM} {where}", values).fetchone()[0])
    shown, pages, size, skip = place(total, page, per_page)
    rows = connection.execute(
        f"{_SELECT} {_FROM} {where} ORDER BY (messages.state = 'new' AND messages.important) DESC, "
        "received_ms DESC, messages.id DESC LIMIT ? OFFSET ?",
        (*values, size, skip),
    )
    return Page([_row(row) for row in rows], shown, pages, total)


def one_message(connection: sqlite3.Connection, message: int) -> MessageRow | None:
    """The message ``message``, deleted ones too (an undo shows them); None when there is none."""
    row = connection.execute(
        f"{_SELECT} {_FROM} WHERE messages.id = ? AND coalesce(messages.deleted_ms, 1) <> ?", (message, GOING_MS)
    ).fetchone()
    return None if row is None else _row(row)


def _row(row: sqlite3.Row) -> MessageRow:
    fields = dict(row)
    fields["important"] = bool(fields["important"])
    fields["interrupted"] = bool(fields["interrupted"])
    return MessageRow(**fields)
