"""The daily copy of the database, and the ballast, as they lie in the box's home."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.duties.backups import BACKUPS, ROUND_S, Backups
from firmware.supervisor.store import backup, room
from firmware.supervisor.store.database import Database

START = datetime(2026, 3, 2, 23, 35, tzinfo=UTC)
PLENTY = 10 * 2**30


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    database = Database(tmp_path / "frontdesk.db")
    yield tmp_path
    database.stop()


def live(home: Path, rounds: int, free: list[int], monkeypatch: pytest.MonkeyPatch) -> Backups:
    """Keeps backups for so many rounds of the duty, with ``free[n]`` bytes free in each."""
    loop = SampleLoop(lockstep=True)
    duty = Backups(loop, Calendar(loop, START), home / "frontdesk.db", home)

    async def run() -> None:
        keeping = asyncio.ensure_future(duty.keep())
        for number in range(rounds):
            monkeypatch.setattr(room, "free", lambda folder, number=number: free[number])
            await asyncio.sleep(0)
            loop.advance(round(ROUND_S * 8000))
            for _ in range(5):
                await asyncio.sleep(0)
            loop.advance(160)
            for _ in range(5):
                await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    loop.run_until_complete(run())
    loop.close()
    return duty


def test_a_copy_a_day_and_not_at_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live(home, 0, [], monkeypatch)
    assert not (home / BACKUPS).exists()
    duty = live(home, 4, [PLENTY] * 4, monkeypatch)  # 23:45, 23:55, 0:05, 0:15
    days = [backup.day_of(path) for path in backup.kept(home / BACKUPS)]
    assert days == ["2026-03-02", "2026-03-03"]
    assert duty.checks() == []
    assert (home / room.BALLAST_NAME).exists()


def test_a_copy_that_has_no_room_is_told_and_made_when_there_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duty = live(home, 1, [room.RESERVE], monkeypatch)
    assert backup.kept(home / BACKUPS) == []
    (told,) = duty.checks()
    assert told["state"] == "warn" and "50 MB must be free" in told["text"]
    duty = live(home, 2, [room.RESERVE, PLENTY], monkeypatch)
    assert len(backup.kept(home / BACKUPS)) == 1 and duty.checks() == []
