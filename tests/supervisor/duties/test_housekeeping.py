"""What housekeeping really deletes: old calls by ``retention.days``, and the whole trash where room is short."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.duties.housekeeping import DAY_S, ROUND_S, Housekeeping
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import calls, messages, recordings, room
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.mailbox import MESSAGES

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY_MS = 86_400_000
MINUTE = 60 * 8000


class House:
    """A box with nothing but a store, and its housekeeping on a clock that the test moves."""

    def __init__(self, home: Path, **settings: int) -> None:
        self.home = home
        self.database = Database(home / "frontdesk.db")
        self.loop = SampleLoop(lockstep=True)
        self.calendar = Calendar(self.loop, START)
        self.settings = Settings.load(home, {key.replace("__", "."): value for key, value in settings.items()})
        self.duty = Housekeeping(self.loop, self.calendar, self.database, home, home / "faxes", self.settings)
        self._keeping: asyncio.Task[None] | None = None

    def call(self, days_ago: float, state: str = "", samples: int = MINUTE) -> int:
        """A call of so long ago, with a message in that state unless it is empty; the call's id."""
        moment = round(self.calendar.now_ms() - days_ago * DAY_MS)

        def log(connection: sqlite3.Connection) -> int:
            call = calls.begin(connection, "in", started_ms=moment, utc_offset_min=0)
            calls.end(connection, call, outcome="missed", ended_ms=moment, at_s=1, hung_up_by="far end", why="x")
            if state:
                path = f"{call}.wav"
                row = recordings.begin(connection, call=call, kind="message", path=path, law="mu", started_ms=moment)
                recordings.finish(connection, row, samples)
                left = messages.create(connection, call=call, recording=row, received_ms=moment, utc_offset_min=0)
                if state == "deleted":
                    MESSAGES.delete(connection, left, moment)
                else:
                    MESSAGES.mark(connection, left, state)
                (self.home / path).write_bytes(b"RIFF")
            return call

        return self.database.write(log).result()

    def pass_time(self, seconds: float) -> None:
        """So much time of the box, its jobs done at the end."""

        async def live() -> None:
            if self._keeping is None:
                self._keeping = asyncio.ensure_future(self.duty.keep())
            await asyncio.sleep(0)
            self.loop.advance(round(seconds * 8000))
            for _ in range(8):
                for _ in range(5):
                    await asyncio.sleep(0)
                self.loop.advance(160)

        self.loop.run_until_complete(live())

    def left(self) -> list[int]:
        """The calls that are in the log."""
        return self.database.write(
            lambda connection: [row[0] for row in connection.execute("SELECT id FROM calls ORDER BY id")]
        ).result()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.home.glob("*.wav"))

    def close(self) -> None:
        async def end() -> None:
            if self._keeping is not None:
                self._keeping.cancel()
                await asyncio.gather(self._keeping, return_exceptions=True)

        self.loop.run_until_complete(end())
        self.loop.close()
        self.database.stop()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(room, "free", lambda folder: 10 * room.LOW)
    one = House(tmp_path, retention__days=30, recording__quota_mb=10)
    yield one
    one.close()


def test_old_calls_go_at_the_start_and_young_ones_when_their_day_comes(house: House) -> None:
    _, young = house.call(40), house.call(29.1)
    house.pass_time(1.0)
    assert house.left() == [young]
    house.pass_time(DAY_S - ROUND_S)
    assert house.left() == [young]
    house.pass_time(ROUND_S)
    assert house.left() == []


def test_where_the_disk_is_short_the_trash_goes_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.call(1, "deleted")
    house.call(1, "heard")
    house.pass_time(1.0)
    assert house.files() == ["1.wav", "2.wav"], "a deleted message can be brought back for seven days"
    monkeypatch.setattr(room, "free", lambda folder: room.LOW - 1)
    house.pass_time(ROUND_S)
    assert house.files() == ["2.wav"]


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
