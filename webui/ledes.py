"""Time entries as a LEDES 1998B file: ASCII, 24 fields between pipes, every record ends with ``[]``.

Fields, lengths and what they mean are those of the LEDES Oversight Committee's specification (as published by
support.casefox.com and success.mitratech.com, Collaborati). One invoice a matter, all of one export; its number is
the export's and its own. Only what is billed stands in it: the format has no line without a charge.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable
from itertools import groupby

from firmware.supervisor.rules.time_entries import amount_cents, hours
from firmware.supervisor.store.queries_time import TimeEntry
from webui.amounts import sum_of
from webui.formats import local
from webui.time_csv import described
from webui.time_people import person_name

FIELDS = (
    "INVOICE_DATE", "INVOICE_NUMBER", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "INVOICE_TOTAL", "BILLING_START_DATE",
    "BILLING_END_DATE", "INVOICE_DESCRIPTION", "LINE_ITEM_NUMBER", "EXP/FEE/INV_ADJ_TYPE",
    "LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_ADJUSTMENT_AMOUNT", "LINE_ITEM_TOTAL", "LINE_ITEM_DATE",
    "LINE_ITEM_TASK_CODE", "LINE_ITEM_EXPENSE_CODE", "LINE_ITEM_ACTIVITY_CODE", "TIMEKEEPER_ID",
    "LINE_ITEM_DESCRIPTION", "LAW_FIRM_ID", "LINE_ITEM_UNIT_COST", "TIMEKEEPER_NAME", "TIMEKEEPER_CLASSIFICATION",
    "CLIENT_MATTER_ID",
)  # fmt: skip
_LONGEST_ID = 20
_LONGEST_NAME = 30
_OTHER = "OT"  # the class of a timekeeper of whom no more is known


class LedesFault(ValueError):
    """An entry that the format cannot hold; the message names it, the field and what was expected."""


def ledes(entries: Iterable[TimeEntry], firm_id: str, export: int, today: datetime.date) -> bytes:
    """The file of one export. Raises ``LedesFault``."""
    if not firm_id:
        raise LedesFault("LAW_FIRM_ID: expected the setting billing.firm_id, which is empty")
    billed = sorted((entry for entry in entries if entry.billable), key=_matter)
    if not billed:
        raise LedesFault("expected at least one entry that is billed")
    lines = ["LEDES1998B[]", "|".join(FIELDS) + "[]"]
    for number, (_, of_matter) in enumerate(groupby(billed, key=_matter), start=1):
        lines += _invoice(list(of_matter), f"{export}-{number}", firm_id, today)
    return "".join(line + "\r\n" for line in lines).encode("ascii")


def _matter(entry: TimeEntry) -> tuple[str, str]:
    return entry.client or entry.matter, entry.matter or entry.client


def _invoice(entries: list[TimeEntry], number: str, firm_id: str, today: datetime.date) -> list[str]:
    names = zip(_matter(entries[0]), FIELDS[2:4], strict=True)
    client, matter = (_id(name, entries[0], field) for name, field in names)
    days = [_day(local(entry.started_ms, entry.utc_offset_min)) for entry in entries]
    total = sum(amount_cents(entry.billed_s, entry.rate_cents) for entry in entries)
    return [
        "|".join(
            (
                _day(today), number, client, matter, sum_of(total), min(days), max(days), "Telephone calls", str(line),
                "F", str(hours(entry.billed_s)), "0.00", sum_of(amount_cents(entry.billed_s, entry.rate_cents)), day,
                "", "", entry.activity, _keeper(entry), _ascii(entry.note or described(entry)), firm_id,
                sum_of(entry.rate_cents), _surname_first(_ascii(person_name(entry)) or "?"), _OTHER, matter,
            )
        )
        + "[]"
        for line, (entry, day) in enumerate(zip(entries, days, strict=True), start=1)
    ]  # fmt: skip


def _id(text: str, entry: TimeEntry, field: str) -> str:
    folded = _ascii(text)
    if not 0 < len(folded) <= _LONGEST_ID:
        raise LedesFault(f"time entry {entry.id}: {field}: expected 1 to {_LONGEST_ID} characters, got {folded!r}")
    return folded


def _keeper(entry: TimeEntry) -> str:
    return f"U{entry.user}" if entry.user is not None else f"H{entry.port}" if entry.port else "UNKNOWN"


def _surname_first(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return (f"{last}, {first}" if first else last)[:_LONGEST_NAME]


def _day(date: datetime.date) -> str:
    return date.strftime("%Y%m%d")


def _ascii(text: str) -> str:
    """Letters without their accents; what has no such form is a question mark, and nothing ends a field or record."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    kept = "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in bare)
    return " ".join(kept.replace("|", "/").replace("[", "(").replace("]", ")").split())
