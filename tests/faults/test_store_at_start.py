"""A box whose disk is full or whose files are damaged when it starts: it answers, and says what is wrong."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from board.virtual.farcall import CONNECTED
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.settings.in_force import DATABASE_NAME
from firmware.supervisor.store import backup, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.ownership import MARK, has_owner
from tests.supervisor.office import asked
from tools.scenario.offspring import Nursery
from tools.scenario.stage import Stage

CLOCK = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Box:
    """A box that has had a caller and an owner; ``ask`` speaks to its control socket."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, nursery=nursery)
        self.home = self.stage.home
        self.database = self.home / DATABASE_NAME

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.stage.tick()

    def start(self) -> None:
        self.stage.start()
        self.run(1.0)

    def ask(self, do: str, **args: Any) -> dict[str, Any]:
        """See ``asked``."""
        return asked(self.stage, do, **args)

    def checks(self) -> dict[str, dict[str, str]]:
        return {check["name"]: check for check in self.ask("health.get")["result"]["checks"]}

    def answers(self) -> None:
        """A caller is answered, and hangs up."""
        call = self.stage.board.exchange.call("A", "5145550188")
        while call.state != CONNECTED:
            self.stage.tick()
            assert self.stage.now_s < 120, "nobody answers"
        self.run(2.0)
        call.hang_up()
        self.run(4.0)

    def numbers(self) -> list[str | None]:
        """The callers in the log."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        found = [row[0] for row in connection.execute("SELECT number_e164 FROM calls ORDER BY id")]
        connection.close()
        return found


@pytest.fixture
def box(folder: Path, nursery: Nursery) -> Iterator[Box]:
    one = Box(folder, nursery)
    database = Database(one.database)
    database.write(users.create_first, "anna", "$argon2id$x", 1).result()
    database.stop()
    yield one
    one.stage.close()


def test_a_damaged_database_is_set_aside_and_the_backup_goes_on(box: Box) -> None:
    backup.add(box.database, box.home / "backups", "2026-03-01")
    box.database.write_bytes(b"\xa5" * 50_000)
    kept = box.home / "recordings" / "2026-03" / "000007-message-1772463600000.wav"  # left after the backup
    kept.parent.mkdir(parents=True)
    kept.write_bytes(wavefile.header("mu", 24_000) + b"\x55" * 24_000)
    box.start()
    assert box.ask("status.get")["result"]["new_messages"] == 1
    box.answers()
    assert box.numbers() == [None, "+15145550188"]
    told = box.checks()["Database"]
    assert told["state"] == "warn" and "2026-03-01" in told["text"] and "without their callers: 1." in told["text"]
    (aside,) = box.home.glob("frontdesk.db.damaged-20260302-150000")
    assert aside.name in told["remedy"] and aside.read_bytes() == b"\xa5" * 50_000
    box.stage.stop()
    box.start()
    assert aside.name in box.checks()["Database"]["text"], "it is told as long as it lies there"
    aside.unlink()
    assert "Database" not in box.checks()


@pytest.mark.parametrize("lost", ["emptied", "gone"])
def test_a_box_that_has_lost_its_database_is_nobodys_new_box(box: Box, lost: str) -> None:
    box.start()
    assert has_owner(box.home), "a box with a user has an owner, also one made before there was a mark"
    box.stage.stop()
    box.database.unlink()
    if lost == "emptied":
        box.database.touch()
    box.start()
    box.answers()
    assert box.checks()["Database"]["state"] == "fault"
    refused = box.ask("users.create_first", name="mallory", password_hash="$argon2id$y")
    assert refused["error"]["code"] == "conflict" and "owner" in refused["error"]["message"]
    (box.home / MARK).unlink()  # whoever can do that stands at the box
    assert box.ask("users.create_first", name="anna", password_hash="$argon2id$x")["ok"]
    box.run(0.2)
    assert has_owner(box.home)


def test_a_box_without_room_at_its_start_answers_and_writes_the_call_later(folder: Path, box: Box) -> None:
    box.start()
    box.stage.kill()
    full = Nursery()  # what it starts can write to no file, as on a full disk
    try:
        resource.prlimit(full.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        box.stage.raised_by(full)
        box.start()
        pid = box.stage.supervisor_pid
        assert pid is not None
        box.answers()
        assert box.checks()["Call log"]["state"] == "fault"
        assert box.numbers() == []
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for _ in range(5000):  # of some milliseconds each: the store tries again after a second
            if box.checks()["Call log"]["state"] == "ok" and box.numbers() == ["+15145550188"]:
                break
        assert box.numbers() == ["+15145550188"]
    finally:
        box.stage.kill()
        full.close()


def test_a_box_whose_database_is_newer_than_it_answers_and_says_so(box: Box) -> None:
    connection = sqlite3.connect(box.database)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = box.database.read_bytes()
    box.start()
    box.answers()
    told = box.checks()["Call log"]
    assert told["state"] == "fault" and "newer" in told["text"]
    status = box.ask("status.get")["result"]
    assert status["in_service"] and status["new_messages"] is None, "not known is null"
    assert box.database.read_bytes() == before


def test_a_cut_recording_that_cannot_be_read_is_left_and_told(box: Box) -> None:
    part = box.home / "recordings" / "2026-03" / "000001-message-1772463600000.wav.part"
    part.parent.mkdir(parents=True)
    part.symlink_to(part.name)  # open(2) fails, as on a bad sector
    whole = part.with_name("000002-message-1772463600001.wav.part")
    whole.write_bytes(wavefile.header("mu", 0) + b"\x55" * 24_000)
    box.start()
    box.answers()
    told = box.checks()["Cut recordings"]
    assert told["state"] == "warn" and "000001-message" in told["text"] and told["remedy"]
    assert part.is_symlink() and not whole.exists() and whole.with_suffix("").exists(), "the others are repaired"


def test_the_ballast_is_given_up_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from firmware.supervisor.store import room

    left = [room.LOW + 2 * room.BALLAST]
    monkeypatch.setattr(room, "free", lambda folder: left[0])
    room.take_ballast(tmp_path)
    ballast = tmp_path / room.BALLAST_NAME
    assert ballast.stat().st_blocks * 512 >= room.BALLAST, "it takes up the room it is there for"
    assert not room.give_up_ballast(tmp_path)
    left[0] = room.AT_START - 1
    assert room.give_up_ballast(tmp_path) and not ballast.exists()
    room.take_ballast(tmp_path)
    assert not ballast.exists(), "it is put back only where there is plenty"
