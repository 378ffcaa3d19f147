"""Settings whose home is the page, as rows of JSON; what a value may be is the schema's affair, not this module's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping


def stored_settings(connection: sqlite3.Connection) -> dict[str, object]:
    """Every row, decoded; a value that is not JSON comes as it stands, for the schema to refuse."""
    rows: dict[str, object] = {}
    for key, value in connection.execute("SELECT key, value FROM settings ORDER BY key"):
        try:
            rows[key] = json.loads(value)
        except ValueError:
            rows[key] = value
    return rows


def store_setting(connection: sqlite3.Connection, key: str, value: object, *, by: str, now_ms: int) -> None:
    """Keep ``value`` for ``key``; ``by`` says who changed it ('user:1', 'box')."""
    connection.execute(
        "INSERT INTO settings (key, value, changed_ms, changed_by) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_ms = excluded.changed_ms, "
        "changed_by = excluded.changed_by",
        (key, json.dumps(value), now_ms, by),
    )


def seed_settings(connection: sqlite3.Connection, first_boot: Mapping[str, object], *, now_ms: int) -> bool:
    """Fill an empty table from ``[first_boot]``; a table that holds anything is left alone. True when it was filled."""
    if connection.execute("SELECT 1 FROM settings LIMIT 1").fetchone() is not None:
        return False
    for key, value in first_boot.items():
        store_setting(connection, key, value, by="first boot", now_ms=now_ms)
    return bool(first_boot)
