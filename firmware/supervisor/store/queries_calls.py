"""What the Calls page, a call's own page and the CSV ask: lists with filter, search, sort, totals; one call's timeline.

All functions take a connection of ``Reader.snapshot()``. Fast over 100,000 calls: the filter's totals are one scan, a
page sorted by time walks an index.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.supervisor.store.folding import fold
from firmware.supervisor.store.paging import PER_PAGE, Page, contains, place

# What a page may sort by -> SQL. Every order ends with the id, so that paging never shows a row twice.
SORTS = {
    "started": "calls.started_ms",
    "name": "coalesce(contacts.name, calls.name) COLLATE NOCASE",
    "number": "coalesce(calls.number_e164, calls.number_raw)",
    "outcome": "calls.outcome",
    "talk": "calls.talk_s",
    "line": "calls.line",
    "client": "calls.client COLLATE NOCASE",
}
_COLUMNS = (
    "calls.id, direction, line, port, extension, user, calls.mailbox, placed, number_raw, number_e164, presentation, "
    "calls.name AS line_name, contact, contacts.name AS contact_name, contacts.company AS contact_company, "
    "calls.client, matter, calls.important, emergency, drill, status_at, outcome, answered_how, started_ms, "
    "utc_offset_min, answered_ms, ended_ms, ring_s, talk_s, billable_s, hung_up_by, why, answered_by, "
    "person_ms, with_box_s"
)
_FROM = "FROM calls LEFT JOIN contacts ON contacts.id = calls.contact"


@dataclass(frozen=True)
class CallFilter:
    """Which calls: every field that is set must match. Times are milliseconds since 1970 UTC, ``until_ms`` exclusive.

    ``mailbox`` None: of all of them. ``search`` finds names (line's or contact's, company), numbers in any writing,
    client and matter.
    """

    mailbox: int | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    direction: str = ""
    outcome: str = ""
    line: str = ""
    contact: int | None = None
    number: str = ""
    client: str = ""
    user: int | None = None
    important: bool = False
    search: str = ""


@dataclass(frozen=True)
class CallRow:
    """One call as lists show it; the fields are the columns of table ``calls``, None where not known."""

    id: int
    direction: str
    line: str | None
    port: str | None
    extension: str | None
    user: int | None
    mailbox: int
    placed: str | None
    number_raw: str | None
    number_e164: str | None
    presentation: str
    line_name: str | None
    contact: int | None
    contact_name: str | None
    contact_company: str | None
    client: str
    matter: str
    important: bool
    emergency: bool
    drill: bool
    status_at: str
    outcome: str
    answered_how: str | None
    started_ms: int
    utc_offset_min: int
    answered_ms: int | None
    ended_ms: int | None
    ring_s: float | None
    talk_s: float | None
    billable_s: int | None
    hung_up_by: str | None
    why: str
    answered_by: str | None
    person_ms: int | None
    with_box_s: float | None

    @property
    def name(self) -> str | None:
        """Whom to show: the contact's name, else what the line said."""
        return self.contact_name or self.line_name


@dataclass(frozen=True)
class CallTotals:
    """Sums over everything that is filtered, not only the page shown."""

    calls: int
    talk_s: float
    billable_s: int
    with_box_s: float


@dataclass(frozen=True)
class TimelineEvent:
    """What happened ``at_s`` seconds into the call (sample clock) and why."""

    at_s: float
    kind: str
    detail: dict[str, Any]
    why: str


@dataclass(frozen=True)
class Segment:
    """Who was connected from when to when; ``end_s`` None: going on, or not known."""

    kind: str
    who: str
    start_s: float
    end_s: float | None


@dataclass(frozen=True)
class CallRecording:
    """A recording of the call and the message made of it, if any. ``path`` is relative to ``recordings/``."""

    id: int
    kind: str
    path: str
    state: str
    samples: int | None
    message: int | None


@dataclass(frozen=True)
class CallDetail:
    """One call with all that hangs on it."""

    call: CallRow
    timeline: list[TimelineEvent]
    segments: list[Segment]
    recordings: list[CallRecording]


def list_calls(
    connection: sqlite3.Connection,
    wanted: CallFilter,
    *,
    sort: str = "started",
    descending: bool = True,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Page[CallRow], CallTotals]:
    """One page of the calls that match, with the totals of all. ``sort``: a key of ``SORTS`` (else KeyError)."""
    where, values = _where(connection, wanted)
    totals = _totals(connection, where, values)
    shown, pages, size, skip = place(totals.calls, page, per_page)
    way = "DESC" if descending else "ASC"
    order = f"ORDER BY {SORTS[sort]} {way}, calls.id {way}"
    # Only ids are sorted: a page deep in 100,000 calls would otherwise carry every column of all rows before it.
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE calls.id IN "
        f"(SELECT calls.id {_FROM} {where} {order} LIMIT ? OFFSET ?) {order}",
        (*values, size, skip),
    )
    return Page([_row(row) for row in rows], shown, pages, totals.calls), totals


def each_call(connection: sqlite3.Connection, wanted: CallFilter) -> Iterator[CallRow]:
    """Every call that matches, oldest first, one by one: the CSV never holds 100,000 rows in memory."""
    where, values = _where(connection, wanted)
    for row in connection.execute(f"SELECT {_COLUMNS} {_FROM} {where} ORDER BY calls.started_ms, calls.id", values):
        yield _row(row)


