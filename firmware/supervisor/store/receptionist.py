"""The receptionist's tree as one row of JSON; what it may say is the rules room's affair."""

from __future__ import annotations

import json
import sqlite3
from typing import Any


def kept(connection: sqlite3.Connection) -> Any:
    """The tree as it was kept, None where there is none (any more that can be read)."""
    row = connection.execute("SELECT tree FROM receptionist WHERE id = 1").fetchone()
    try:
        return None if row is None else json.loads(row[0])
    except ValueError:
        return None


def keep(connection: sqlite3.Connection, tree: Any, *, by: str, now_ms: int) -> None:
    """Puts the tree in the place of the one before."""
    connection.execute(
        "INSERT INTO receptionist (id, tree, changed_ms, changed_by) VALUES (1, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET tree = excluded.tree, changed_ms = excluded.changed_ms, "
        "changed_by = excluded.changed_by",
        (json.dumps(tree, ensure_ascii=False), now_ms, by),
    )


def last_used(connection: sqlite3.Connection) -> dict[str, int]:
    """When each handset's last call ended, in ms since 1970."""
    rows = connection.execute("SELECT port, max(ended_ms) FROM calls WHERE port IS NOT NULL GROUP BY port")
    return {str(port): int(ended_ms or 0) for port, ended_ms in rows}
