"""What housekeeping really deletes: old calls by ``retention.days``, and the whole trash where room is short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.supervisor.duties.housekeeping import DAY_S, ROUND_S
from firmware.supervisor.store import room
from firmware.supervisor.store.mailbox import MESSAGES
from tests.supervisor.duties.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(room, "free", lambda folder: 10 * room.LOW)
    one = House(tmp_path, retention__days=30, recording__quota_mb=10)
    yield one
    one.close()


def test_old_calls_go_at_the_start_and_young_ones_when_their_day_comes(house: House) -> None:
    _, young = house.call(40), house.call(29.1)
    seen = house.call(0.1)
    house.pass_time(1.0)
    assert house.left() == [young, seen]
    house.pass_time(DAY_S - ROUND_S)
    assert house.left() == [young, seen]
    house.pass_time(ROUND_S)
    assert house.left() == [seen]


def test_where_the_disk_is_short_the_trash_goes_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.call(1, "deleted")
    house.call(1, "heard")
    house.pass_time(1.0)
    assert house.files() == ["1.wav", "2.wav"], "a deleted message can be brought back for seven days"
    monkeypatch.setattr(room, "free", lambda folder: room.LOW - 1)
    house.pass_time(ROUND_S)
    assert house.files() == ["2.wav"]


def test_what_is_deleted_for_good_is_off_the_disk_within_a_round(house: House) -> None:
    house.call(1, "deleted")
    house.call(1, "deleted")
    house.pass_time(1.0)
    house.database.write(MESSAGES.destroy, 2).result()
    house.pass_time(ROUND_S)
    assert house.files() == ["1.wav"]


def test_what_messages_take_is_told_before_it_is_too_much_and_the_trash_makes_room(house: House) -> None:
    megabyte = 2**20
    for state in ("heard", "new", "saved"):
        house.call(1, state, samples=2 * megabyte)
    house.pass_time(1.0)
    assert house.duty.checks() == []
    house.call(1, "heard", samples=2 * megabyte)
    house.pass_time(ROUND_S)
    assert [check["state"] for check in house.duty.checks()] == ["warn"]
    house.call(1, "heard", samples=3 * megabyte)
    house.pass_time(ROUND_S)
    (told,) = house.duty.checks()
    assert told["state"] == "fault" and "11 MB of the 10 MB" in told["text"] and "recording.quota_mb" in told["remedy"]
    house.call(0, "deleted", samples=0)
    house.database.write(MESSAGES.delete, 5, house.calendar.now_ms()).result()
    house.pass_time(ROUND_S)
    assert [check["state"] for check in house.duty.checks()] == ["warn"], "what was deleted is gone already"
    assert house.files() == ["1.wav", "2.wav", "3.wav", "4.wav"]
