"""The read side: what pages and tools see, in any process, never in the way of the writer.

Each ``snapshot()`` is a short-lived connection that cannot write, inside one read transaction, so that the parts of a
page agree with each other; WAL lets it read while the writer writes. Keep snapshots short: an open one holds back the
WAL's checkpoint.

A box that is stopped has closed its WAL, and SQLite cannot then open the file for a reader without write rights to
the folder; told that the box is stopped, the reader opens it ``immutable``. It refuses to where a WAL with data is
left (the box was killed): the file alone would be an old or a torn picture.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from firmware.supervisor.store.errors import StoreError, Unreadable
from firmware.supervisor.store.migrate import check_identity, latest

BUSY_TIMEOUT_MS = 2_000  # a reader meets a lock only while the file recovers or changes its journal


class Reader:
    """Opens snapshots of the store at ``path``; holds no connection, may be shared by threads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def snapshot(self, *, box_stopped: bool = False) -> Iterator[sqlite3.Connection]:
        """A read-only connection with ``sqlite3.Row`` rows that sees one moment of the store.

        ``box_stopped``: nobody answers on the control socket. Raises ``Unreadable`` with a sentence for the page.
        """
        connection = self._open(box_stopped)
        try:
            yield connection
        finally:
            connection.close()

    def _open(self, box_stopped: bool) -> sqlite3.Connection:
        if not self.path.exists():
            raise Unreadable(f"{self.path}: no such file; the box has never been started here")
        try:
            return self._connect("mode=ro")
        except sqlite3.OperationalError as error:
            if not box_stopped:
                raise Unreadable(f"{self.path}: {error}") from error
            if self._has_wal():
                raise Unreadable(f"{self.path}: the box was not stopped cleanly; start it once") from error
        try:
            return self._connect("immutable=1")
        except sqlite3.OperationalError as error:
            raise Unreadable(f"{self.path}: {error}") from error

    def _has_wal(self) -> bool:
        wal = Path(f"{self.path}-wal")
        return wal.exists() and wal.stat().st_size > 0

    def _connect(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(self.path.resolve()))}?{how}", uri=True, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("BEGIN")
            version = check_identity(connection)  # also the read that opens the transaction
            if version != latest():
                raise Unreadable(f"{self.path}: layout {version}, this page reads {latest()}; start the box once")
        except sqlite3.OperationalError:
            connection.close()
            raise
        except (sqlite3.DatabaseError, StoreError) as error:
            connection.close()
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"{self.path}: {error}") from error
        return connection
