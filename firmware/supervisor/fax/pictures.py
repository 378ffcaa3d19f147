"""The PDF of each fax that has come in whole, one after the other, by a process that may fail alone.

Life cycle: one ``Pictures`` per box; ``run`` until cancelled, ``wake`` whenever another fax waits. What a stop or a
kill leaves waiting is made after the next start. A PDF that cannot be made is said so; the TIFF holds the pages.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from drivers.clock import SampleLoop
from firmware.fax_files import Report
from firmware.supervisor.events import Events
from firmware.supervisor.fax.gateway import Gateway
from firmware.supervisor.store import faxes
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)

LONGEST_S = 900.0  # wall clock; the process has ten minutes of processor time
LANE = "fax pictures"


class Pictures:
    """``home``: $FRONTDESK_HOME."""

    def __init__(self, loop: SampleLoop, database: Database, events: Events, home: Path) -> None:
        self._loop = loop
        self._database = database
        self._events = events
        self._home = home
        self._more = asyncio.Event()

    def wake(self) -> None:
        """Another fax waits for its PDF."""
        self._more.set()

    async def run(self) -> None:
        """Makes what waits, and then whatever comes. Raises OSError and the store's errors; may be run again."""
        while True:
            self._more.clear()
            for fax, path in await self._loop.settle(self._database.write(faxes.waiting)):
                await self._make(fax, path)
            await self._more.wait()

    async def _make(self, fax: int, path: str) -> None:
        gateway = Gateway(self._home, job="pdf", tiff=path)
        try:
            report = await self._loop.job(_last_report, gateway, lane=LANE)
        finally:
            gateway.close()
        if not report.pages:
            log.error("fax %d: no PDF: %s", fax, report.why)
        progress = "made" if report.pages else "failed"
        state = await self._loop.settle(self._database.write(faxes.progressed, fax, progress))
        if state is not None:
            self._events.publish("message", {"fax": fax, "state": state, "progress": progress})


def _last_report(gateway: Gateway) -> Report:
    try:
        return gateway.last_report(LONGEST_S)
    except OSError as error:
        return Report(why=str(error) or type(error).__name__)
