"""A validator of LEDES 1998B files, written from the published field list and not from our writer.

Sources: the field specification as support.casefox.com ("LEDES 1998B Field Specification") and Mitratech's Collaborati
print it: name, type, length, required or not, and what the notes say of sums.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

Check = Callable[[str], bool]


def _date(text: str) -> bool:
    try:
        return len(text) == 8 and bool(datetime.datetime.strptime(text, "%Y%m%d"))
    except ValueError:
        return False


def _amount(before: int, after: int) -> Check:
    return lambda text: re.fullmatch(rf"-?\d{{1,{before}}}(\.\d{{1,{after}}})?", text) is not None


def _chars(longest: int, least: int = 1) -> Check:
    return lambda text: least <= len(text) <= longest


LIST: tuple[tuple[str, Check], ...] = (
    ("INVOICE_DATE", _date),
    ("INVOICE_NUMBER", _chars(20)),
    ("CLIENT_ID", _chars(20)),
    ("LAW_FIRM_MATTER_ID", _chars(20)),
    ("INVOICE_TOTAL", _amount(12, 4)),
    ("BILLING_START_DATE", _date),
    ("BILLING_END_DATE", _date),
    ("INVOICE_DESCRIPTION", _chars(15_000, 0)),
    ("LINE_ITEM_NUMBER", _chars(20)),
    ("EXP/FEE/INV_ADJ_TYPE", lambda text: text in ("E", "F", "IF", "IE")),
    ("LINE_ITEM_NUMBER_OF_UNITS", lambda text: _amount(10, 4)(text) and not text.startswith("-")),
    ("LINE_ITEM_ADJUSTMENT_AMOUNT", _amount(10, 4)),
    ("LINE_ITEM_TOTAL", _amount(10, 4)),
    ("LINE_ITEM_DATE", _date),
    ("LINE_ITEM_TASK_CODE", lambda text: re.fullmatch(r"([A-Z]{1,2}\d{3})?", text) is not None),
    ("LINE_ITEM_EXPENSE_CODE", lambda text: re.fullmatch(r"(E\d{3})?", text) is not None),
    ("LINE_ITEM_ACTIVITY_CODE", lambda text: re.fullmatch(r"(A\d{3})?", text) is not None),
    ("TIMEKEEPER_ID", _chars(20)),
    ("LINE_ITEM_DESCRIPTION", _chars(15_000)),
    ("LAW_FIRM_ID", _chars(20)),
    ("LINE_ITEM_UNIT_COST", _amount(10, 4)),
    ("TIMEKEEPER_NAME", _chars(30)),
    ("TIMEKEEPER_CLASSIFICATION", lambda text: text in ("PT", "AS", "OC", "LA", "OT")),
    ("CLIENT_MATTER_ID", _chars(20, 0)),
)
NAMES = [name for name, _ in LIST]


def read(data: bytes) -> tuple[list[dict[str, str]], list[str]]:
    """The records of a file, and everything that is wrong with it, each fault beginning with its field's name."""
    try:
        lines = data.decode("ascii").split("\r\n")
    except UnicodeDecodeError:
        return [], ["file: not ASCII"]
    if lines[0] != "LEDES1998B[]" or lines[1] != "|".join(NAMES) + "[]" or lines[-1] != "":
        return [], ["file: expected LEDES1998B[], the 24 names, and a line end at the end"]
    faults: list[str] = []
    records: list[dict[str, str]] = []
    for n, line in enumerate(lines[2:-1], start=1):
        fields = line.removesuffix("[]").split("|")
        if not line.endswith("[]") or len(fields) != len(NAMES) or "[]" in line[:-2]:
            return [], [f"file: record {n}: expected 24 fields and []"]
        records.append(dict(zip(NAMES, fields, strict=True)))
    for n, record in enumerate(records, start=1):
        faults += [f"{name}: record {n}: {record[name]!r}" for name, fits in LIST if not fits(record[name])]
    return records, faults or list(_contradictions(records))


def _contradictions(records: list[dict[str, str]]) -> list[str]:
    """What each field may be alone, and not beside the others."""
    faults: list[str] = []
    for number in {record["INVOICE_NUMBER"] for record in records}:
        invoice = [record for record in records if record["INVOICE_NUMBER"] == number]
        first = invoice[0]
        for name in ("INVOICE_DATE", "CLIENT_ID", "INVOICE_TOTAL", "INVOICE_DESCRIPTION", "LAW_FIRM_ID"):
            faults += [f"{name}: differs in invoice {number}" for record in invoice if record[name] != first[name]]
        if len({record["LINE_ITEM_NUMBER"] for record in invoice}) != len(invoice):
            faults.append(f"LINE_ITEM_NUMBER: twice in invoice {number}")
        total = sum((Decimal(record["LINE_ITEM_TOTAL"]) for record in invoice), Decimal(0))
        if total != Decimal(first["INVOICE_TOTAL"]):
            faults.append(f"INVOICE_TOTAL: invoice {number}: its lines make {total}")
        for record in invoice:
            faults += _line_faults(record)
    return faults


def _line_faults(record: dict[str, str]) -> list[str]:
    faults: list[str] = []
    try:
        units, cost, adjusted, total = (
            Decimal(record[name])
            for name in ("LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_UNIT_COST", "LINE_ITEM_ADJUSTMENT_AMOUNT",
                         "LINE_ITEM_TOTAL")
        )  # fmt: skip
    except InvalidOperation:
        return ["LINE_ITEM_TOTAL: no number"]
    if abs(units * cost + adjusted - total) > Decimal("0.005"):
        faults.append(f"LINE_ITEM_TOTAL: {units} x {cost} + {adjusted} is not {total}")
    if not record["BILLING_START_DATE"] <= record["LINE_ITEM_DATE"] <= record["BILLING_END_DATE"]:
        faults.append("LINE_ITEM_DATE: outside the billing period")
    if record["EXP/FEE/INV_ADJ_TYPE"] == "E" and not record["LINE_ITEM_EXPENSE_CODE"]:
        faults.append("LINE_ITEM_EXPENSE_CODE: an expense needs one")
    if record["EXP/FEE/INV_ADJ_TYPE"] == "F" and not record["LINE_ITEM_ACTIVITY_CODE"]:
        faults.append("LINE_ITEM_ACTIVITY_CODE: a fee needs one")
    return faults
