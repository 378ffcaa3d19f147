"""The writer, against every failure of sqlite3worker that reference/peers.md 3.2 lists, by its row number."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Damaged, NotOurs, Overloaded, Stopped, StoreError, TransactionEnded
from firmware.supervisor.store.reader import Reader

WAIT_S = 30.0  # a hang is a failure, not a wait for ever


def add(connection: sqlite3.Connection, name: Any) -> int:
    return int(connection.execute("INSERT INTO mailboxes (name) VALUES (?) RETURNING id", (name,)).fetchone()[0])


def names(connection: sqlite3.Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute("SELECT name FROM mailboxes WHERE id > 1 ORDER BY id")]


def on_disk(path: Path) -> list[str]:
    with Reader(path).snapshot() as connection:
        return names(connection)


# Row 1: a failed INSERT was only logged.
@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("INSERT INTO mailboxes (id, name) VALUES (1, 'twice')", sqlite3.IntegrityError),
        ("INSERT INTO mailboxes (name) VALUES (NULL)", sqlite3.IntegrityError),
        ("INSERT INTO contact_numbers (contact, kind, raw) VALUES (999, 'work', '1')", sqlite3.IntegrityError),
        ("INSERT INTO calls (direction, started_ms, utc_offset_min) VALUES ('sideways', 1, 0)", sqlite3.IntegrityError),
        ("INSERT INTO nowhere VALUES (1)", sqlite3.OperationalError),
    ],
)
def test_a_failed_write_reaches_its_caller(database: Database, sql: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        database.write(lambda connection: connection.execute(sql).fetchall()).result(WAIT_S)
    assert database.write(add, "after").result(WAIT_S) == 2


# Row 2: a failed SELECT gave a string where rows were expected.
def test_a_failed_query_raises(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        database.write(lambda connection: connection.execute("SELECT colour FROM calls").fetchall()).result(WAIT_S)


# Row 3: results of these were thrown away.
@pytest.mark.parametrize(
    "sql",
    [
        "WITH n AS (SELECT 1 AS one) SELECT one FROM n",
        "PRAGMA user_version",
        "INSERT INTO mailboxes (name) VALUES ('x') RETURNING id",
        "EXPLAIN SELECT 1",
        "VALUES (1), (2)",
        "/* why */ SELECT 1",
    ],
)
def test_every_kind_of_statement_gives_its_rows(database: Database, sql: str) -> None:
    assert database.write(lambda connection: len(connection.execute(sql).fetchall())).result(WAIT_S) > 0


# Row 4: two of three INSERTs were kept.
def test_a_job_is_all_or_nothing(database: Database, path: Path) -> None:
    def three(connection: sqlite3.Connection) -> None:
        add(connection, "first")
        add(connection, None)
        add(connection, "third")

    with pytest.raises(sqlite3.IntegrityError):
        database.write(three).result(WAIT_S)
    assert on_disk(path) == []


# Row 5: BEGIN, INSERT, pause, ROLLBACK kept the row, since the worker committed whenever its queue was empty.
def test_nothing_is_committed_while_a_job_pauses(database: Database, path: Path) -> None:
    inserted, go_on = threading.Event(), threading.Event()

    def pausing(connection: sqlite3.Connection) -> None:
        add(connection, "half")
        inserted.set()
        assert go_on.wait(WAIT_S)
        raise LookupError("thought better of it")

    future = database.write(pausing)
    assert inserted.wait(WAIT_S)
    assert on_disk(path) == []
    go_on.set()
    with pytest.raises(LookupError):
        future.result(WAIT_S)
    assert on_disk(path) == []


@pytest.mark.parametrize("ending", ["ROLLBACK", "COMMIT"])
def test_a_job_that_ends_its_transaction_is_told(database: Database, ending: str) -> None:
    def meddling(connection: sqlite3.Connection) -> None:
        add(connection, "meddled")
        connection.execute(ending)

    with pytest.raises(TransactionEnded):
        database.write(meddling).result(WAIT_S)
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        database.write(lambda connection: connection.execute("BEGIN").fetchall()).result(WAIT_S)
    assert isinstance(database.write(add, "after").result(WAIT_S), int)


# Row 6: these values killed the thread, and the next reader hung for ever.
@pytest.mark.parametrize("value", [1 << 63, -(1 << 70), "\ud800", object(), float("nan")])
def test_no_value_kills_the_writer(database: Database, value: Any) -> None:
    with pytest.raises((OverflowError, UnicodeEncodeError, sqlite3.Error)):
        database.write(add, value).result(WAIT_S)
    assert database.write(add, "alive").result(WAIT_S) == 2


@pytest.mark.parametrize("text", ["2026-01-01T10:00:00", "no time at all"])
def test_text_in_a_timestamp_column_is_text(database: Database, text: str) -> None:
    def keep(connection: sqlite3.Connection) -> str:
        connection.execute("CREATE TEMP TABLE moments (at TIMESTAMP)")
        connection.execute("INSERT INTO moments VALUES (?)", (text,))
        return str(connection.execute('SELECT at AS "at [timestamp]" FROM moments').fetchone()[0])

    assert database.write(keep).result(WAIT_S) == text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError])
def test_no_exception_kills_the_writer(database: Database, error: type[BaseException]) -> None:
    def failing(connection: sqlite3.Connection) -> None:
        raise error

    with pytest.raises(error):
        database.write(failing).result(WAIT_S)
    assert database.write(add, "alive").result(WAIT_S) == 2


# Row 7: another connection's read transaction at COMMIT killed the thread.
def test_a_reader_in_the_middle_does_not_disturb_a_commit(database: Database, reader: Reader) -> None:
    with reader.snapshot() as connection:
        assert names(connection) == []
        database.write(add, "meanwhile").result(WAIT_S)
        assert names(connection) == [], "a snapshot sees one moment"
    with reader.snapshot() as connection:
        assert names(connection) == ["meanwhile"]


# Row 8: with the lock held elsewhere INSERTs were lost in silence and callers blocked.
def test_a_lock_held_elsewhere_is_told_and_survived(database: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        database.write(add, "lost").result(WAIT_S)
    health = database.health()
    assert health.degraded is not None and "locked" in health.degraded
    assert (health.failures, health.waiting) == (1, 0)
    other.execute("ROLLBACK")
    other.close()
    database.write(add, "kept").result(WAIT_S)
    assert database.health().degraded is None
    assert on_disk(path) == ["kept"]


def test_what_cannot_wait_any_more_is_refused(path: Path) -> None:
    database = Database(path, waiting_limit=3)
    go_on = threading.Event()
    waiting: list[Future[Any]] = [database.write(lambda _: go_on.wait(WAIT_S))]
    waiting += [database.write(add, str(number)) for number in range(2)]
    with pytest.raises(Overloaded, match="3 writes wait"):
        database.write(add, "too many")
    go_on.set()
    assert [future.result(WAIT_S) for future in waiting] == [True, 2, 3]
    database.stop()


# Row 9: close() racing callers left them hanging.
def test_stop_settles_every_future_that_was_given_out(path: Path) -> None:
    for turn in range(20):
        database = Database(path)
        given: list[Future[int]] = []
        refused = threading.Event()

        def submit(
            database: Database = database, given: list[Future[int]] = given, refused: threading.Event = refused
        ) -> None:
            while True:
                try:
                    given.append(database.write(add, "x"))
                    given[-1].exception(WAIT_S)
                except Stopped:
                    refused.set()
                    return

        callers = [threading.Thread(target=submit) for _ in range(3)]
        for caller in callers:
            caller.start()
        while len(given) < turn:
            pass
        assert database.stop(WAIT_S)
        for caller in callers:
            caller.join(WAIT_S)
            assert not caller.is_alive()
        assert refused.is_set()
        assert all(isinstance(future.result(0), int) for future in given), "settled before stop() returned"


def test_after_stop_writes_are_refused_and_stop_may_be_repeated(database: Database, path: Path) -> None:
    database.write(add, "kept").result(WAIT_S)
    assert database.stop(WAIT_S) and database.stop(WAIT_S)
    with pytest.raises(Stopped):
        database.write(add, "late")
    assert not Path(f"{path}-wal").exists(), "a clean close leaves one file"


def test_a_job_may_stop_the_database(database: Database) -> None:
    assert database.write(lambda _: database.stop()).result(WAIT_S) is False
    assert database.stop(WAIT_S)


# Row 10: after a normal exit without close() nothing was on the disk.
def test_a_normal_exit_without_stop_keeps_every_row(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from firmware.supervisor.store.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        "for number in range(90):\n"
        "    database.write(lambda c, n: c.execute('INSERT INTO mailboxes (name) VALUES (?)', (n,)).rowcount,"
        " str(number))"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=WAIT_S)
    assert on_disk(path) == [str(number) for number in range(90)]


def test_kill_minus_nine_loses_no_acknowledged_row(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from firmware.supervisor.store.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        "number = 0\n"
        "while True:\n"
        "    database.write(lambda c, n: c.execute('INSERT INTO mailboxes (name) VALUES (?)', (n,)).rowcount,"
        " str(number)).result()\n"
        "    print(number, flush=True); number += 1"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        acknowledged = [running.stdout.readline().strip() for _ in range(200)]
        os.kill(running.pid, signal.SIGKILL)
        acknowledged += running.stdout.read().split()
    database = Database(path)
    kept = database.write(names).result(WAIT_S)
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) <= 1, "at most the one whose answer was on its way"
    verdict = database.write(lambda connection: connection.execute("PRAGMA integrity_check").fetchone()[0])
    assert verdict.result(WAIT_S) == "ok"
    database.stop()


# What sqlite3worker lacked.
def test_the_connection_is_set_up_for_power_cuts_and_privacy(database: Database) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 50}

    def ask(connection: sqlite3.Connection) -> dict[str, Any]:
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}

    assert database.write(ask).result(WAIT_S) == pragmas


def test_a_page_reads_while_a_job_writes(database: Database, reader: Reader) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        add(connection, "slow")
        started.set()
        assert go_on.wait(WAIT_S)

    future = database.write(slow)
    assert started.wait(WAIT_S)
    with reader.snapshot() as connection:
        assert names(connection) == []
    go_on.set()
    future.result(WAIT_S)


def test_a_full_disk_degrades_and_recovers(database: Database, path: Path) -> None:
    def limit(connection: sqlite3.Connection, pages: int) -> int:
        return int(connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0])

    used = database.write(limit, 1).result(WAIT_S)  # SQLite answers the pages in use: full from here on
    with pytest.raises(sqlite3.OperationalError, match="full"):
        database.write(add, "x" * 100_000).result(WAIT_S)
    assert "full" in (database.health().degraded or "")
    database.write(limit, used + 1000).result(WAIT_S)
    assert database.write(add, "x" * 100_000).result(WAIT_S) == 2
    assert database.health().degraded is None
    assert len(on_disk(path)) == 1


def test_what_is_kept_waits_for_a_full_disk_in_its_order_and_holds_up_nobody_else(
    database: Database, path: Path
) -> None:
    def limit(connection: sqlite3.Connection, pages: int) -> int:
        return int(connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0])

    used = database.write(limit, 1).result(WAIT_S)
    first, second = database.keep(add, "a" * 100_000), database.keep(add, "b")
    wrong = database.keep(add, None)
    for kept in (first, second):
        kept.tried.result(WAIT_S)
        assert not kept.done.done()
    assert database.health().waiting == 3
    with pytest.raises(sqlite3.OperationalError, match="full"):
        database.write(add, "c" * 100_000).result(WAIT_S)
    database.write(limit, used + 1000).result(WAIT_S)
    assert [first.done.result(WAIT_S), second.done.result(WAIT_S)] == [2, 3]
    with pytest.raises(sqlite3.IntegrityError):
        wrong.done.result(WAIT_S)
    assert [name[0] for name in on_disk(path)] == ["a", "b"]
    assert (database.health().waiting, database.health().degraded) == (0, None)


def test_a_stop_tries_what_is_kept_once_more_and_tells_what_is_lost(path: Path) -> None:
    for pages_at_stop, kept_names in ((1000, ["a"]), (0, [])):
        database = Database(path.with_suffix(f".{pages_at_stop}"))
        database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1").fetchone()[0]).result(WAIT_S)
        kept = database.keep(add, "a" * 100_000)
        kept.tried.result(WAIT_S)
        if pages_at_stop:
            with pytest.raises(sqlite3.Error):  # the mend comes with a job that itself fails
                database.write(_mend_and_fail).result(WAIT_S)
        assert database.stop(WAIT_S)
        assert [name[0] for name in on_disk(database.path)] == kept_names
        assert (kept.done.exception(WAIT_S) is None) == bool(kept_names)


def _mend_and_fail(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 10000").fetchone()
    connection.execute("INSERT INTO nowhere VALUES (1)")


def test_a_callers_mistake_is_not_the_disks(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.write(add, None).result(WAIT_S)
    assert database.health().degraded is None and database.health().failures == 0


def test_a_cursor_cannot_leave_the_writer(database: Database) -> None:
    with pytest.raises(StoreError, match="fetch its rows"):
        database.write(lambda connection: connection.execute("SELECT 1")).result(WAIT_S)


def test_cancelling_takes_nothing_back(database: Database, path: Path) -> None:
    go_on = threading.Event()
    database.write(lambda _: go_on.wait(WAIT_S))
    future = database.write(add, "happened")
    assert not future.cancel()
    go_on.set()
    assert future.result(WAIT_S) == 2
    assert on_disk(path) == ["happened"]


def test_jobs_run_in_the_order_they_came(database: Database, path: Path) -> None:
    for number in range(200):
        database.write(add, str(number))
    database.write(names).result(WAIT_S)
    assert on_disk(path) == [str(number) for number in range(200)]


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"dear diary, " * 1000)
    with pytest.raises(NotOurs, match=str(path)):
        Database(path)
    assert path.read_bytes() == b"dear diary, " * 1000


def test_a_damaged_file_is_refused_at_the_start(path: Path) -> None:
    database = Database(path)
    database.write(lambda connection: [add(connection, f"row {number}") for number in range(2000)]).result(WAIT_S)
    database.stop()
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for page in range(8192, size - 4096, 8192):
            file.seek(page)
            file.write(b"\xa5" * 512)
    with pytest.raises((Damaged, NotOurs), match=str(path)):
        Database(path)


def test_a_folder_that_does_not_exist_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        Database(tmp_path / "missing" / "frontdesk.db")
