"""The calls going on, and the coroutines that see them to their end.

Life cycle: one ``Live`` a box. An exception in a call's coroutine is logged and ends nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.calls.call import Call
from firmware.supervisor.events import Events
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)


class Live:
    """``on_change`` is told whether any call goes on, whenever that may have changed."""

    def __init__(
        self,
        loop: SampleLoop,
        calendar: Calendar,
        database: Database,
        events: Events,
        tariff: Callable[[], Tariff],
        on_change: Callable[[bool], None],
    ) -> None:
        self._loop = loop
        self._calendar = calendar
        self._database = database
        self._events = events
        self._tariff = tariff
        self._on_change = on_change
        self._calls: list[Call] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def going_on(self) -> list[Call]:
        """The calls that have not ended, the oldest first."""
        return [call for call in self._calls if not call.ended]

    def new(self) -> Call:
        """A call to be begun; it goes on until it has ended."""
        call = Call(self._loop, self._calendar, self._database, self._events, self._tariff)
        self._calls = [*self.going_on, call]
        self._on_change(True)
        return call

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a call's coroutine."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def all_ended(self) -> None:
        """Waits until every call has written its end."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._on_change(bool(self.going_on))
        if not task.cancelled() and task.exception() is not None:
            log.error("a call ended by an error", exc_info=task.exception())
