"""Backups of a running box, retention that really deletes, the first boot, users."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from firmware.supervisor.store import audit, calls, messages, recordings, users
from firmware.supervisor.store.backup import back_up, validate
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict, Damaged, NotFound, NotOurs
from firmware.supervisor.store.mailbox import MESSAGES
from firmware.supervisor.store.migrate import latest
from firmware.supervisor.store.reader import Reader
from firmware.supervisor.store.retention import DAY_MS, purge
from firmware.supervisor.store.settings_table import seed_settings, store_setting, stored_settings

NOW_MS = 1_772_463_600_000


def add(connection: sqlite3.Connection, number: int) -> int:
    return connection.execute("INSERT INTO mailboxes (name) VALUES (?)", (str(number),)).rowcount


def test_a_backup_while_calls_are_logged_is_one_whole_moment(database: Database, path: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def pairs(connection: sqlite3.Connection, number: int) -> None:
        add(connection, number)
        add(connection, number)

    def keep_logging() -> None:
        number = 0
        while not stop.is_set():
            database.write(pairs, number).result()
            number += 1

    logging = threading.Thread(target=keep_logging)
    logging.start()
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    stop.set()
    logging.join()
    assert validate(copy) == latest()
    assert sorted(tmp_path.glob("copy.db*")) == [copy], "one file, no WAL, nothing left over"
    kept = [row[0] for row in sqlite3.connect(copy).execute("SELECT name FROM mailboxes WHERE id > 1 ORDER BY id")]
    assert kept[::2] == kept[1::2]


def test_a_failed_backup_leaves_the_last_one(database: Database, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    before = copy.read_bytes()
    foreign = tmp_path / "foreign.db"
    sqlite3.connect(foreign).execute("CREATE TABLE recipes (cake TEXT)")
    with pytest.raises(NotOurs):
        back_up(foreign, copy)
    assert copy.read_bytes() == before
    assert not copy.with_name("copy.db.part").exists()


def test_a_damaged_copy_is_not_trusted(database: Database, path: Path, tmp_path: Path) -> None:
    database.write(lambda connection: [add(connection, number) for number in range(3000)]).result()
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    data = bytearray(copy.read_bytes())
    for page in range(8192, len(data) - 4096, 4096):
        data[page : page + 256] = b"\xa5" * 256
    copy.write_bytes(data)
    with pytest.raises((Damaged, sqlite3.DatabaseError)):
        validate(copy)


def leave(database: Database, folder: Path, days_ago: int, state: str = "heard", deleted_days_ago: int = 0) -> str:
    """One call with a message and its file; returns the file's path."""
    started_ms = NOW_MS - days_ago * DAY_MS

    def left(connection: sqlite3.Connection) -> str:
        call = calls.begin(connection, "in", started_ms=started_ms, utc_offset_min=0, number_raw="secret")
        name = f"{call}.wav"
        recording = recordings.begin(connection, call=call, kind="message", path=name, law="mu", started_ms=started_ms)
        recordings.finish(connection, recording, 8000)
        message = messages.create(connection, call=call, recording=recording, received_ms=started_ms, utc_offset_min=0)
        calls.end(connection, call, outcome="message", ended_ms=started_ms, at_s=1.0, hung_up_by="far end", why="#")
        if state == "deleted":
            MESSAGES.delete(connection, message, NOW_MS - deleted_days_ago * DAY_MS)
        else:
            MESSAGES.mark(connection, message, state)
        return name

    name = database.write(left).result()
    (folder / name).write_bytes(b"RIFF")
    return name


def count(reader: Reader, table: str) -> int:
    with reader.snapshot() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_retention_deletes_rows_and_files_for_good(
    database: Database, reader: Reader, path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    old = leave(database, folder, 40)
    young = leave(database, folder, 20)
    saved = leave(database, folder, 40, "saved")
    database.write(audit.write, at_ms=NOW_MS - 40 * DAY_MS, who="box", action="x").result()
    assert purge(database, folder, folder / "faxes", now_ms=NOW_MS, days=30) == 1
    assert sorted(file.name for file in folder.iterdir()) == sorted([young, saved])
    assert not (folder / old).exists()
    assert [count(reader, table) for table in ("calls", "messages", "recordings", "audit")] == [2, 2, 2, 0]
    assert purge(database, folder, folder / "faxes", now_ms=NOW_MS, days=30) == 0
    database.stop()
    assert path.read_bytes().count(b"secret") == 2, "the old row's bytes are overwritten"


def test_without_retention_only_the_trash_is_emptied(database: Database, reader: Reader, tmp_path: Path) -> None:
    leave(database, tmp_path, 4000)
    leave(database, tmp_path, 20, "deleted", deleted_days_ago=8)
    undoable = leave(database, tmp_path, 20, "deleted", deleted_days_ago=6)
    assert purge(database, tmp_path, tmp_path / "faxes", now_ms=NOW_MS, days=0) == 1
    assert [count(reader, table) for table in ("calls", "messages", "recordings")] == [3, 2, 2]
    assert (tmp_path / undoable).exists()


@pytest.mark.parametrize("call_over", [False, True])
def test_what_is_going_on_is_never_purged(database: Database, reader: Reader, tmp_path: Path, call_over: bool) -> None:
    call = database.write(calls.begin, "in", started_ms=0, utc_offset_min=0).result()
    database.write(recordings.begin, call=call, kind="message", path="x", law="mu", started_ms=0).result()
    if call_over:  # its recording is still being closed
        database.write(calls.end, call, outcome="message", ended_ms=1, at_s=1.0, hung_up_by="far end", why="#").result()
    assert purge(database, tmp_path, tmp_path / "faxes", now_ms=NOW_MS, days=1) == 0
    assert count(reader, "calls") == count(reader, "recordings") == 1


def test_a_purge_cut_short_is_finished_by_the_next(database: Database, reader: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    name = leave(database, folder, 40)
    (folder / name).unlink()
    (folder / name).mkdir()  # what cannot be unlinked
    with pytest.raises(OSError):
        purge(database, folder, folder / "faxes", now_ms=NOW_MS, days=30)
    assert count(reader, "recordings") == 1, "the row still names what must go"
    assert count(reader, "messages") == 0
    (folder / name).rmdir()
    assert purge(database, folder, folder / "faxes", now_ms=NOW_MS, days=30) == 1
    assert count(reader, "calls") == count(reader, "recordings") == 0


def test_first_boot_fills_an_empty_table_once(database: Database) -> None:
    assert database.write(seed_settings, {"answering.rings": 4}, now_ms=1).result() is True
    database.write(store_setting, "answering.rings", 6, by="user:1", now_ms=2).result()
    assert database.write(seed_settings, {"answering.rings": 4}, now_ms=3).result() is False
    assert database.write(stored_settings).result() == {"answering.rings": 6}


def test_the_first_visit_makes_one_admin_and_ends(database: Database, reader: Reader) -> None:
    assert database.write(users.create_first, "anna", "$argon2id$x", 1).result() == 1
    with pytest.raises(Conflict, match="first visit is over"):
        database.write(users.create_first, "mallory", "$argon2id$y", 2).result()
    database.write(users.set_password, 1, "$argon2id$z").result()
    with pytest.raises(NotFound):
        database.write(users.set_password, 2, "$argon2id$z").result()
    with reader.snapshot() as connection:
        anna = users.by_name(connection, "ANNA")
        assert anna == users.by_id(connection, 1)
        assert users.by_name(connection, "mallory") is None
    assert anna is not None and (anna.role, anna.password_hash, anna.disabled) == ("admin", "$argon2id$z", False)
