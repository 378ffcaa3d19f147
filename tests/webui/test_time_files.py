"""The files made of time entries: CSV, Clio's, LEDES 1998B, the statement; each read by a reader that is not ours."""

from __future__ import annotations

import csv
import datetime
import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from firmware.supervisor.rules.time_entries import amount_cents
from firmware.supervisor.store.queries_time import TimeEntry
from tests.webui import ledes_reader
from webui import time_csv
from webui.ledes import FIELDS, LedesFault, ledes
from webui.statement import Heading, statement
from webui.words import words

TODAY = datetime.date(2026, 4, 1)
START = 1_772_463_600_000  # 2026-03-02 10:00 in Montreal
FIRST = TimeEntry(
    id=7, call=3, call_kept=True, mailbox=1, user=1, user_name="Anna Roy", port="C", direction="in", started_ms=START,
    utc_offset_min=-300, worked_s=352.4, number="+15145550188", name="Émile Côté", client="Côté", matter="2026-014",
    activity="A106", note="", billed_s=360, rate_cents=25050, billable=True, export=4, removed=False,
)  # fmt: skip
MONTH = [
    FIRST,
    replace(
        FIRST, id=8, started_ms=START + 86_400_000, billed_s=100, note="Bail | [clause] 4\nà revoir", activity="A107"
    ),
    replace(FIRST, id=9, matter="2026-015", user=None, user_name=None, billed_s=1080),
    replace(FIRST, id=10, billable=False, note="=HYPERLINK(1)"),
]


