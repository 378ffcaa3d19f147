"""Once a day the box really deletes what ``retention.days`` and the trash say is too old to keep.

Life cycle: ``keep_house`` runs for as long as the box does, first when it starts. The work is done off the loop; where
the disk or the store fails it is logged and tried again the next day: what a purge left undone the next one finishes.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.retention import purge

log = logging.getLogger(__name__)

DAY_S = 24 * 3600.0  # of the sample clock


async def keep_house(
    loop: SampleLoop, calendar: Calendar, database: Database, recordings: Path, faxes: Path, settings: Settings
) -> None:
    """Purge now and every day; ends when cancelled. ``recordings``: the folder of ``Recorder``.

    ``faxes``: the folder of ``fax.receive``.
    """
    while True:
        work = functools.partial(
            purge, database, recordings, faxes, now_ms=calendar.now_ms(), days=settings.whole("retention.days")
        )
        try:
            gone = await loop.job(work)
        except (OSError, StoreError, sqlite3.Error) as error:
            log.error("housekeeping: %s", error)
        else:
            if gone:
                log.info("housekeeping: %d recordings and faxes deleted for good", gone)
        await asyncio.sleep(DAY_S)
