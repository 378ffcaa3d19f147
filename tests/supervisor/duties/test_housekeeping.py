"""The setting ``retention.days`` really deletes, when the box starts and every day after."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.duties.housekeeping import DAY_S, keep_house
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import calls
from firmware.supervisor.store.database import Database

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY_MS = 86_400_000


def test_old_calls_go_at_the_start_and_young_ones_when_their_day_comes(tmp_path: Path) -> None:
    database = Database(tmp_path / "frontdesk.db")
    loop = SampleLoop(lockstep=True)
    calendar = Calendar(loop, START)
    settings = Settings.load(tmp_path, {"retention.days": 30})
    for days_ago in (40, 29):
        moment = calendar.now_ms() - days_ago * DAY_MS - 3_600_000

        def log(connection: object, moment: int = moment) -> None:
            call = calls.begin(connection, "in", started_ms=moment, utc_offset_min=0)  # type: ignore[arg-type]
            calls.end(connection, call, outcome="missed", ended_ms=moment, at_s=1, hung_up_by="far end", why="x")  # type: ignore[arg-type]

        database.write(log).result()

    def left() -> int:
        return database.write(
            lambda connection: connection.execute("SELECT count(*) FROM calls").fetchone()[0]
        ).result()

    async def live() -> list[int]:
        counts = [left()]
        keeping = asyncio.ensure_future(keep_house(loop, calendar, database, tmp_path, tmp_path, settings))
        for seconds in (1.0, DAY_S - 2.0, 2.0):
            await asyncio.sleep(0)
            loop.advance(round(seconds * 8000))
            for _ in range(5):
                await asyncio.sleep(0)
            loop.advance(160)
            for _ in range(5):
                await asyncio.sleep(0)
            counts.append(left())
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        return counts

    assert loop.run_until_complete(live()) == [2, 1, 1, 0]
    loop.close()
    database.stop()
