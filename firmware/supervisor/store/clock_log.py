"""What the clock said, a row a day in the audit log, and each time it jumped: kept over restarts.

Only a clock that is known to be right is written down, so that two neighbouring rows further apart than ``JUMP_MS``
mean that the box was off so long, or that one of them is wrong; which, nobody here can tell.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store import audit

JUMP_MS = 2 * 24 * 3600 * 1000
ROW_MS = 20 * 3600 * 1000  # a row is due when the last is older
SEEN, JUMPED = "clock seen", "clock jumped"


@dataclass(frozen=True)
class Jump:
    """The clock went from one moment to another, milliseconds since 1970 UTC."""

    before_ms: int
    after_ms: int


def look(connection: sqlite3.Connection, now_ms: int, expected_ms: int | None) -> Jump | None:
    """Write down what a good clock says; returns the newest jump there is.

    ``expected_ms``: what it should say by the sample clock, where this run of the box has seen it before.
    """
    last_ms = _last_ms(connection)
    expected_ms = last_ms if expected_ms is None else expected_ms
    if expected_ms is not None and abs(now_ms - expected_ms) > JUMP_MS:
        detail = {"before_ms": expected_ms}
        audit.write(connection, at_ms=now_ms, who="box", action=JUMPED, target="clock", detail=detail)
    elif last_ms is None or abs(now_ms - last_ms) > ROW_MS:
        audit.write(connection, at_ms=now_ms, who="box", action=SEEN, target="clock")
    row = connection.execute(
        "SELECT json_extract(detail, '$.before_ms'), at_ms FROM audit WHERE action = ? ORDER BY id DESC LIMIT 1",
        (JUMPED,),
    ).fetchone()
    return None if row is None else Jump(int(row[0]), int(row[1]))


def _last_ms(connection: sqlite3.Connection) -> int | None:
    """The last moment known: of this log, or, before it has a row, of the newest audit row or call."""
    row = connection.execute(
        "SELECT at_ms FROM audit WHERE action IN (?, ?) ORDER BY id DESC LIMIT 1", (SEEN, JUMPED)
    ).fetchone()
    if row is not None:
        return int(row[0])
    rows = [
        *connection.execute("SELECT at_ms FROM audit ORDER BY id DESC LIMIT 1"),
        *connection.execute("SELECT started_ms FROM calls ORDER BY id DESC LIMIT 1"),
    ]
    return max((int(row[0]) for row in rows), default=None)
