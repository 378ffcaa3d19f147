"""A whole copy of the database each day, so that a damaged file costs a day and not the log.

Life cycle: ``keep`` runs for as long as the box does. The first copy waits until the start is well over; the copying is
done off the loop. A copy that fails is logged, stands on Health, and is tried again; the older ones stay.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.health import Check, check
from firmware.supervisor.store import backup, room
from firmware.supervisor.store.errors import StoreError

log = logging.getLogger(__name__)

ROUND_S = 600.0  # of the sample clock: how often it looks, and how long after a start it does so first
BACKUPS = "backups"  # in the box's home


class Backups:
    """The box's own backups of ``source``, in ``home``/backups."""

    def __init__(self, loop: SampleLoop, calendar: Calendar, source: Path, home: Path) -> None:
        self._loop = loop
        self._calendar = calendar
        self._source = source
        self._home = home
        self._failure = ""

    async def keep(self) -> None:
        """Looks every ROUND_S whether today's copy is made; ends when cancelled."""
        while True:
            await asyncio.sleep(ROUND_S)
            try:
                await self._loop.job(self._round, f"{self._calendar.now():%Y-%m-%d}", lane="backups")
                self._failure = ""
            except (OSError, StoreError, sqlite3.Error) as error:
                self._failure = str(error)
                log.error("backup: %s", error)

    def checks(self) -> list[Check]:
        """Whether the last copy could be made."""
        if not self._failure:
            return []
        text = f"The daily backup of the database could not be made: {self._failure}."
        return [check("Backup", "warn", text, "Free space on the disk, or replace it.")]

    def _round(self, day: str) -> None:
        room.take_ballast(self._home)
        folder = self._home / BACKUPS
        made = backup.kept(folder)
        if made and backup.day_of(made[-1]) == day:
            return
        needed = self._source.stat().st_size + room.RESERVE
        if room.free(self._home) < needed:
            raise StoreError(f"{folder}: {needed >> 20} MB must be free")
        backup.add(self._source, folder, day)
