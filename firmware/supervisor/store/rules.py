"""The office's rules as rows of JSON, in order; what they may say is the rules room's affair."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from firmware.supervisor.store.errors import NotFound


def kept(connection: sqlite3.Connection, mailbox: int = 1) -> dict[int, Any]:
    """The rules of a mailbox by their id, in order; what is no JSON comes as its text, for the reader to refuse."""
    rows = connection.execute("SELECT id, rule FROM rules WHERE mailbox = ? ORDER BY position, id", (mailbox,))
    return {int(row): _decoded(rule) for row, rule in rows}


def add(connection: sqlite3.Connection, rule: dict[str, Any], mailbox: int = 1) -> int:
    """Puts a rule after the others; returns its id."""
    cursor = connection.execute(
        "INSERT INTO rules (mailbox, position, rule) "
        "SELECT ?, coalesce(max(position), 0) + 1, ? FROM rules WHERE mailbox = ?",
        (mailbox, json.dumps(rule, ensure_ascii=False), mailbox),
    )
    return int(cursor.lastrowid or 0)


def remove(connection: sqlite3.Connection, rule: int, mailbox: int = 1) -> None:
    """Takes a rule away. Raises ``NotFound``."""
    if connection.execute("DELETE FROM rules WHERE id = ? AND mailbox = ?", (rule, mailbox)).rowcount != 1:
        raise NotFound(f"there is no rule {rule}")


def replace_contact(connection: sqlite3.Connection, contact: int, by: int) -> None:
    """Groups that hold one contact hold another in its place: two contacts are one person."""
    for row, rule in connection.execute("SELECT id, rule FROM rules").fetchall():
        decoded = _decoded(rule)
        members = decoded.get("contacts") if isinstance(decoded, dict) else None
        if isinstance(members, list) and contact in members:
            decoded["contacts"] = list(dict.fromkeys(by if one == contact else one for one in members))
            connection.execute("UPDATE rules SET rule = ? WHERE id = ?", (json.dumps(decoded, ensure_ascii=False), row))


def _decoded(rule: str) -> Any:
    try:
        return json.loads(rule)
    except ValueError:
        return rule