def one_call(connection: sqlite3.Connection, call: int) -> CallDetail | None:
    """The call ``call`` with timeline, segments and recordings; None when there is none."""
    row = connection.execute(f"SELECT {_COLUMNS} {_FROM} WHERE calls.id = ?", (call,)).fetchone()
    if row is None:
        return None
    timeline = connection.execute("SELECT at_s, kind, detail, why FROM call_events WHERE call = ? ORDER BY id", (call,))
    segments = connection.execute("SELECT kind, who, start_s, end_s FROM segments WHERE call = ? ORDER BY id", (call,))
    recordings = connection.execute(
        "SELECT recordings.id, kind, path, recordings.state, samples, messages.id AS message "
        "FROM recordings LEFT JOIN messages ON messages.recording = recordings.id "
        "WHERE recordings.call = ? ORDER BY recordings.id",
        (call,),
    )
    return CallDetail(
        _row(row),
        [TimelineEvent(event["at_s"], event["kind"], json.loads(event["detail"]), event["why"]) for event in timeline],
        [Segment(**dict(segment)) for segment in segments],
        [CallRecording(**dict(recording)) for recording in recordings],
    )


def messages_of(connection: sqlite3.Connection, calls: Sequence[int]) -> dict[int, tuple[int, int, str]]:
    """What can be heard in a list of calls: call -> (recording, message, the message's state), those not deleted."""
    rows = connection.execute(
        "SELECT messages.call, recording, messages.id, messages.state FROM messages "
        f"WHERE messages.call IN ({','.join('?' * len(calls))}) AND state <> 'deleted' ORDER BY messages.id",
        tuple(calls),
    )
    return {int(row[0]): (int(row[1]), int(row[2]), str(row[3])) for row in rows}


def clients(connection: sqlite3.Connection, mailbox: int | None) -> list[str]:
    """The clients that a mailbox's calls (None: all calls) were written down for, for the filter's list."""
    return [
        str(row[0])
        for row in connection.execute(
            "SELECT DISTINCT client FROM calls WHERE client <> '' AND mailbox = coalesce(?, mailbox) "
            "ORDER BY client COLLATE NOCASE",
            (mailbox,),
        )
    ]


def _row(row: sqlite3.Row) -> CallRow:
    fields = dict(row)
    fields["important"] = bool(fields["important"])
    fields["emergency"] = bool(fields["emergency"])
    fields["drill"] = bool(fields["drill"])
    return CallRow(**fields)


def _totals(connection: sqlite3.Connection, where: str, values: list[Any]) -> CallTotals:
    row = connection.execute(
        "SELECT count(*), coalesce(sum(talk_s), 0.0), coalesce(sum(billable_s), 0), coalesce(sum(with_box_s), 0.0) "
        f"FROM calls {where}",
        values,
    ).fetchone()
    return CallTotals(int(row[0]), float(row[1]), int(row[2]), float(row[3]))


def _where(connection: sqlite3.Connection, wanted: CallFilter) -> tuple[str, list[Any]]:
    terms: list[str] = []
    values: list[Any] = []
    for term, value in (
        ("calls.mailbox = ?", wanted.mailbox),
        ("calls.started_ms >= ?", wanted.since_ms),
        ("calls.started_ms < ?", wanted.until_ms),
        ("calls.direction = ?", wanted.direction or None),
        ("calls.outcome = ?", wanted.outcome or None),
        ("calls.line = ?", wanted.line or None),
        ("calls.contact = ?", wanted.contact),
        ("calls.number_e164 = ?", wanted.number or None),
        ("calls.client = ?", wanted.client or None),
        ("calls.user = ?", wanted.user),
        ("calls.important = ?", 1 if wanted.important else None),
    ):
        if value is not None:
            terms.append(term)
            values.append(value)
    if wanted.search.strip():
        term, found = search_term(connection, wanted.search)
        terms.append(term)
        values += found
    return ("WHERE " + " AND ".join(terms) if terms else ""), values


def search_term(connection: sqlite3.Connection, text: str) -> tuple[str, list[Any]]:
    """An SQL term over ``calls`` for what a person typed into a search box, and its values."""
    pattern = contains(text.strip())
    like = "LIKE ? ESCAPE '\\'"
    terms = [f"calls.name {like}", f"calls.client {like}", f"calls.matter {like}"]
    values: list[Any] = [pattern] * 3
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if digits and all(letter.isdigit() or letter in " +-().*#" for letter in text.strip()):
        terms += [f"calls.number_e164 {like}", f"calls.number_raw {like}"]
        # A number typed with its trunk 0 (0514...) or its + is stored without the one and with the other.
        values += [contains(digits.lstrip("0") or digits), contains(digits)]
    wanted = fold(text)
    people = [
        int(row[0])
        for row in connection.execute("SELECT id, name, company FROM contacts")
        if wanted in fold(row[1]) or wanted in fold(row[2])
    ]
    if people:
        terms.append(f"calls.contact IN ({','.join(map(str, people))})")
    return f"({' OR '.join(terms)})", values
