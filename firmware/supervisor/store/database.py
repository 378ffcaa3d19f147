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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from firmware.supervisor.store.connection import Connection, is_sick
from firmware.supervisor.store.errors import Overloaded, Stopped, StoreError

P = ParamSpec("P")
T = TypeVar("T")

WAITING_LIMIT = 10_000  # jobs; a call makes about 20, so this is hours of a disk that stands still
RETRY_S = 1.0  # between two tries of what is kept, by the monotonic clock
BUSY_TIMEOUT_MS = 5_000  # how long a job waits for another process's lock (a backup tool) before it fails


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


@dataclass
class _Lamp:
    """What Health shows of the writer, under its lock."""

    degraded: str | None = None
    failures: int = 0


@dataclass
class _Backlog:
    """Kept jobs that the disk has refused, and those behind them; not tried again before ``retry_at``."""

    jobs: deque[_Job] = field(default_factory=deque)
    retry_at: float = 0.0


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
        self._connection = Connection(path, busy_timeout_ms)
        self._patient = patient
        self._waiting_limit = waiting_limit
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # guards _stopping and _waiting, and the order of the queue against stop()
        self._stopping = False
        self._waiting = 0
        self._lamp = _Lamp()
        self._backlog = _Backlog()
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(opened,), name="store-writer", daemon=True)
        self._thread.start()
        opened.result()
        # Daemon, so that a forgotten stop() cannot hang the exit; this handler runs while the thread still lives.
        atexit.register(self.stop)

    @property
    def path(self) -> Path:
        """The file."""
        return self._connection.path

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
                raise Stopped(f"{self._connection.path}: the store is stopped")
            if self._waiting >= self._waiting_limit:
                raise Overloaded(f"{self._connection.path}: {self._waiting} writes wait for the disk")
            self._waiting += 1
            self._jobs.put(_Job(run, future, tried))
        return future

    def health(self) -> DatabaseHealth:
        """How the writer is; callable from any thread, never blocks on the disk."""
        with self._lock:
            return DatabaseHealth(self._lamp.degraded, self._lamp.failures, self._waiting)

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
            self._connection.open()
        except (StoreError, sqlite3.Error, OSError) as error:
            if not self._patient:
                opened.set_exception(error)
                return
            self._lamp.degraded = f"{type(error).__name__}: {error}"
        opened.set_result(None)
        while True:
            try:
                job = self._jobs.get(timeout=RETRY_S if self._backlog.jobs else None)
            except queue.Empty:
                self._catch_up()
                continue
            if job is None:
                break
            if job.tried is not None and self._backlog.jobs:
                self._backlog.jobs.append(job)
                job.tell_tried()
            elif not self._settle(job):
                self._backlog.jobs.append(job)
                self._backlog.retry_at = time.monotonic() + RETRY_S
            if self._backlog.jobs and (self._lamp.degraded is None or time.monotonic() >= self._backlog.retry_at):
                self._catch_up()
        self._catch_up()
        for job in self._backlog.jobs:
            self._settle(job, last=True)
        self._close()

    def _catch_up(self) -> None:
        """Runs what waits for the disk, as far as the disk lets it."""
        waiting = self._backlog.jobs
        while waiting and self._settle(waiting[0]):
            waiting.popleft()
        self._backlog.retry_at = time.monotonic() + RETRY_S

    def _settle(self, job: _Job, *, last: bool = False) -> bool:
        """Runs a job and gives its future what came of it; False: kept, and to be tried again (unless ``last``)."""
        result: Any = None
        failure: BaseException | None = None
        try:
            result = self._connection.transact(job.run)
        except BaseException as error:  # any exception is the caller's; the thread lives on
            failure = error
        self._connection.rest()
        again = job.tried is not None and not last and failure is not None and is_sick(failure)
        with self._lock:
            self._waiting -= 0 if again else 1
            if failure is None:
                self._lamp.degraded = None
            elif is_sick(failure):
                self._lamp.failures += 1
                self._lamp.degraded = f"{type(failure).__name__}: {failure}"
        if not again:
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)
        job.tell_tried()
        return not again

    def _close(self) -> None:
        try:
            self._connection.close()
        except sqlite3.Error as error:  # every job is committed already: the WAL is read at the next start
            with self._lock:
                self._lamp.degraded = f"the file could not be closed cleanly: {error}"
