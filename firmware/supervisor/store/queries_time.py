"""What the Time page and its files ask: entries by period, client and user, with totals.

All functions take a connection of ``Reader.snapshot()``, or the writer's inside a job.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from firmware.supervisor.store.paging import PER_PAGE, Page, place

Show = Literal["", "open", "unmatched", "exported", "removed"]
SHOWS: Final[tuple[Show, ...]] = ("open", "unmatched", "exported", "removed")
EVER_MS: Final = 2**53
ABOUT_MS: Final = 12 * 3_600_000  # longer than a call


@dataclass(frozen=True)
class TimeFilter:
    """Which entries; what is set must match. Milliseconds since 1970 UTC, ``until_ms`` exclusive.

    ``show``: "" all that are not removed; ``unmatched``: open, and nobody knows for which matter. ``export``: those of
    one export.
    """

    mailbox: int | None = None
    since_ms: int = 0
    until_ms: int = EVER_MS
    client: str = ""
    user: int | None = None
    show: Show = ""
    export: int | None = None


@dataclass(frozen=True)
class TimeEntry:
    """One entry. ``call`` None: by hand; ``call_kept``: its call is still in the log. ``name``: the other side's."""

    id: int
    call: int | None
    call_kept: bool
    mailbox: int
    user: int | None
    user_name: str | None
    port: str | None
    direction: str | None
    started_ms: int
    utc_offset_min: int
    worked_s: float
    number: str
    name: str
    client: str
    matter: str
    activity: str
    note: str
    billed_s: int
    rate_cents: int
    billable: bool
    export: int | None
    removed: bool


@dataclass(frozen=True)
class TimeTotals:
    """Sums over everything that is filtered: entries, seconds that are billed and that are not."""

    entries: int
    billed_s: int
    free_s: int


_SELECT = (
    "SELECT time_entries.id, call, calls.id IS NOT NULL AS call_kept, time_entries.mailbox, time_entries.user, "
    "users.name AS user_name, time_entries.port, calls.direction, time_entries.started_ms, "
    "time_entries.utc_offset_min, worked_s, number, "
    "iif(time_entries.name = '', coalesce(contacts.name, calls.name, ''), time_entries.name) AS name, "
    "time_entries.client, time_entries.matter, activity, note, billed_s, rate_cents, billable, export, "
    "removed_ms IS NOT NULL AS removed FROM time_entries LEFT JOIN calls ON calls.id = time_entries.call "
    "LEFT JOIN contacts ON contacts.id = calls.contact LEFT JOIN users ON users.id = time_entries.user"
)
_ORDER = "ORDER BY time_entries.started_ms, time_entries.id"
_SHOWN: dict[str, str] = {
    "": "removed_ms IS NULL",
    "open": "removed_ms IS NULL AND export IS NULL",
    "unmatched": "removed_ms IS NULL AND export IS NULL AND time_entries.matter = ''",
    "exported": "removed_ms IS NULL AND export IS NOT NULL",
    "removed": "removed_ms IS NOT NULL",
}


def list_entries(
    connection: sqlite3.Connection, wanted: TimeFilter, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[Page[TimeEntry], TimeTotals]:
    """One page of the entries that match, oldest first, with the totals of all."""
    where, values = _where(wanted)
    row = connection.execute(
        "SELECT count(*), coalesce(sum(iif(billable, billed_s, 0)), 0), coalesce(sum(iif(billable, 0, billed_s)), 0) "
        f"FROM time_entries {where}",
        values,
    ).fetchone()
    shown, pages, size, skip = place(int(row[0]), page, per_page)
    rows = connection.execute(f"{_SELECT} {where} {_ORDER} LIMIT ? OFFSET ?", (*values, size, skip))
    return Page([_entry(found) for found in rows], shown, pages, int(row[0])), TimeTotals(*map(int, row))


def each_entry(connection: sqlite3.Connection, wanted: TimeFilter) -> Iterator[TimeEntry]:
    """Every entry that matches, oldest first."""
    where, values = _where(wanted)
    for row in connection.execute(f"{_SELECT} {where} {_ORDER}", values):
        yield _entry(row)


def one_entry(connection: sqlite3.Connection, entry: int) -> TimeEntry | None:
    """The entry, removed or not; None when there is none."""
    row = connection.execute(f"{_SELECT} WHERE time_entries.id = ?", (entry,)).fetchone()
    return None if row is None else _entry(row)


def around(connection: sqlite3.Connection, wanted: TimeFilter) -> Iterator[TimeEntry]:
    """What is not removed in the filter's period and some hours about it, for any client: where doubts may lie."""
    return each_entry(connection, TimeFilter(wanted.mailbox, wanted.since_ms - ABOUT_MS, wanted.until_ms + ABOUT_MS))


def entry_clients(connection: sqlite3.Connection, mailbox: int | None) -> list[str]:
    """The clients of a mailbox's entries (None: of all), for the filter's list."""
    rows = connection.execute(
        "SELECT DISTINCT client FROM time_entries WHERE client <> '' AND mailbox = coalesce(?, mailbox) "
        "AND removed_ms IS NULL ORDER BY client COLLATE NOCASE",
        (mailbox,),
    )
    return [str(row[0]) for row in rows]


def _where(wanted: TimeFilter) -> tuple[str, list[Any]]:
    terms = [_SHOWN[wanted.show], "time_entries.started_ms >= ?", "time_entries.started_ms < ?"]
    values: list[Any] = [wanted.since_ms, wanted.until_ms]
    for column, value in (
        ("mailbox", wanted.mailbox),
        ("client", wanted.client or None),
        ("user", wanted.user),
        ("export", wanted.export),
    ):
        if value is not None:
            terms.append(f"time_entries.{column} = ?")
            values.append(value)
    return f"WHERE {' AND '.join(terms)}", values


def _entry(row: sqlite3.Row) -> TimeEntry:
    fields = dict(row)
    for name in ("call_kept", "billable", "removed"):
        fields[name] = bool(fields[name])
    return TimeEntry(**fields)
