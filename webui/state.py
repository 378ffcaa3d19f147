"""What the web process keeps for itself: `$FRONTDESK_HOME/web/web.db` (sessions, login throttle) and a signing key.

Life cycle: opened once at start (folder mode 0700, files 0600), closed at the end. One connection behind one lock: the
tables are small and every statement takes well under a millisecond. A database that is damaged is put aside as
`web.db.broken` and a new one begun: everybody logs in again, nothing of the box is lost. Where the disk has no room all
of it is kept in memory, so that somebody can log in and delete.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_LAYOUT = """
CREATE TABLE IF NOT EXISTS sessions (
    id_hash  TEXT PRIMARY KEY,          -- SHA-256 of the opaque id; the id itself is only in the browser
    user     INTEGER NOT NULL,
    kept     INTEGER NOT NULL,          -- 1 = "this is my device"
    agent    TEXT NOT NULL,
    address  TEXT NOT NULL,
    begun_s  REAL NOT NULL,
    seen_s   REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user);
CREATE TABLE IF NOT EXISTS filters (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    user   INTEGER NOT NULL,
    name   TEXT NOT NULL,
    query  TEXT NOT NULL,               -- of the Calls page
    UNIQUE (user, name)
) STRICT;
CREATE TABLE IF NOT EXISTS tries (
    key      TEXT PRIMARY KEY,          -- SHA-256 of what was tried: an address, a name, or both
    wrong    INTEGER NOT NULL,
    last_s   REAL NOT NULL,
    retry_s  REAL NOT NULL              -- no further try before this moment
) STRICT;
"""


class State:
    """The web process's own database and signing key.

    Args:
        folder: `$FRONTDESK_HOME/web`; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._lock = threading.Lock()
        self._connection = self._open(folder / "web.db")
        self.secret = _secret(folder / "secret.key")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction; rolled back when the block raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _open(self, path: Path) -> sqlite3.Connection:
        try:
            return _connect(path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                log.warning("%s: %s; until the next start who is logged in is kept in memory", path, error)
                return _connect(None)
            for tail in ("", "-wal", "-shm"):
                part = path.with_name(path.name + tail)
                if part.exists():
                    part.replace(path.with_name(f"{path.name}.broken{tail}"))
            return _connect(path)


def _connect(path: Path | None) -> sqlite3.Connection:
    """The database at `path`, or one in memory."""
    if path is not None:
        path.touch(mode=0o600)
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=5.0)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(_LAYOUT)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _secret(path: Path) -> bytes:
    """The key that signs form tokens: 32 random bytes, made once, so that open forms outlive a restart."""
    with contextlib.suppress(FileNotFoundError):
        kept = path.read_bytes()
        if len(kept) == 32:
            return kept
    fresh = secrets.token_bytes(32)
    try:
        _write(path, fresh)
    except OSError as error:
        log.warning("%s: %s; forms that are open now do not outlive the next start", path, error.strerror)
    return fresh


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
