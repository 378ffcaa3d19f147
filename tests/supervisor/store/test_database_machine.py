"""Any order of submitting, failing, stopping and starting again: what was acknowledged is there, nothing else is."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Stopped
from firmware.supervisor.store.reader import Reader

WAIT_S = 30.0


def add(connection: sqlite3.Connection, name: str, failure: BaseException | None, times: int = 1) -> int:
    for _ in range(times):
        connection.execute("INSERT INTO mailboxes (name) VALUES (?)", (name,))
    if failure is not None:
        raise failure
    return times


FAILURES = st.sampled_from([ValueError("v"), SystemExit(3), KeyboardInterrupt(), sqlite3.OperationalError("o")])


class Submissions(RuleBasedStateMachine):
    """``expected``: the names that must be in the table, in order; ``open``: futures not yet looked at."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "frontdesk.db"
        self.database = Database(self.path)
        self.running = True
        self.expected: list[str] = []
        self.open: list[tuple[Future[Any], BaseException | None]] = []
        self.number = 0

    def _name(self) -> str:
        self.number += 1
        return str(self.number)

    @precondition(lambda self: self.running)
    @rule(times=st.integers(1, 3))
    def submit(self, times: int) -> None:
        name = self._name()
        self.open.append((self.database.write(add, name, None, times), None))
        self.expected += [name] * times

    @precondition(lambda self: self.running)
    @rule(failure=FAILURES, times=st.integers(0, 3))
    def submit_failing(self, failure: BaseException, times: int) -> None:
        self.open.append((self.database.write(add, self._name(), failure, times), failure))

    @precondition(lambda self: self.running)
    @rule(how=st.sampled_from(["COMMIT", "ROLLBACK", "SELECT * FROM nowhere"]))
    def submit_meddling(self, how: str) -> None:
        future: Future[Any] = self.database.write(lambda connection: connection.execute(how).fetchall())
        assert future.exception(WAIT_S) is not None

    @precondition(lambda self: self.running)
    @rule()
    def cancel_the_last(self) -> None:
        if self.open:
            assert not self.open[-1][0].cancel()

    @rule()
    def stop(self) -> None:
        assert self.database.stop(WAIT_S)
        self.running = False
        assert all(future.done() for future, _ in self.open)

    @precondition(lambda self: not self.running)
    @rule()
    def submit_too_late(self) -> None:
        try:
            self.database.write(add, self._name(), None)
        except Stopped:
            return
        raise AssertionError("a stopped store took a write")

    @precondition(lambda self: not self.running)
    @rule()
    def start_again(self) -> None:
        self.database = Database(self.path)
        self.running = True

    @rule()
    def look(self) -> None:
        for future, failure in self.open:
            assert future.exception(WAIT_S) is failure
        self.open.clear()
        with Reader(self.path).snapshot() as connection:
            rows = connection.execute("SELECT name FROM mailboxes WHERE id > 1 ORDER BY id").fetchall()
        assert [row[0] for row in rows] == self.expected

    @invariant()
    def nothing_waits_once_stopped(self) -> None:
        if not self.running:
            assert self.database.health().waiting == 0

    def teardown(self) -> None:
        self.look()
        self.database.stop()
        shutil.rmtree(self.folder)


TestSubmissions = Submissions.TestCase
TestSubmissions.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
