"""The sign of life: given by the sample loop itself, and only while its threads do their work too.

A process that is stopped, a coroutine that never yields and a loop that died give none, and the service manager starts
the box anew; so it is where no job has come back for ``LANE_S``. A disk that stands still is no reason: calls go on
without it, and a restart would end them.
"""

from __future__ import annotations

import asyncio
import logging

from drivers.clock import SampleLoop
from firmware.supervisor.duties.service_manager import ServiceManager

log = logging.getLogger(__name__)

LANE_S = 60.0  # jobs take up to 20 s each: in a box that works one of them has ended long before
SIGNS = 4  # in each time that the service manager waits


class Heartbeat:
    """``keep`` runs for as long as the box does; without a service manager that looks there is nothing to do."""

    def __init__(self, loop: SampleLoop, manager: ServiceManager) -> None:
        self._loop = loop
        self._manager = manager
        self._job: asyncio.Task[None] | None = None
        self._worked = loop.time()
        self._told = False

    async def keep(self) -> None:
        """Gives its sign until it is cancelled."""
        if self._manager.watchdog_s is None:
            return
        try:
            while True:
                if self._lane_works():
                    self._manager.alive()
                elif not self._told:
                    self._told = True
                    log.critical("no job has come back for %.0f s: no sign of life from here on", LANE_S)
                await asyncio.sleep(self._manager.watchdog_s / SIGNS)
        finally:
            if self._job is not None:
                self._job.cancel()

    def _lane_works(self) -> bool:
        if self._job is None or self._job.done():
            if self._job is None or (not self._job.cancelled() and self._job.exception() is None):
                self._worked = self._loop.time()
            self._job = asyncio.ensure_future(self._loop.job(_nothing))
        return self._loop.time() - self._worked < LANE_S


def _nothing() -> None:
    """The least a thread can do."""
