"""The duties of the box: started together, begun again after an error, named on Health while one keeps failing.

Life cycle: ``Roster()``, ``add`` each, ``start``, then ``await stop()``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from firmware.supervisor.health import Check, check

log = logging.getLogger(__name__)

AGAIN_S = 60.0  # of the sample clock, from an error to the next try


class Roster:
    """Runs each duty for as long as the box does."""

    def __init__(self) -> None:
        self._duties: dict[str, Callable[[], Awaitable[None]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: dict[str, str] = {}

    def add(self, name: str, duty: Callable[[], Awaitable[None]]) -> None:
        """``duty()`` runs until it is cancelled, or returns when there is nothing to do on this box."""
        self._duties[name] = duty

    def start(self) -> None:
        """Starts them in the order in which they were added."""
        self._tasks = [asyncio.ensure_future(self._keep(name)) for name in self._duties]

    async def stop(self) -> None:
        """Ends them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def checks(self) -> list[Check]:
        """The duties whose last try ended by an error."""
        remedy = "It is tried again each minute; if this stays, restart the box and tell who looks after it."
        return [
            check("Duties", "warn", f"The box's {name} does not work: {why}.", remedy, duty=name)
            for name, why in self._failing.items()
        ]

    async def _keep(self, name: str) -> None:
        while True:
            try:
                await self._duties[name]()
                return
            except Exception as error:
                self._failing[name] = f"{type(error).__name__}: {error}"
                log.exception("%s ended by an error", name)
            await asyncio.sleep(AGAIN_S)
            del self._failing[name]
