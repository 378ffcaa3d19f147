"""Who may use the page. The hash is made and checked by the web process; the store only keeps it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from firmware.supervisor.store.errors import Conflict, NotFound


@dataclass(frozen=True)
class User:
    """One row; ``disabled`` users cannot log in, nor any from ``expires_ms`` on. ``line`` None: calls out on any."""

    id: int
    name: str
    role: str
    password_hash: str
    mailbox: int
    language: str
    line: str | None
    disabled: bool
    expires_ms: int | None

    def usable(self, now_ms: int) -> bool:
        """Whether this user may use the box at this moment."""
        return not self.disabled and (self.expires_ms is None or now_ms < self.expires_ms)


_SELECT = (
    "SELECT id, name, role, password_hash, mailbox, language, line, disabled_ms IS NOT NULL AS disabled, "
    "expires_ms FROM users"
)


def any_user(connection: sqlite3.Connection) -> bool:
    """False until the first visit has made the admin."""
    return connection.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def create_first(connection: sqlite3.Connection, name: str, password_hash: str, now_ms: int) -> int:
    """The first visit makes the admin; raises ``Conflict`` once any user exists."""
    if any_user(connection):
        raise Conflict("the first visit is over: a user exists")
    cursor = connection.execute(
        "INSERT INTO users (name, role, password_hash, created_ms) VALUES (?, 'admin', ?, ?)",
        (name, password_hash, now_ms),
    )
    return int(cursor.lastrowid or 0)


def create(connection: sqlite3.Connection, name: str, role: str, password_hash: str, own: bool, now_ms: int) -> int:
    """One more user; ``own``: with a mailbox of their own, else the office's. Raises ``Conflict`` for a name in use."""
    if by_name(connection, name) is not None:
        raise Conflict(f"somebody logs in as {name} already")
    mailbox = 1
    if own:
        mailbox = int(connection.execute("INSERT INTO mailboxes (name) VALUES (?)", (name,)).lastrowid or 1)
    cursor = connection.execute(
        "INSERT INTO users (name, role, password_hash, mailbox, created_ms) VALUES (?, ?, ?, ?, ?)",
        (name, role, password_hash, mailbox, now_ms),
    )
    return int(cursor.lastrowid or 0)


def change(
    connection: sqlite3.Connection, user: int, role: str, disabled: bool, expires_ms: int | None, now_ms: int
) -> None:
    """Role, lock and end of a user. Raises ``NotFound``, and ``Conflict`` where no administrator would be left."""
    changed = connection.execute(
        "UPDATE users SET role = ?, disabled_ms = iif(?, coalesce(disabled_ms, ?), NULL), expires_ms = ? WHERE id = ?",
        (role, disabled, now_ms, expires_ms, user),
    )
    if changed.rowcount != 1:
        raise NotFound(f"there is no user {user}")
    left = connection.execute(
        "SELECT count(*) FROM users WHERE role = 'admin' AND disabled_ms IS NULL AND expires_ms IS NULL"
    ).fetchone()
    if left[0] == 0:
        raise Conflict("one administrator must be left, not locked and without an end")


def everybody(connection: sqlite3.Connection) -> list[User]:
    """All users, by name."""
    rows = connection.execute(f"{_SELECT} ORDER BY name COLLATE NOCASE, id")
    return [user for row in rows if (user := _user(row)) is not None]


def set_password(connection: sqlite3.Connection, user: int, password_hash: str) -> None:
    """Replace the hash. Raises ``NotFound``."""
    changed = connection.execute("UPDATE users SET password_hash = ? WHERE id = ?", (password_hash, user))
    if changed.rowcount != 1:
        raise NotFound(f"there is no user {user}")


def by_id(connection: sqlite3.Connection, user: int) -> User | None:
    """The user with that id; None when there is none."""
    return _user(connection.execute(f"{_SELECT} WHERE id = ?", (user,)).fetchone())


def by_name(connection: sqlite3.Connection, name: str) -> User | None:
    """The user who logs in as ``name`` (case counts not); None when there is none."""
    return _user(connection.execute(f"{_SELECT} WHERE name = ? COLLATE NOCASE ORDER BY id LIMIT 1", (name,)).fetchone())


def _user(row: sqlite3.Row | None) -> User | None:
    if row is None:
        return None
    fields = dict(row)
    return User(**{**fields, "disabled": bool(fields["disabled"])})
