"""``python -m tools.bench [SUBJECT ...] [--write] [--list]``: measures, prints a table, keeps ``docs/benchmarks.md``.

A subject is a module of this package with ``run() -> list[dict]``; each row says ``what`` was measured, ``ours``,
``peer`` (the same for another program on the same input, or null; several by name: ``{"minimodem": 97.0, ...}``),
``unit`` and ``command`` (how to get the row alone).
``--write`` replaces the measured subjects' sections between their marks in ``docs/benchmarks.md`` and leaves the text
around them alone. Exit codes: 0 all measured, 1 a subject failed (the others are still shown), 2 no such subject.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
import platform
import re
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from drivers.signals import blas

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
COLUMNS = ("what", "ours", "peer", "unit", "command")
Row = Mapping[str, Any]


def subjects() -> list[str]:
    """The names of all subjects, sorted: the modules with a ``run``; what they share lies beside them."""
    folder = Path(__file__).parent
    return sorted(path.stem for path in folder.glob("*.py") if "\ndef run() ->" in path.read_text(encoding="utf-8"))


def measure(subject: str) -> list[Row]:
    """The rows of one subject. Raises ValueError for a row without the five columns."""
    rows: list[Row] = importlib.import_module(f"tools.bench.{subject}").run()
    for row in rows:
        if set(row) != set(COLUMNS):
            raise ValueError(f"tools/bench/{subject}.py: a row has {sorted(row)}, expected {sorted(COLUMNS)}")
    return rows


def cell(value: Any) -> str:
    """A value as a table shows it: numbers to three significant digits, what is not known as a dash, peers by name."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{cell(one)} {name}" for name, one in value.items()) or "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return str(value).replace("|", "\\|")


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, its columns aligned so that it reads well on a terminal too."""
    lines = [COLUMNS, *(tuple(cell(row[name]) for name in COLUMNS) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    shown = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    shown.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(shown)


def machine() -> str:
    """What was measured on, in one line: figures mean little without it."""
    model = platform.machine()
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        model = found[1] if found else model
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {dt.date.today().isoformat()}"


def written(page: str, subject: str, rows: Sequence[Row]) -> str:
    """The page with one subject's section replaced, or added at its end."""
    begin, end = f"<!-- bench:{subject} -->", f"<!-- /bench:{subject} -->"
    section = f"{begin}\n{machine()}\n\n{table(rows)}\n{end}"
    if begin in page:
        head, _, rest = page.partition(begin)
        _, found, tail = rest.partition(end)
        if not found:
            raise ValueError(f"{PAGE.name}: {begin} has no {end}")
        return head + section + tail
    title = subject.replace("_", " ").capitalize()
    return f"{page.rstrip()}\n\n## {title}\n\n{section}\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument("subject", nargs="*", help="what to measure (default: all)")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("--list", action="store_true", help="name the subjects and stop")
    args = parser.parse_args()
    blas.one_thread()
    known = subjects()
    if args.list:
        print("\n".join(known))
        return 0
    unknown = [subject for subject in args.subject if subject not in known]
    if unknown:
        print(f"tools.bench: no subject {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = 0
    print(machine(), flush=True)
    for subject in args.subject or known:
        started = time.monotonic()
        try:
            rows = measure(subject)
        except Exception:  # one broken subject must not cost the others their figures
            traceback.print_exc()
            failed = 1
            continue
        print(f"\n{subject} ({time.monotonic() - started:.0f} s)\n{table(rows)}", flush=True)
        if args.write:
            PAGE.write_text(written(PAGE.read_text(), subject, rows))
    return failed


if __name__ == "__main__":
    sys.exit(main())
