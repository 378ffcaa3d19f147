"""What the call log costs: a write until it is on the disk, a page of the Calls list over 100,000 calls."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.supervisor.store import calls
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.queries_calls import CallFilter, list_calls
from firmware.supervisor.store.queries_home import home
from firmware.supervisor.store.reader import Reader

COMMAND = "python -m tools.bench store"
CALLS = 100_000
TRIES = 200
OUTCOMES = ("connected", "missed", "message", "busy", "no answer")
START_MS = 1_700_000_000_000


def run() -> list[dict[str, Any]]:
    """Milliseconds, medians; the peer of a write is a bare sqlite3 connection with the same durability."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frontdesk.db"
        database = Database(path)
        database.write(_fill).result()
        call = CALLS // 2
        ours = _median(lambda: database.write(calls.event, call, 1.0, "key").result(), TRIES)
        rows = [_row("one event of a call, on the disk", ours, _bare(Path(folder) / "bare.db"))]
        reader = Reader(path)
        for what, wanted, options in _PAGES:

            def page(wanted: CallFilter = wanted, options: dict[str, Any] = options) -> None:
                with reader.snapshot() as connection:
                    list_calls(connection, wanted, **options)

            rows.append(_row(f"{CALLS:,} calls: {what}", _median(page, 5), None))

        def front() -> None:
            with reader.snapshot() as connection:
                home(connection, since_ms=START_MS + (CALLS - 200) * 60_000)

        rows.append(_row(f"{CALLS:,} calls: Home", _median(front, 5), None))
        database.stop()
    return rows


_PAGES: tuple[tuple[str, CallFilter, dict[str, Any]], ...] = (
    ("the first page", CallFilter(), {}),
    ("the last page", CallFilter(), {"page": CALLS}),
    ("sorted by name", CallFilter(), {"sort": "name"}),
    ("sorted by talk, page 1000", CallFilter(), {"sort": "talk", "page": 1000}),
    (
        "missed calls of a month",
        CallFilter(since_ms=START_MS, until_ms=START_MS + 30 * 86_400_000, outcome="missed"),
        {},
    ),
    ("search for a number", CallFilter(search="514 555 0123"), {}),
    ("search for a name", CallFilter(search="roy"), {}),
)


def _fill(connection: sqlite3.Connection) -> None:
    connection.executemany(
        "INSERT INTO calls (direction, line, number_e164, number_raw, name, outcome, started_ms, utc_offset_min, "
        "talk_s, billable_s) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        (
            (
                "in" if number % 3 else "out",
                "AB"[number % 2],
                f"+1514555{number % 10_000:04}",
                f"514555{number % 10_000:04}",
                "ROY PAUL" if number % 500 == 0 else f"CALLER {number % 700}",
                OUTCOMES[number % 5],
                START_MS + number * 60_000,
                float(number % 600),
                number % 600,
            )
            for number in range(CALLS)
        ),
    )


def _bare(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (call INTEGER, at_s REAL, kind TEXT)")
    taken = _median(lambda: connection.execute("INSERT INTO events VALUES (1, 1.0, 'key')").rowcount, TRIES)
    connection.close()
    return taken


def _median(work: Callable[[], Any], tries: int) -> float:
    """Median milliseconds of ``tries`` runs."""
    taken = []
    for _ in range(tries):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def _row(what: str, ours: float, peer: float | None) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": "ms", "command": COMMAND}
