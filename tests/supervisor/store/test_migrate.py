"""The layout's numbered steps: whole or not at all, never a file that this code does not understand."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from pathlib import Path

import pytest

from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import NewerFile, NotOurs, StoreError, Unreadable
from firmware.supervisor.store.migrate import APPLICATION_ID, FOLDER, check_identity, latest, migrate, steps
from firmware.supervisor.store.reader import Reader


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def test_a_new_file_gets_every_step_and_a_second_start_none(path: Path) -> None:
    connection = connect(path)
    assert migrate(connection) == [number for number, _ in steps()]
    assert migrate(connection) == []
    assert check_identity(connection) == latest()
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_landed_steps_never_change() -> None:
    listed = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").split("\n")
    for number, path in steps():
        line = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        assert line in listed, f"step {number}: a change of the layout is a new file; a new file gets its line: {line}"


def test_a_newer_file_is_refused_untouched(path: Path) -> None:
    connection = connect(path)
    migrate(connection)
    connection.execute(f"PRAGMA user_version = {latest() + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerFile, match=f"layout {latest() + 1} is newer.*{latest()}"):
        Database(path)
    with pytest.raises(Unreadable, match="newer"), Reader(path).snapshot():
        pass
    assert path.read_bytes() == before


def test_an_older_file_is_not_shown_before_the_box_has_brought_it_up(path: Path) -> None:
    connection = connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("CREATE TABLE calls (id INTEGER)")
    connection.close()
    with pytest.raises(Unreadable, match="start the box once"), Reader(path).snapshot():
        pass


def test_somebody_elses_database_is_refused_untouched(path: Path) -> None:
    connection = connect(path)
    connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotOurs, match="not a Frontdesk database"):
        Database(path)
    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_the_layout_before_it(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "001-good.sql").write_text("CREATE TABLE one (id INTEGER PRIMARY KEY);")
    (folder / "002-bad.sql").write_text("CREATE TABLE two (id INTEGER); INSERT INTO nowhere VALUES (1);")
    connection = connect(path)
    with pytest.raises(StoreError, match=r"002-bad\.sql.*nowhere"):
        migrate(connection, folder)
    assert check_identity(connection, folder) == 1
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert tables == ["one"]
    (folder / "002-bad.sql").write_text("CREATE TABLE two (id INTEGER);")
    assert migrate(connection, folder) == [2]


def test_a_step_may_rebuild_a_table_but_not_break_a_reference(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "001-start.sql").write_text(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (of INTEGER REFERENCES parent (id));"
        "INSERT INTO parent VALUES (7); INSERT INTO child VALUES (7);"
    )
    rebuild = (
        "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT); {} DROP TABLE parent; ALTER TABLE new RENAME TO parent;"
    )
    connection = connect(path)
    migrate(connection, folder)
    (folder / "002-rebuild.sql").write_text(rebuild.format(""))
    with pytest.raises(StoreError, match="child, row 1 points to a missing row of parent"):
        migrate(connection, folder)
    (folder / "002-rebuild.sql").write_text(rebuild.format("INSERT INTO new (id) SELECT id FROM parent;"))
    assert migrate(connection, folder) == [2]
    assert connection.execute("SELECT of FROM child").fetchall() == [(7,)]


def test_a_step_that_ends_its_transaction_is_refused(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "001-sly.sql").write_text("CREATE TABLE one (id INTEGER); COMMIT;")
    with pytest.raises(StoreError, match="must not end its own transaction"):
        migrate(connect(path), folder)


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["001-a.sql", "003-c.sql"], r"003-c\.sql: expected number 002"),
        (["001-a.sql", "001-b.sql"], r"001-b\.sql: expected number 002"),
        (["first.sql"], r"first\.sql: a migration is named"),
    ],
)
def test_missing_doubled_and_misnamed_steps_are_named(tmp_path: Path, names: list[str], complaint: str) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(StoreError, match=complaint):
        steps(tmp_path)


def of_before(step: int, path: Path, tmp_path: Path) -> sqlite3.Connection:
    """A file as it was before this step."""
    older = tmp_path / "older"
    older.mkdir()
    for number, file in steps():
        if number < step:
            (older / file.name).write_bytes(file.read_bytes())
    connection = connect(path)
    migrate(connection, older)
    return connection


def test_older_calls_keep_the_talk_that_their_parts_tell_and_lose_the_boxs_time(path: Path, tmp_path: Path) -> None:
    connection = of_before(3, path, tmp_path)

    def call(
        direction: str,
        outcome: str,
        answered_s: float | None,
        talk_s: float | None,
        parts: tuple[tuple[str, float, float], ...] = (),
        tones: tuple[str, ...] = (),
    ) -> None:
        row = connection.execute(
            "INSERT INTO calls (direction, outcome, started_ms, utc_offset_min, answered_ms, ended_ms, talk_s, "
            "billable_s) VALUES (?, ?, 1000000, 0, ?, 1090000, ?, ?)",
            (direction, outcome, answered_s and 1_000_000 + answered_s * 1000, talk_s, talk_s and math.ceil(talk_s)),
        ).lastrowid
        for part in parts:
            connection.execute("INSERT INTO segments (call, kind, start_s, end_s) VALUES (?, ?, ?, ?)", (row, *part))
        for tone in tones:
            connection.execute(
                "INSERT INTO call_events (call, at_s, kind, detail) VALUES (?, 4.0, 'tone', ?)",
                (row, json.dumps({"tone": tone})),
            )

    with_box, outside = ("assistant", 8.1, 50.0), ("outside", 3.0, 41.5)
    call("in", "message", 8.0, 42.0, (with_box,))
    call("in", "connected", 8.0, 42.0, (("assistant", 8.1, 20.0), ("handset", 20.0, 49.5)))
    call("in", "missed", None, 0.0)
    call("in", "connected", None, None)
    call("in", "message", 8.0, 42.0)
    call("out", "connected", 10.0, 31.5, (outside,), ("ringing", "person"))
    call("out", "connected", 10.0, 31.5, (outside,), ("ringing", "machine", "beep"))
    call("out", "busy", None, 0.0, (outside,), ("busy",))
    call("internal", "connected", 5.0, 7.25, (("handset", 5.0, 12.25),))
    migrate(connection)
    told = connection.execute("SELECT answered_by, person_ms, with_box_s, talk_s, billable_s FROM calls ORDER BY id")
    assert told.fetchall() == [
        (None, None, 41.9, 0.0, 0),
        ("person", 20_000, 11.9, 29.5, 30),
        (None, None, 0.0, 0.0, 0),
        ("unknown", None, 0.0, None, None),
        (None, None, None, None, None),
        ("person", 10_000, 0.0, 31.5, 32),
        ("voicemail", None, 0.0, 0.0, 0),
        ("busy", None, 0.0, 0.0, 0),
        ("person", 5_000, 0.0, 7.25, 0),
    ]


NEVER_AGAIN = ("calls", "recordings", "messages", "faxes", "contacts", "users", "rules", "audit")


def test_no_row_gets_an_id_that_another_had_also_in_a_file_of_before(path: Path, tmp_path: Path) -> None:
    connection = of_before(6, path, tmp_path)

    def fill() -> list[int]:
        """One row in each table, pointing to each other as a message does; their ids."""
        call = connection.execute("INSERT INTO calls (direction, started_ms, utc_offset_min) VALUES ('in', 1, 0)")
        recording = connection.execute(
            "INSERT INTO recordings (call, kind, path, law, state, started_ms) "
            "VALUES (?, 'message', hex(randomblob(9)), 'mu', 'finished', 1)",
            (call.lastrowid,),
        )
        rows = [call.lastrowid, recording.lastrowid]
        for sql, values in (
            ("messages (call, recording, received_ms, utc_offset_min) VALUES (?, ?, 1, 0)", tuple(rows)),
            (
                "faxes (call, path, pages, received_ms, utc_offset_min) VALUES (?, hex(randomblob(9)), 1, 1, 0)",
                (rows[0],),
            ),
            ("contacts (name, created_ms, changed_ms) VALUES ('Roy', 1, 1)", ()),
            ("users (name, role, password_hash, created_ms) VALUES (hex(randomblob(9)), 'user', '', 1)", ()),
            ("rules (position, rule) VALUES (1, '{}')", ()),
            ("audit (at_ms, who, action) VALUES (1, 'box', 'x')", ()),
        ):
            rows.append(connection.execute(f"INSERT INTO {sql}", values).lastrowid)
        return [int(row or 0) for row in rows]

    assert [fill(), fill()] == [[1] * 8, [2] * 8]
    migrate(connection)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for table in reversed(NEVER_AGAIN):
        connection.execute(f"DELETE FROM {table}")
    connection.close()
    connection = connect(path)
    assert fill() == [3] * 8
