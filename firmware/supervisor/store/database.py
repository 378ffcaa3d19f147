"""The writer: one thread that owns the connection and runs whole transactions as jobs.

A job is a function that takes the connection. It runs between ``BEGIN IMMEDIATE`` and ``COMMIT``; whatever it returns
or raises, any exception at all, goes to the caller's future, and a job that raised leaves nothing behind. An
acknowledged job is on the disk (WAL, ``synchronous=FULL``: measured in reference/image.md 7). Jobs run in the order
of submission.

Life cycle: the constructor opens, checks and migrates the file and raises what it finds wrong (``patient``: keeps it
for ``health()`` and tries again, since telephones ring whatever a disk says); ``stop()`` runs what is waiting, folds
the WAL back and closes; a normal exit of the process without ``stop()`` does the same. Every future is settled,
whatever happens: submissions after ``stop()`` raise ``Stopped``, the lock leaves no gap between the two.

Failure: the thread never dies. Where the disk fails (I/O error, full, damaged, locked by another) the job's caller
gets the error, ``health().degraded`` says so until a job has succeeded again, and the connection is opened anew if it
does not come back to rest. What must not be lost, the log of a call, is handed over with ``keep``: it waits in memory,
in its order, and is tried again until the disk takes it; only a box that is stopped meanwhile loses it. Why not the
package ``sqlite3worker``: docs/architecture.md.
"""

from __future__ import annotations

import atexit
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from firmware.supervisor.store.errors import (
    Damaged,
    NewerFile,
    NotOurs,
    Overloaded,
    Stopped,
    StoreError,
    TransactionEnded,
)
from firmware.supervisor.store.migrate import check_identity, migrate

P = ParamSpec("P")
T = TypeVar("T")

WAITING_LIMIT = 10_000  # jobs; a call makes about 20, so this is hours of a disk that stands still
RETRY_S = 1.0  # between two tries of what is kept, by the monotonic clock
BUSY_TIMEOUT_MS = 5_000  # how long a job waits for another process's lock (a backup tool) before it fails
# Primary result codes that speak of the disk or the file, not of the job: they turn the store's lamp to degraded.
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


@dataclass(frozen=True)
class DatabaseHealth:
    """What the Health page and the watchdog ask: is the writer well, and how much waits for it."""

    degraded: str | None  # why the last job that met the disk failed; None = well
    failures: int  # tries of a job since the start that failed by the disk's fault
    waiting: int  # jobs handed over and not yet settled


@dataclass(frozen=True)
class Kept(Generic[T]):
    """What was handed over to be kept. ``tried``: the disk has taken or refused it; ``done``: it has taken it."""

    tried: Future[None]
    done: Future[T]


@dataclass(frozen=True)
class _Job:
    run: Callable[[sqlite3.Connection], Any]
    future: Future[Any]
    tried: Future[None] | None = None  # of one that is kept

    def tell_tried(self) -> None:
        """It is done, or the disk does not take it now."""
        if self.tried is not None and not self.tried.done():
            self.tried.set_result(None)


