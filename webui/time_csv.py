"""Time entries as CSV, in columns of our own (docs/csv.md) and in those that Clio imports.

Clio's are the columns of its activities template, by their exact names: a date as MM/DD/YYYY, a length in decimal
hours, the matter as Clio displays its number (support.clio.com 115004009433, help.clio.com 50694140413339).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from firmware.supervisor.rules.time_entries import amount_cents, hours
from firmware.supervisor.store.queries_time import TimeEntry
from webui.amounts import sum_of
from webui.call_csv import line
from webui.formats import local
from webui.time_people import person_name

Columns = tuple[tuple[str, Callable[[TimeEntry], str]], ...]


# The one declaration of the columns; docs/csv.md is checked against it.
COLUMNS: Columns = (
    ("id", lambda entry: str(entry.id)),
    ("call", lambda entry: "" if entry.call is None else str(entry.call)),
    ("started", lambda entry: local(entry.started_ms, entry.utc_offset_min).isoformat(timespec="seconds")),
    ("person", person_name),
    ("direction", lambda entry: entry.direction or ""),
    ("number", lambda entry: entry.number),
    ("name", lambda entry: entry.name),
    ("client", lambda entry: entry.client),
    ("matter", lambda entry: entry.matter),
    ("activity", lambda entry: entry.activity),
    ("note", lambda entry: entry.note),
    ("worked_s", lambda entry: f"{entry.worked_s:.1f}"),
    ("billed_s", lambda entry: str(entry.billed_s)),
    ("hours", lambda entry: str(hours(entry.billed_s))),
    ("rate", lambda entry: sum_of(entry.rate_cents)),
    ("amount", lambda entry: sum_of(amount_cents(entry.billed_s, entry.rate_cents) if entry.billable else 0)),
    ("non_billable", lambda entry: "" if entry.billable else "yes"),
    ("export", lambda entry: "" if entry.export is None else str(entry.export)),
)
CLIO: Columns = (
    ("matter", lambda entry: entry.matter or entry.client),
    ("date", lambda entry: local(entry.started_ms, entry.utc_offset_min).strftime("%m/%d/%Y")),
    ("activity_description", lambda entry: entry.activity),
    ("note", lambda entry: entry.note or described(entry)),
    ("price", lambda entry: sum_of(entry.rate_cents)),
    ("quantity", lambda entry: str(hours(entry.billed_s))),
    ("type", lambda entry: ""),  # empty: a time entry
    ("activity_user", lambda entry: entry.user_name or ""),
    ("non_billable", lambda entry: "" if entry.billable else "yes"),
)


def described(entry: TimeEntry) -> str:
    """What to write of a call of which nobody has written anything."""
    other = entry.name or entry.number
    return f"Telephone call with {other}" if other else "Telephone call"


def rows(columns: Columns, entries: Iterable[TimeEntry]) -> Iterator[bytes]:
    """The file, a line an entry, its head first; with a byte order mark, so that Excel reads accents."""
    yield b"\xef\xbb\xbf" + line([name for name, _ in columns])
    for entry in entries:
        yield line([value(entry) for _, value in columns])
