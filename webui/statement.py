"""The printable statement of a client: the time entries by matter, with totals, as PDF.

Drawn line by line with ReportLab, on the letters of the PDF standard's own Helvetica (Windows-1252): a letter beyond it
is written without its accent, or as a question mark.
"""

from __future__ import annotations

import datetime
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from firmware.supervisor.rules.time_entries import amount_cents
from firmware.supervisor.store.queries_time import TimeEntry
from webui.amounts import hours, money
from webui.formats import day, local, plain, telephone
from webui.time_people import person_name
from webui.words import Words

_MARGIN, _STEP, _SIZE = 54.0, 12.0, 9.0  # points
_NOTE_LINES = 12  # of one entry at most: it holds 500 characters
_INCH_COUNTRIES = ("CA", "US", "MX")  # where paper is Letter


@dataclass(frozen=True)
class Heading:
    """What stands above: who bills whom, for which days (inclusive), in which currency."""

    firm: str
    client: str
    first: datetime.date | None
    last: datetime.date | None
    made: datetime.date
    currency: str
    country: str | None


def statement(entries: Iterable[TimeEntry], heading: Heading, t: Words) -> bytes:
    """The file. Without a rate anywhere it shows hours alone."""
    listed = sorted(entries, key=lambda entry: (entry.matter, entry.started_ms, entry.id))
    sheet = _Sheet(heading, t, any(entry.rate_cents for entry in listed))
    for matter, of_matter in groupby(listed, key=lambda entry: entry.matter):
        sheet.matter(matter, list(of_matter))
    sheet.total(t("statement.total"), listed)
    return sheet.finished()


class _Sheet:
    """Pages that fill from above; a new one begins where a row has no room."""

    def __init__(self, heading: Heading, t: Words, priced: bool) -> None:
        from reportlab.lib.pagesizes import A4, LETTER  # large: read for the first statement, not at the start
        from reportlab.pdfgen.canvas import Canvas

        self._heading = heading
        self._t = t
        self._priced = priced
        self._width, self._height = LETTER if heading.country in _INCH_COUNTRIES else A4
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(self._width, self._height), invariant=1)
        self._canvas.setTitle(_writable(f"{t('statement.title')} {heading.client}"))
        self._canvas.setAuthor(_writable(heading.firm))
        self._page = 0
        right = self._width - _MARGIN
        self._hours_at, self._amount_at = (right - 70, right) if priced else (right, right)
        self._text_at = _MARGIN + 150
        self._begin()

    def matter(self, name: str, entries: Sequence[TimeEntry]) -> None:
        """A matter's entries under its name, and what they make."""
        self._room(4)
        self._write(
            _MARGIN,
            self._t("statement.matter", matter=plain(name, 100)) if name else self._t("entries.no_matter"),
            bold=True,
        )
        self._down()
        for entry in entries:
            self._entry(entry)
        self.total(self._t("statement.of_matter"), entries)

    def total(self, words: str, entries: Sequence[TimeEntry]) -> None:
        """What is billed of them, in one line."""
        billed = [entry for entry in entries if entry.billable]
        self._room(2)
        self._canvas.line(self._text_at, self._y + _STEP - 3, self._width - _MARGIN, self._y + _STEP - 3)
        self._write(self._text_at, words, bold=True)
        self._write(self._hours_at, hours(sum(entry.billed_s for entry in billed), self._t), bold=True, right=True)
        if self._priced:
            cents = sum(amount_cents(entry.billed_s, entry.rate_cents) for entry in billed)
            self._write(self._amount_at, money(cents, self._t, self._heading.currency), bold=True, right=True)
        self._down(2)

    def finished(self) -> bytes:
        """The whole file; nothing may be drawn afterwards."""
        self._canvas.save()
        return self._file.getvalue()

    def _entry(self, entry: TimeEntry) -> None:
        other = plain(entry.name) or telephone(entry.number, entry.number, self._heading.country)
        told = " · ".join(
            part for part in (other, self._t(f"activity.{entry.activity}"), plain(entry.note, 500)) if part
        )
        lines = self._wrapped(told, self._hours_at - 50 - self._text_at)[:_NOTE_LINES]
        self._room(len(lines))
        then = local(entry.started_ms, entry.utc_offset_min)
        self._write(_MARGIN, f"{then:%Y-%m-%d %H:%M}")
        self._write(_MARGIN + 84, plain(person_name(entry), 12))
        self._write(self._hours_at, hours(entry.billed_s, self._t), right=True)
        if not entry.billable:
            self._write(self._amount_at if self._priced else self._hours_at - 22, self._t("statement.free"), right=True)
        elif self._priced:
            self._write(self._amount_at, money(amount_cents(entry.billed_s, entry.rate_cents), self._t), right=True)
        for line in lines:
            self._write(self._text_at, line)
            self._down()

    def _begin(self) -> None:
        self._page += 1
        self._y = self._height - _MARGIN
        t, heading = self._t, self._heading
        self._write(self._width - _MARGIN, t("statement.page", n=self._page), right=True)
        if self._page == 1:
            self._write(_MARGIN, f"{t('statement.title')} · {plain(heading.client, 60)}", bold=True, size=14)
            self._down(2)
            if heading.firm:
                self._write(_MARGIN, heading.firm)
                self._down()
            self._write(_MARGIN, self._days())
            self._down(2)
        else:
            self._write(_MARGIN, f"{t('statement.title')} · {plain(heading.client, 60)}")
            self._down(2)
        self._write(_MARGIN, t("statement.when"), bold=True)
        self._write(_MARGIN + 84, t("statement.who"), bold=True)
        self._write(self._text_at, t("statement.what"), bold=True)
        self._write(self._hours_at, t("statement.hours"), bold=True, right=True)
        if self._priced:
            self._write(self._amount_at, t("statement.amount"), bold=True, right=True)
        self._down(2)

    def _days(self) -> str:
        first, last = self._heading.first, self._heading.last or self._heading.made
        made = self._t("statement.made", date=day(self._heading.made, self._t))
        if first is None:
            return made
        return f"{self._t('statement.days', first=day(first, self._t), last=day(last, self._t))} · {made}"

    def _room(self, lines: int) -> None:
        if self._y - lines * _STEP < _MARGIN:
            self._canvas.showPage()
            self._begin()

    def _down(self, lines: int = 1) -> None:
        self._y -= lines * _STEP

    def _write(self, x: float, text: str, *, bold: bool = False, right: bool = False, size: float = _SIZE) -> None:
        self._canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        draw = self._canvas.drawRightString if right else self._canvas.drawString
        draw(x, self._y, _writable(text))

    def _wrapped(self, text: str, width: float) -> list[str]:
        from reportlab.lib.utils import simpleSplit

        return [str(line) for line in simpleSplit(_writable(text), "Helvetica", _SIZE, width)] or [""]


def _writable(text: str) -> str:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return "".join(_letter(c) for c in text)
    return text


def _letter(letter: str) -> str:
    for form in (letter, "\u00a0" if letter == "\u202f" else unicodedata.normalize("NFKD", letter)[0]):
        try:
            form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return form
    return "?"
