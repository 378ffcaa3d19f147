"""Time entries as they are made, changed, split and handed on. Each function runs inside one job.

What has been exported is not changed: ``Conflict``, until it is reopened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from firmware.supervisor.store.errors import Conflict, NotFound

# A call whose talk is known and that is billed to somebody: not between handsets, no emergency.
TALKED = "calls.talk_s > 0 AND calls.direction IN ('in', 'out') AND calls.emergency = 0 AND calls.outcome <> 'going on'"
_UNDRAFTED = f"{TALKED} AND calls.id NOT IN (SELECT call FROM time_entries WHERE call IS NOT NULL)"
_PERIOD = "calls.mailbox = coalesce(?, calls.mailbox) AND calls.started_ms >= ? AND calls.started_ms < ?"


@dataclass(frozen=True)
class Talked:
    """A call of which no entry has been made. ``started_ms``: when the talk began."""

    call: int
    mailbox: int
    user: int | None
    port: str | None
    started_ms: int
    utc_offset_min: int
    worked_s: float
    number: str
    client: str
    matter: str


@dataclass(frozen=True)
class New:
    """An entry to be kept: the columns of ``time_entries`` that a person or a call gives."""

    call: int | None
    mailbox: int
    user: int | None
    port: str | None
    started_ms: int
    utc_offset_min: int
    worked_s: float
    number: str
    name: str
    client: str
    matter: str
    written: bool
    activity: str
    note: str
    billed_s: int
    rate_cents: int
    billable: bool


@dataclass(frozen=True)
class Words:
    """What a person may change of an entry."""

    client: str
    matter: str
    activity: str
    note: str
    billed_s: int
    rate_cents: int
    billable: bool


def undrafted(connection: sqlite3.Connection, mailbox: int | None, since_ms: int, until_ms: int) -> list[Talked]:
    """The calls of a period with talk and without an entry, oldest first; ``mailbox`` None: of all."""
    rows = connection.execute(
        "SELECT calls.id AS call, calls.mailbox, user, port, "
        "CASE WHEN person_ms IS NULL THEN coalesce(answered_ms, started_ms) ELSE started_ms + person_ms END "
        "AS started_ms, utc_offset_min, talk_s AS worked_s, coalesce(number_e164, '') AS number, "
        "iif(calls.client = '', coalesce(contacts.client, ''), calls.client) AS client, matter "
        "FROM calls LEFT JOIN contacts ON contacts.id = calls.contact "
        f"WHERE {_UNDRAFTED} AND {_PERIOD} ORDER BY calls.started_ms, calls.id",
        (mailbox, since_ms, until_ms),
    )
    return [Talked(**dict(row)) for row in rows]


def count_undrafted(connection: sqlite3.Connection, mailbox: int | None, since_ms: int, until_ms: int) -> int:
    """How many ``undrafted`` would give."""
    query = f"SELECT count(*) FROM calls WHERE {_UNDRAFTED} AND {_PERIOD}"
    return int(connection.execute(query, (mailbox, since_ms, until_ms)).fetchone()[0])


def put(connection: sqlite3.Connection, new: New) -> int:
    """Keeps an entry; returns its id."""
    values = asdict(new)
    cursor = connection.execute(
        f"INSERT INTO time_entries ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        [int(value) if isinstance(value, bool) else value for value in values.values()],
    )
    return int(cursor.lastrowid or 0)


def mailbox(connection: sqlite3.Connection, entry: int) -> int | None:
    """Whose entry it is. Raises ``NotFound``."""
    found = connection.execute("SELECT mailbox FROM time_entries WHERE id = ?", (entry,)).fetchone()
    if found is None:
        raise NotFound(f"there is no time entry {entry}")
    return int(found[0])


def change(connection: sqlite3.Connection, entry: int, words: Words) -> None:
    """What a person writes; whom it is for then no longer follows the contact. Raises ``NotFound``, ``Conflict``."""
    _must_be_open(connection, entry)
    connection.execute(
        "UPDATE time_entries SET written = written OR client <> ?1 OR matter <> ?2, client = ?1, matter = ?2, "
        "activity = ?3, note = ?4, billed_s = ?5, rate_cents = ?6, billable = ?7 WHERE id = ?8",
        (words.client, words.matter, words.activity, words.note, words.billed_s, words.rate_cents,
         int(words.billable), entry),
    )  # fmt: skip


def billed_s(connection: sqlite3.Connection, entry: int) -> int:
    """Raises ``NotFound``; ``Conflict`` where it is not to be changed."""
    _must_be_open(connection, entry)
    return int(connection.execute("SELECT billed_s FROM time_entries WHERE id = ?", (entry,)).fetchone()[0])


def split(connection: sqlite3.Connection, entry: int, parts: Sequence[tuple[int, str, str]]) -> list[int]:
    """The entry becomes several, (seconds, client, matter) each: itself the first. Returns their ids."""
    _must_be_open(connection, entry)
    ids = [entry]
    assign = "UPDATE time_entries SET billed_s = ?, client = ?, matter = ?, written = 1 WHERE id = ?"
    for _ in parts[1:]:
        copied = connection.execute(
            "INSERT INTO time_entries (call, mailbox, user, port, started_ms, utc_offset_min, worked_s, number, name, "
            "activity, note, billed_s, rate_cents, billable) SELECT call, mailbox, user, port, started_ms, "
            "utc_offset_min, worked_s, number, name, activity, note, 0, rate_cents, billable "
            "FROM time_entries WHERE id = ?",
            (entry,),
        )
        ids.append(int(copied.lastrowid or 0))
    connection.executemany(assign, [(*part, row) for part, row in zip(parts, ids, strict=True)])
    return ids


def remove(connection: sqlite3.Connection, entry: int, now_ms: int | None) -> bool:
    """Takes it off the list, or puts it back (None); False where that changes nothing. Raises as ``change``."""
    if now_ms is not None:
        _must_be_open(connection, entry)
    changed = connection.execute(
        "UPDATE time_entries SET removed_ms = ?1 WHERE id = ?2 AND (removed_ms IS NULL) = (?1 IS NOT NULL)",
        (now_ms, entry),
    )
    return changed.rowcount == 1


def export(connection: sqlite3.Connection, entries: Iterable[int], of: int | None, who: str, now_ms: int) -> int:
    """Marks entries as handed on together; returns the export's number. Raises as ``change``."""
    made = connection.execute("INSERT INTO time_exports (mailbox, at_ms, who) VALUES (?, ?, ?)", (of, now_ms, who))
    number = int(made.lastrowid or 0)
    for entry in entries:
        _must_be_open(connection, entry)
        connection.execute("UPDATE time_entries SET export = ? WHERE id = ?", (number, entry))
    return number