class Database:
    """The store's one writer. ``path``: the file, created when missing; its folder must exist.

    Raises ``NewerFile``, ``NotOurs``, ``Damaged`` or ``sqlite3.Error`` when the file cannot be used; a ``patient`` one
    opens it as soon as that can be done, and until then its jobs fail, or wait if they are kept.
    """

    def __init__(
        self,
        path: Path,
        *,
        patient: bool = False,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        self.path = path
        self._patient = patient
        self._busy_timeout_ms = busy_timeout_ms
        self._waiting_limit = waiting_limit
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # guards _stopping and _waiting, and the order of the queue against stop()
        self._stopping = False
        self._waiting = 0
        self._failures = 0
        self._degraded: str | None = None
        self._backlog: deque[_Job] = deque()  # kept jobs that the disk has refused, and those behind them
        self._retry_at = 0.0
        self._connection: sqlite3.Connection | None = None
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(opened,), name="store-writer", daemon=True)
        self._thread.start()
        opened.result()
        # Daemon, so that a forgotten stop() cannot hang the exit; this handler runs while the thread still lives.
        atexit.register(self.stop)

    def write(
        self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Run ``fn(connection, *args, **kwargs)`` as one transaction; the future gives its result once it is on disk.

        A job handed over always runs: cancelling the future has no effect, since the caller's end (a call that hangs
        up) must not undo what happened. Raises ``Stopped`` after ``stop()`` and ``Overloaded`` when too many jobs wait.
        """
        return self._submit(lambda connection: fn(connection, *args, **kwargs))

    def keep(self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> Kept[T]:
        """As ``write``, but where the disk fails the job waits and is run again, before later ones that are kept.

        So it may run more than once: only what it does to the store counts. ``done`` gives an error where the job
        itself was wrong, or the disk's when ``stop()`` came first.
        """
        tried: Future[None] = Future()
        tried.set_running_or_notify_cancel()
        return Kept(tried, self._submit(lambda connection: fn(connection, *args, **kwargs), tried))

    def _submit(self, run: Callable[[sqlite3.Connection], T], tried: Future[None] | None = None) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._stopping:
                raise Stopped(f"{self.path}: the store is stopped")
            if self._waiting >= self._waiting_limit:
                raise Overloaded(f"{self.path}: {self._waiting} writes wait for the disk")
            self._waiting += 1
            self._jobs.put(_Job(run, future, tried))
        return future

    def health(self) -> DatabaseHealth:
        """How the writer is; callable from any thread, never blocks on the disk."""
        with self._lock:
            return DatabaseHealth(self._degraded, self._failures, self._waiting)

    def stop(self, timeout_s: float | None = None) -> bool:
        """Run what is waiting, fold the WAL back, close. False when ``timeout_s`` passed first. May be called again."""
        with self._lock:
            if not self._stopping:
                self._stopping = True
                self._jobs.put(None)
        atexit.unregister(self.stop)
        if threading.current_thread() is not self._thread:  # a job may ask for the stop; it cannot wait for itself
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # Everything below runs in the writer's thread.

    def _serve(self, opened: Future[None]) -> None:
        try:
            self._connection = self._open()
        except (StoreError, sqlite3.Error, OSError) as error:
            if not self._patient:
                opened.set_exception(error)
                return
            self._degraded = f"{type(error).__name__}: {error}"
        opened.set_result(None)
        while True:
            try:
                job = self._jobs.get(timeout=RETRY_S if self._backlog else None)
            except queue.Empty:
                self._catch_up()
                continue
            if job is None:
                break
            if job.tried is not None and self._backlog:
                self._backlog.append(job)
                job.tell_tried()
            elif not self._settle(job):
                self._backlog.append(job)
                self._retry_at = time.monotonic() + RETRY_S
            if self._backlog and (self._degraded is None or time.monotonic() >= self._retry_at):
                self._catch_up()
        self._catch_up()
        for job in self._backlog:
            self._settle(job, last=True)
        self._close()

    def _catch_up(self) -> None:
        """Runs what waits for the disk, as far as the disk lets it."""
        while self._backlog and self._settle(self._backlog[0]):
            self._backlog.popleft()
        self._retry_at = time.monotonic() + RETRY_S

    def _settle(self, job: _Job, *, last: bool = False) -> bool:
        """Runs a job and gives its future what came of it; False: kept, and to be tried again (unless ``last``)."""
        result: Any = None
        failure: BaseException | None = None
        try:
            result = self._transact(job.run)
        except BaseException as error:  # any exception is the caller's; the thread lives on
            failure = error
        self._rest()
        again = job.tried is not None and not last and failure is not None and _is_sick(failure)
        with self._lock:
            self._waiting -= 0 if again else 1
            if failure is None:
                self._degraded = None
            elif _is_sick(failure):
                self._failures += 1
                self._degraded = f"{type(failure).__name__}: {failure}"
        if not again:
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)
        job.tell_tried()
        return not again

    def _transact(self, run: Callable[[sqlite3.Connection], Any]) -> Any:
        if self._connection is None:
            self._connection = self._open()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        result = run(connection)
        if isinstance(result, sqlite3.Cursor):
            raise StoreError("a job returned a cursor: fetch its rows, they cannot leave the writer's thread")
        if not connection.in_transaction:
            raise TransactionEnded("a job ended its own transaction (COMMIT, ROLLBACK or executescript)")
        connection.execute("COMMIT")
        return result

    def _rest(self) -> None:
        """Leave no transaction open; a connection that cannot even roll back is replaced at the next job."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection = None
            connection.close()

    def _open(self) -> sqlite3.Connection:
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

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.execute("PRAGMA optimize")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:  # every job is committed already: the WAL is read at the next start
            with self._lock:
                self._degraded = f"the file could not be closed cleanly: {error}"
        finally:
            connection.close()


def _is_sick(error: BaseException) -> bool:
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
