"""Really deletes: each day what ``retention.days`` and the trash say is too old; all the trash where room is short.

Life cycle: ``keep`` runs for as long as the box does, first when it starts. The work is done off the loop; where the
disk or the store fails it is logged and tried again at the next round: what a purge left undone the next one finishes.
Nothing goes by its age while the clock is in doubt, and no message or fax that nobody has attended to ever does.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.duties.clock_watch import ClockWatch
from firmware.supervisor.health import Check, check
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import recordings, room
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.retention import empty_trash, purge, take_away

log = logging.getLogger(__name__)

ROUND_S = 600.0  # of the sample clock
DAY_S = 24 * 3600.0
LANE = "housekeeping"
NEARLY = 0.8  # of what messages may take: Health warns


class Housekeeping:
    """``folder``: of the recordings; ``faxes``: of the TIFFs with their PDFs."""

    def __init__(
        self,
        loop: SampleLoop,
        calendar: Calendar,
        database: Database,
        folder: Path,
        faxes: Path,
        settings: Settings,
        clock: ClockWatch,
    ) -> None:
        self._loop = loop
        self._calendar = calendar
        self._database = database
        self._folder = folder
        self._faxes = faxes
        self._settings = settings
        self._clock = clock
        self._held: int | None = None

    async def keep(self) -> None:
        """A round now and every ROUND_S; ends when cancelled."""
        purge_at = self._loop.time()
        while True:
            try:
                await self._loop.job(take_away, self._database, self._folder, self._faxes, lane=LANE)
                await self._make_room()
                if not await self._clock.doubt() and self._loop.time() >= purge_at:
                    await self._purge()
                    purge_at = self._loop.time() + DAY_S - ROUND_S / 2
            except (OSError, StoreError, sqlite3.Error) as error:
                log.error("housekeeping: %s", error)
            await asyncio.sleep(ROUND_S)

    def checks(self) -> list[Check]:
        """Whether messages have room, as of the last round."""
        if self._held is None or self._held < NEARLY * self._quota:
            return []
        text = f"Messages take {self._held >> 20} MB of the {self._quota >> 20} MB they may."
        remedy = "Delete old messages, or allow them more (recording.quota_mb)."
        if self._held < self._quota:
            return [check("Room for messages", "warn", text, remedy)]
        return [check("Room for messages", "fault", f"{text} Callers cannot leave any.", remedy)]

    @property
    def _quota(self) -> int:
        return self._settings.whole("recording.quota_mb") << 20

    async def _make_room(self) -> None:
        """Where room is short, what people have deleted goes at once: days of grace are for a disk that has room."""
        self._held = await self._loop.settle(self._database.write(recordings.held_bytes))
        if self._held < self._quota and room.free(self._settings.home) >= room.LOW:
            return
        gone = await self._loop.job(empty_trash, self._database, self._folder, self._faxes, lane=LANE)
        if gone:
            log.warning("room is short: %d deleted recordings and faxes are gone for good", gone)
            self._held = await self._loop.settle(self._database.write(recordings.held_bytes))

    async def _purge(self) -> None:
        now_ms, days = self._calendar.now_ms(), self._settings.whole("retention.days")
        what = functools.partial(purge, self._database, self._folder, self._faxes, now_ms=now_ms, days=days)
        gone = await self._loop.job(what, lane=LANE)
        if gone:
            log.info("housekeeping: %d recordings and faxes deleted for good", gone)