def cells(columns: time_csv.Columns, entries: list[TimeEntry]) -> list[dict[str, str]]:
    data = b"".join(time_csv.rows(columns, entries)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_clio_gets_its_columns_by_their_names_and_decimal_hours() -> None:
    first, second, _, free = cells(time_csv.CLIO, MONTH)
    assert first == {
        "matter": "2026-014", "date": "03/02/2026", "activity_description": "A106",
        "note": "Telephone call with Émile Côté", "price": "250.50", "quantity": "0.1", "type": "",
        "activity_user": "Anna Roy", "non_billable": "",
    }  # fmt: skip
    assert (second["quantity"], second["date"]) == ("0.0278", "03/03/2026")
    assert (free["non_billable"], free["note"]) == ("yes", "'=HYPERLINK(1)"), "no formula in a spreadsheet"


def test_the_csv_has_the_documented_columns_and_its_amounts_are_those_of_the_hours() -> None:
    text = (Path(__file__).parents[2] / "docs" / "csv.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text.partition("# The time entries")[2], re.MULTILINE)
    assert documented == [name for name, _ in time_csv.COLUMNS]
    for row, entry in zip(cells(time_csv.COLUMNS, MONTH), MONTH, strict=True):
        exact = Decimal(row["hours"]) * Decimal(row["rate"])
        assert abs(Decimal(row["amount"]) - (exact if entry.billable else 0)) <= Decimal("0.005")
    assert cells(time_csv.COLUMNS, MONTH)[0]["started"] == "2026-03-02T10:00:00-05:00"


def test_a_ledes_file_is_taken_by_the_validator_and_adds_up() -> None:
    records, faults = ledes_reader.read(ledes(MONTH, "98-7654321", 4, TODAY))
    assert faults == []
    assert [(record["INVOICE_NUMBER"], record["LINE_ITEM_NUMBER"]) for record in records] == [
        ("4-1", "1"), ("4-1", "2"), ("4-2", "1")
    ]  # fmt: skip
    assert records[0]["CLIENT_ID"] == "Cote" and records[0]["TIMEKEEPER_NAME"] == "Roy, Anna"
    assert records[1]["LINE_ITEM_DESCRIPTION"] == "Bail / (clause) 4 a revoir"
    billed = sum(amount_cents(entry.billed_s, entry.rate_cents) for entry in MONTH if entry.billable)
    assert sum(Decimal(record["LINE_ITEM_TOTAL"]) for record in records) * 100 == billed


PLANTED = {
    "INVOICE_DATE": "2026-04-01",
    "INVOICE_NUMBER": "",
    "CLIENT_ID": "a client of 21 letter",
    "LAW_FIRM_MATTER_ID": "",
    "INVOICE_TOTAL": "1.00",
    "BILLING_START_DATE": "20260230",
    "BILLING_END_DATE": "",
    "INVOICE_DESCRIPTION": "Letters",
    "LINE_ITEM_NUMBER": "2",
    "EXP/FEE/INV_ADJ_TYPE": "X",
    "LINE_ITEM_NUMBER_OF_UNITS": "-0.1",
    "LINE_ITEM_ADJUSTMENT_AMOUNT": "none",
    "LINE_ITEM_TOTAL": "25.06",
    "LINE_ITEM_DATE": "20260401",
    "LINE_ITEM_TASK_CODE": "LEASE",
    "LINE_ITEM_EXPENSE_CODE": "A106",
    "LINE_ITEM_ACTIVITY_CODE": "",
    "TIMEKEEPER_ID": "",
    "LINE_ITEM_DESCRIPTION": "",
    "LAW_FIRM_ID": "x" * 21,
    "LINE_ITEM_UNIT_COST": "250,50",
    "TIMEKEEPER_NAME": "x" * 31,
    "TIMEKEEPER_CLASSIFICATION": "PARTNER",
    "CLIENT_MATTER_ID": "y" * 21,
}


@pytest.mark.parametrize("field", FIELDS)
def test_an_error_in_any_of_the_24_fields_is_found_and_named(field: str) -> None:
    lines = ledes(MONTH, "98-7654321", 4, TODAY).decode().split("\r\n")
    first = lines[2].removesuffix("[]").split("|")
    first[FIELDS.index(field)] = PLANTED[field]
    lines[2] = "|".join(first) + "[]"
    _, faults = ledes_reader.read("\r\n".join(lines).encode())
    assert {fault.partition(":")[0] for fault in faults} & {field}, faults
    assert len(FIELDS) == len(PLANTED) == 24


@pytest.mark.parametrize(
    ("entries", "firm", "named"),
    [
        ([replace(FIRST, matter="a matter of 21 letter")], "1", "time entry 7: LAW_FIRM_MATTER_ID: expected 1 to 20"),
        ([replace(FIRST, client="", matter="")], "1", "time entry 7: CLIENT_ID"),
        ([FIRST], "", "LAW_FIRM_ID: expected the setting billing.firm_id"),
        ([replace(FIRST, billable=False)], "1", "at least one entry that is billed"),
    ],
)
def test_what_ledes_cannot_hold_is_refused_by_entry_and_field(entries: list[TimeEntry], firm: str, named: str) -> None:
    with pytest.raises(LedesFault, match=named):
        ledes(entries, firm, 4, TODAY)


def heading(country: str = "CA") -> Heading:
    march = (datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))
    return Heading("Étude Roy", "Côté", *march, TODAY, "CAD", country)


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["Statement · Côté", "1 March 2026 to 31 March 2026", "Matter 2026-014", "not billed", "25.05",
                "107.16 CAD", "0.4278"]),
        ("fr", ["Relevé · Côté", "du 1 mars 2026 au 31 mars 2026", "Dossier 2026-014", "non facturé", "25,05",
                "107,16 CAD", "0,4278"]),
    ],
)  # fmt: skip
def test_a_statement_says_what_is_billed_in_either_language(language: str, shown: list[str]) -> None:
    (text,) = pages(statement(MONTH, heading(), words(language)))
    for words_ in (*shown, "Étude Roy", "Émile Côté", "2026-03-02 10:00", "Anna Roy"):
        assert words_ in text, text


def test_a_long_month_runs_over_pages_and_every_entry_is_on_one() -> None:
    month = [replace(FIRST, id=n, started_ms=START + n * 60_000, note=f"Note {n}.") for n in range(300)]
    text = pages(statement(month, heading("FR"), words("en")))
    assert len(text) > 4
    assert [n for n in range(300) if f"Note {n}." not in " ".join(" ".join(text).split())] == []
    assert "7,515.00 CAD" in text[-1]
    assert all(f"Page {n}" in page for n, page in enumerate(text, start=1))


def test_letters_that_the_paper_s_font_lacks_lose_their_accent_and_without_rates_there_are_no_sums() -> None:
    (text,) = pages(statement([replace(FIRST, name="Łukasz Nový 李", rate_cents=0)], heading(), words("en")))
    assert "Nový ?" in text and "CAD" not in text and "Amount" not in text