def reopen(connection: sqlite3.Connection, entry: int) -> bool:
    """An exported entry may be changed again; False where it could be anyway."""
    opened = connection.execute("UPDATE time_entries SET export = NULL WHERE id = ? AND export IS NOT NULL", (entry,))
    return opened.rowcount == 1


def rematch(connection: sqlite3.Connection, contact: int, before: str) -> int:
    """Entries of a contact's calls are for the contact's client of today, where they were for that of ``before``.

    Or for nobody. What a person has written and what has been exported stays. Returns how many changed.
    """
    changed = connection.execute(
        "UPDATE time_entries SET client = (SELECT client FROM contacts WHERE id = ?1) "
        "WHERE written = 0 AND export IS NULL AND client IN ('', ?2) "
        "AND client <> (SELECT client FROM contacts WHERE id = ?1) "
        "AND call IN (SELECT id FROM calls WHERE contact = ?1)",
        (contact, before),
    )
    return changed.rowcount


def follow(connection: sqlite3.Connection, call: int, client: str, matter: str) -> int:
    """A person has written whom a call is for: so is its entry, unless it has words of its own or is exported."""
    return connection.execute(
        "UPDATE time_entries SET client = ?, matter = ?, written = 1 WHERE call = ? AND written = 0 AND export IS NULL",
        (client, matter, call),
    ).rowcount


def _must_be_open(connection: sqlite3.Connection, entry: int) -> None:
    found = connection.execute("SELECT export, removed_ms FROM time_entries WHERE id = ?", (entry,)).fetchone()
    if found is None:
        raise NotFound(f"there is no time entry {entry}")
    if found[0] is not None:
        raise Conflict(f"time entry {entry} was exported (number {found[0]}): open it again first")
    if found[1] is not None:
        raise Conflict(f"time entry {entry} was removed: put it back first")
