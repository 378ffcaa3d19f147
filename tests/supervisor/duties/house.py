"""A box with nothing but a store, and its housekeeping on a clock that the test moves."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.duties.clock_watch import ClockWatch
from firmware.supervisor.duties.housekeeping import Housekeeping
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import calls, messages, recordings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.mailbox import MESSAGES

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY_MS = 86_400_000
MINUTE = 60 * 8000


class House:
    """``pass_time`` moves its clock; ``call`` leaves something in it."""

    def __init__(self, home: Path, **settings: int) -> None:
        self.home = home
        self.database = Database(home / "frontdesk.db")
        self.loop = SampleLoop(lockstep=True)
        self.calendar, watch = self.watch_over(self.loop)
        self.settings = Settings.load(home, {key.replace("__", "."): value for key, value in settings.items()})
        self.duty = Housekeeping(self.loop, self.calendar, self.database, home, home / "faxes", self.settings, watch)
        self._keeping: asyncio.Task[None] | None = None

    def watch_over(self, loop: SampleLoop) -> tuple[Calendar, ClockWatch]:
        """The calendar, and who doubts it."""
        calendar = Calendar(loop, START)
        return calendar, ClockWatch(loop, calendar, self.database, lambda: None, lambda: True)

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
        """Ends it; may be called again."""
        if self.loop.is_closed():
            return

        async def end() -> None:
            if self._keeping is not None:
                self._keeping.cancel()
                await asyncio.gather(self._keeping, return_exceptions=True)

        self.loop.run_until_complete(end())
        self.loop.close()
        self.database.stop()
