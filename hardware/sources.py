"""Where each row of the board's tables comes from: the column ``source`` of ``bom.csv``, ``netlist.csv``,
``pinmap.csv`` and ``power.csv``.

A source is one of DOCUMENTS, for ``hardware.md`` with the section, or ``to check before layout: WHAT`` where nobody has
seen a document yet (general knowledge, or a choice of ours); two of them are joined by ``; ``. ``python -m
hardware.sources`` prints what is to be checked, as it stands in ``hardware/README.md``: a test compares.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from hardware.tables import FOLDER

TABLES = ("bom.csv", "pinmap.csv", "netlist.csv", "power.csv")
REFERENCE = "hardware.md"
DOCUMENTS = {
    REFERENCE: "the study, ../shared/reference/hardware.md; the number is its section",
    "Hardware design with RP2040": "Raspberry Pi Ltd, build of 2024-05-02: the minimal design",
    "RP2040 datasheet 1.4.1": "Raspberry Pi Ltd: pin locations",
    "TPS25940 datasheet SLVSCF3A": "Texas Instruments, March 2015",
}
TO_CHECK = "to check before layout: "
_SECTION = re.compile(rf"{re.escape(REFERENCE)} (\d+(?:\.\d+)?)")


class SourceError(Exception):
    """Raised on a row whose source is none; the text names file, line and what was expected."""


@dataclass(frozen=True)
class Row:
    """One row: its table, line, the part it is about, and its sources."""

    table: str
    line: int
    ref: str
    sources: tuple[str, ...]


def rows() -> Iterator[Row]:
    """Every row of the tables. Raises SourceError."""
    for table in TABLES:
        with (FOLDER / table).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            about = "load" if table == "power.csv" else "ref"
            for row in reader:
                place = f"{table}:{reader.line_num}: source"
                sources = tuple((row["source"] or "").split("; "))
                for one in sources:
                    _check(place, one)
                yield Row(table, reader.line_num, row[about], sources)


def to_check() -> dict[str, list[str]]:
    """What is to be checked -> the parts concerned, each once, as a person would count them."""
    found: dict[str, set[str]] = {}
    for row in rows():
        for one in row.sources:
            if one.startswith(TO_CHECK):
                found.setdefault(one.removeprefix(TO_CHECK), set()).add(row.ref)
    return {what: sorted(refs, key=_counted) for what, refs in found.items()}


def listing() -> list[str]:
    """The list of the README: one line for each thing to check."""
    found = sorted(to_check().items(), key=lambda item: item[0].lower())
    return [f"- {what}: {', '.join(refs)}" for what, refs in found]


def _counted(ref: str) -> tuple[str, int, str]:
    digits = re.search(r"\d+", ref)
    return (ref[: digits.start()], int(digits[0]), ref) if digits else (ref, 0, ref)


def _check(place: str, source: str) -> None:
    if source in DOCUMENTS and source != REFERENCE:
        return
    if _SECTION.fullmatch(source) or (source.startswith(TO_CHECK) and len(source) > len(TO_CHECK)):
        return
    documents = ", ".join(DOCUMENTS)
    raise SourceError(
        f"{place} is {source!r}, expected one of {documents} (with its section), or {TO_CHECK!r} and what"
    )


def main() -> int:
    """Prints the list; exit 1 when a row has no source."""
    try:
        print("\n".join(listing()))
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
