"""The call log as CSV (RFC 4180, UTF-8 with a byte order mark so that Excel reads accents). Columns: docs/csv.md.

What came from outside may begin like a formula (`=`, `+`, `-`, `@`, tab, carriage return): such a cell gets an
apostrophe in front, which spreadsheets read as "this is text". A number in E.164 form is the one exception: `+` and
digits alone are no formula, and other programs want it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from firmware.supervisor.store.queries_calls import CallRow
from webui.formats import local, plain

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def _time(ms: int | None, call: CallRow) -> str:
    return local(ms, call.utc_offset_min).isoformat(timespec="seconds") if ms is not None else ""


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


# The one declaration of the columns; docs/csv.md is checked against it.
COLUMNS: tuple[tuple[str, Callable[[CallRow], str]], ...] = (
    ("id", lambda call: str(call.id)),
    ("started", lambda call: _time(call.started_ms, call)),
    ("answered", lambda call: _time(call.answered_ms, call)),
    ("answered_how", lambda call: call.answered_how or ""),
    ("ended", lambda call: _time(call.ended_ms, call)),
    ("direction", lambda call: call.direction),
    ("line", lambda call: call.line or ""),
    ("handset", lambda call: call.port or ""),
    ("number", lambda call: call.number_e164 or ""),
    ("number_raw", lambda call: call.number_raw or ""),
    ("presentation", lambda call: call.presentation),
    ("line_name", lambda call: call.line_name or ""),
    ("contact", lambda call: call.contact_name or ""),
    ("company", lambda call: call.contact_company or ""),
    ("client", lambda call: call.client),
    ("matter", lambda call: call.matter),
    ("outcome", lambda call: call.outcome),
    ("important", lambda call: "yes" if call.important else "no"),
    ("emergency", lambda call: "no" if not call.emergency else "drill" if call.drill else "yes"),
    ("ring_s", lambda call: _seconds(call.ring_s)),
    ("talk_s", lambda call: _seconds(call.talk_s)),
    ("billable_s", lambda call: "" if call.billable_s is None else str(call.billable_s)),
    ("hung_up_by", lambda call: call.hung_up_by or ""),
    ("why", lambda call: call.why),
    ("answered_by", lambda call: call.answered_by or ""),
    ("person_ms", lambda call: "" if call.person_ms is None else str(call.person_ms)),
    ("with_box_s", lambda call: _seconds(call.with_box_s)),
)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    kept = plain(text, 500)
    return f"'{kept}" if kept.startswith(_FORMULA) and not _E164.fullmatch(kept) else kept


def row_of(call: CallRow) -> bytes:
    """One call as a line of the file."""
    return line([value(call) for _, value in COLUMNS])


def line(cells: list[str]) -> bytes:
    """Cells as one line of a file, each quoted and guarded."""
    quoted = ('"' + guarded(cell).replace('"', '""') + '"' for cell in cells)
    return (",".join(quoted) + "\r\n").encode()


HEADER_ROW = b"\xef\xbb\xbf" + line([name for name, _ in COLUMNS])
