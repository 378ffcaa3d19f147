"""Whether the calendar clock may be believed, before anything is deleted by its age.

It is good while a time server keeps it, or while the board's own clock agrees with it, and once it has not jumped for
``STEADY_MS``. A clock that is wrong once would else make every message too old. Nothing but deleting asks for this:
calls are logged by whatever the clock says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.health import Check, check
from firmware.supervisor.store import clock_log
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError

STEADY_MS = 7 * 24 * 3600 * 1000
AGREE_S = 300.0  # between the clock and the board's, which is read every half minute


class ClockWatch:
    """``board_clock`` gives what the board's clock said last (UTC), None without one; ``synchronised`` the kernel."""

    def __init__(
        self,
        loop: SampleLoop,
        calendar: Calendar,
        database: Database,
        board_clock: Callable[[], datetime | None],
        synchronised: Callable[[], bool | None],
    ) -> None:
        self._loop = loop
        self._calendar = calendar
        self._database = database
        self._board_clock = board_clock
        self._synchronised = synchronised
        self._good: tuple[int, float] | None = None  # calendar ms and sample time of the last look at a good clock
        self._restless = ""

    async def doubt(self) -> str:
        """Looks at the clock: why nothing may be deleted by its age now; empty: it may. Called now and then."""
        unknown = self._unknown()
        if not unknown:
            self._restless = await self._unsteady()
        return unknown or self._restless

    def checks(self) -> list[Check]:
        """The clock, for the Health page; nothing where it is a scenario's."""
        if self._calendar.given:
            return []
        doubt, now = self._unknown() or self._restless, f"{self._calendar.now():%Y-%m-%d %H:%M}"
        if not doubt:
            return [check("Clock", "ok", f"It is {now}; the clock is right.", now=now)]
        text = f"It is {now}, and {doubt}. Nothing is deleted by its age."
        remedy = "Compare the date with your own; give the box a time server in the network, or set its clock."
        return [check("Clock", "warn", text, remedy, now=now)]

    def _unknown(self) -> str:
        if self._calendar.given or self._synchronised():
            return ""
        board = self._board_clock()
        if board is None:
            return "neither a time server nor the board's clock says that this is right"
        apart_s = abs((self._calendar.now() - board).total_seconds())
        return "" if apart_s <= AGREE_S else f"the board's clock says {board:%Y-%m-%d %H:%M} UTC"

    async def _unsteady(self) -> str:
        now_ms, at_s = self._calendar.now_ms(), self._loop.time()
        expected_ms = None if self._good is None else self._good[0] + round((at_s - self._good[1]) * 1000)
        try:
            jump = await self._loop.settle(self._database.write(clock_log.look, now_ms, expected_ms))
        except (StoreError, sqlite3.Error, OSError):
            return "the log cannot tell whether it has jumped"
        self._good = (now_ms, at_s)
        if jump is None or now_ms - jump.after_ms >= STEADY_MS:
            return ""
        return f"the clock jumped from {_words(jump.before_ms)} to {_words(jump.after_ms)} UTC, or the box was off"


def _words(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M}"
