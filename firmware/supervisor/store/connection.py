"""The writer's connection: opened with all its checks, a whole transaction at a time, replaced where it cannot rest.

Used by one thread. Errors are ``NewerFile``, ``NotOurs``, ``Damaged`` or ``sqlite3.Error``; ``is_sick`` tells those
that speak of the disk or the file from those of the job.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.supervisor.store.errors import Damaged, NewerFile, NotOurs, StoreError, TransactionEnded
from firmware.supervisor.store.migrate import check_identity, migrate

# Primary result codes that speak of the disk or the file, not of the job: the store's lamp turns to degraded.
_SICK = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}


class Connection:
    """To the file at ``path``, created when missing; opened by ``open`` or with the first job."""

    def __init__(self, path: Path, busy_timeout_ms: int) -> None:
        self.path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._open: sqlite3.Connection | None = None

    def open(self) -> sqlite3.Connection:
        """Opens it, checks it and brings it up to date."""
        if self._open is None:
            self._open = self._opened()
        return self._open

    def transact(self, run: Callable[[sqlite3.Connection], Any]) -> Any:
        """Runs a job between BEGIN and COMMIT; after whatever it raised, ``rest``."""
        connection = self.open()
        connection.execute("BEGIN IMMEDIATE")
        result = run(connection)
        if isinstance(result, sqlite3.Cursor):
            raise StoreError("a job returned a cursor: fetch its rows, they cannot leave the writer's thread")
        if not connection.in_transaction:
            raise TransactionEnded("a job ended its own transaction (COMMIT, ROLLBACK or executescript)")
        connection.execute("COMMIT")
        return result

    def rest(self) -> None:
        """Leave no transaction open; a connection that cannot even roll back is replaced at the next job."""
        connection = self._open
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._open = None
            connection.close()

    def close(self) -> None:
        """Folds the WAL back and closes. Raises ``sqlite3.Error`` where that fails; it is closed all the same."""
        connection, self._open = self._open, None
        if connection is None:
            return
        try:
            connection.execute("PRAGMA optimize")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, cached_statements=256)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")
            _check_whole(connection, self.path)
            check_identity(connection)  # before anything is changed in what may be somebody else's file
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # deleted numbers do not linger in free pages
            connection.execute("PRAGMA trusted_schema = OFF")
            migrate(connection)  # leaves foreign_keys on
        except BaseException:
            connection.close()
            raise
        return connection


def is_sick(error: BaseException) -> bool:
    """Whether the disk or the file is to blame."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, OSError | Damaged | NewerFile | NotOurs) or (code is not None and code & 0xFF in _SICK)


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    try:
        verdict = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_NOTADB:
            raise NotOurs(f"{path}: not a database: {error}") from error
        if code == sqlite3.SQLITE_CORRUPT:
            raise Damaged(f"{path}: damaged: {error}; restore a backup") from error
        raise
    if verdict != ["ok"]:
        raise Damaged(f"{path}: damaged: {'; '.join(verdict)}; restore a backup")
