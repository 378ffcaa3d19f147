"""A message has one state, wherever it is touched; a delete can be taken back to what it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.supervisor.store import calls, messages, recordings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.store.mailbox import MESSAGES
from firmware.supervisor.store.queries_messages import KEPT, list_messages, one_message
from firmware.supervisor.store.reader import Reader

START_MS = 1_772_463_600_000


def leave(database: Database, number: int = 0, important: bool = False, **columns: Any) -> int:
    def left(connection: Any) -> int:
        call = calls.begin(connection, "in", started_ms=START_MS + number, utc_offset_min=0, **columns)
        recording = recordings.begin(
            connection, call=call, kind="message", path=f"{call}.wav", law="mu", started_ms=START_MS
        )
        recordings.finish(connection, recording, 16_000)
        return messages.create(
            connection, call=call, recording=recording, received_ms=START_MS + number, utc_offset_min=0,
            important=important,
        )  # fmt: skip

    return database.write(left).result()


def state(reader: Reader, message: int) -> str:
    with reader.snapshot() as connection:
        row = one_message(connection, message)
    assert row is not None
    return row.state


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["new", "heard", "saved", "delete", "restore"]), max_size=12))
def test_any_order_of_touches_gives_one_state_and_an_undo(
    tmp_path_factory: pytest.TempPathFactory, touches: list[str]
) -> None:
    path = tmp_path_factory.mktemp("store") / "frontdesk.db"
    database, reader = Database(path), Reader(path)
    message = leave(database)
    expected, before = "new", "new"
    for touch in touches:
        if touch == "delete":
            assert database.write(MESSAGES.delete, message, START_MS).result() == (expected != "deleted")
            before, expected = (expected if expected != "deleted" else before), "deleted"
        elif touch == "restore":
            assert database.write(MESSAGES.restore, message).result() == (expected == "deleted")
            expected = before if expected == "deleted" else expected
        elif expected == "deleted":
            with pytest.raises(Conflict, match="restore it first"):
                database.write(MESSAGES.mark, message, touch).result()
        else:
            database.write(MESSAGES.mark, message, touch).result()
            expected = touch
        assert state(reader, message) == expected
    with reader.snapshot() as connection:
        assert MESSAGES.count_new(connection) == int(expected == "new")
        assert (list_messages(connection).total == 1) == (expected in KEPT)
    database.stop()


def test_a_message_or_state_that_does_not_exist_is_refused(database: Database) -> None:
    message = leave(database)
    for job in (MESSAGES.restore, MESSAGES.state):
        with pytest.raises(NotFound, match="no message 99"):
            database.write(job, 99).result()
    with pytest.raises(NotFound):
        database.write(MESSAGES.delete, 99, START_MS).result()
    with pytest.raises(Conflict, match="new, heard, saved"):
        database.write(MESSAGES.mark, message, "deleted").result()


def test_important_new_ones_come_first_then_the_newest(database: Database, reader: Reader) -> None:
    old_important = leave(database, 1, important=True)
    plain = leave(database, 2)
    heard_important = leave(database, 3, important=True)
    newest = leave(database, 4)
    database.write(MESSAGES.mark, heard_important, "heard").result()
    with reader.snapshot() as connection:
        page = list_messages(connection)
    assert [row.id for row in page.rows] == [old_important, newest, heard_important, plain]
    assert page.rows[0].length_s == 2.0 and page.rows[0].important is True


def test_search_finds_a_message_by_its_caller(database: Database, reader: Reader) -> None:
    found = leave(database, 1, name="ROY PAUL", number_e164="+15145550188", number_raw="5145550188")
    leave(database, 2, name="GAGNON M", number_e164="+15145550199")
    with reader.snapshot() as connection:
        for text in ("roy", "514 555-0188", "(514) 555-0188", "+15145550188"):
            assert [row.id for row in list_messages(connection, search=text).rows] == [found], text
        assert list_messages(connection, search="nobody").rows == []


def test_one_recording_makes_one_message(database: Database) -> None:
    leave(database)
    with pytest.raises(Exception, match="UNIQUE"):
        database.write(messages.create, call=1, recording=1, received_ms=1, utc_offset_min=0).result()


def test_called_back_is_remembered(database: Database, reader: Reader) -> None:
    message = leave(database)
    database.write(messages.called_back, message, START_MS + 5).result()
    with reader.snapshot() as connection:
        row = one_message(connection, message)
    assert row is not None and row.called_back_ms == START_MS + 5
