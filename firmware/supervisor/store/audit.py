"""Who did what to whose data, and when: log-ins, downloads, changes. Rows are added, never changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any


def write(
    connection: sqlite3.Connection,
    *,
    at_ms: int,
    who: str,
    action: str,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """``who`` ('user:1', 'box', 'handset:C') did ``action`` to ``target`` ('message:7'); returns the row's id."""
    cursor = connection.execute(
        "INSERT INTO audit (at_ms, who, action, target, detail) VALUES (?, ?, ?, ?, ?)",
        (at_ms, who, action, target, json.dumps(dict(detail or {}), ensure_ascii=False)),
    )
    return int(cursor.lastrowid or 0)
