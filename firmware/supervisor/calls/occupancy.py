"""Which call has which line, and a line for the next one.

A line in use is never touched: by a parallel telephone, by another call, or ringing. An emergency call takes the line
from another call when none is free.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drivers.clock import SampleLoop
from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call

VACATE_S = 0.5  # how long an emergency call waits for another call to end by itself
PREEMPTED = "emergency call"  # calls.why of a call that had to give its line up


@dataclass(frozen=True)
class Held:
    """Who has a line. ``give_up``: has the call end."""

    call: Call
    give_up: Callable[[], None]


class Occupancy:
    """``ports``: the lines that there are, now; ``serves``: whether the box is to serve one, by its name."""

    def __init__(self, loop: SampleLoop, ports: Callable[[], Iterable[Port]], serves: Callable[[str], bool]) -> None:
        self._loop = loop
        self._ports = ports
        self._serves = serves
        self._held: dict[str, Held] = {}

    def open(self) -> list[Port]:
        """The lines that the box serves."""
        return [port for port in self._ports() if self._serves(port.name)]

    def call_on(self, line: str) -> Call | None:
        """The call on a line."""
        held = self._held.get(line)
        return held.call if held is not None else None

    def line_of(self, call: Call) -> str | None:
        """The line that a call has."""
        return next((name for name, held in self._held.items() if held.call is call), None)

    def take(self, port: Port, call: Call, give_up: Callable[[], None] | None = None) -> None:
        """The line is this call's, from now on; without ``give_up`` whoever uses the port is dismissed."""

        def dismiss() -> None:
            if port.user is not None:
                port.user.dismiss(PREEMPTED)

        self._held[port.name] = Held(call, give_up or dismiss)

    def leave(self, line: str, call: Call) -> None:
        """The call is off its line, unless an emergency call has the line by now."""
        if self.call_on(line) is call:
            del self._held[line]

    def free(self) -> Port | None:
        """The line that nobody uses and that gives dial tone the soonest."""
        return lines.free(self.open(), self._held)

    async def clear_one(self) -> Port | None:
        """For an emergency: ends another call and gives its line."""
        for port in self._ports():
            held = self._held.get(port.name)
            if not lines.usable(port) or (held is not None and held.call.columns.get("emergency")):
                continue
            if held is not None:
                held.give_up()
            await self._vacated(port)
            return port
        return None

    async def _vacated(self, port: Port) -> None:
        """Waits a moment for the call that was ended to let go of its line; then the line is taken from it."""
        deadline = self._loop.time() + VACATE_S
        while (port.user is not None or port.name in self._held) and self._loop.time() < deadline:
            await asyncio.sleep(BLOCK / RATE)
        port.idle()
        with contextlib.suppress(LinkError):
            if port.ringing:  # answered and hung up at once: the line is ours
                await port.take_up()
                await asyncio.sleep(lines.HANG_UP_S / 2)
            await port.hang_up()
