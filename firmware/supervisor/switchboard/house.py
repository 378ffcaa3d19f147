"""The house rings with the line: whoever lifts one of its telephones has the call.

Life cycle: one ``House`` for a call that comes in; ``ring`` once it is known that people are to be reached, ``stop``
before the box answers. A handset in use is left alone. Failure behaviour: one that cannot be rung costs the others
nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)


class House:
    """``lifted`` is told which telephone was lifted."""

    def __init__(self, parts: Parts, call: Call, lifted: Callable[[Port], None]) -> None:
        self._who = Caller()
        self._parts = parts
        self._call = call
        self._lifted = lifted
        self._ringing: list[asyncio.Task[None]] = []
        self._over = False

    def ring(self, who: Caller) -> None:
        """Rings every free handset that is to ring, until ``stop``; a second time is nothing."""
        if self._over or self._ringing:
            return
        self._who = who
        for port in self._parts.bank.handsets:
            if port.free and self._parts.plan.rings(port.name):
                self._call.note("decision", because("reach.handset", telephone=port.name))
                self._ringing.append(asyncio.ensure_future(self._ring(port)))

    async def stop(self) -> None:
        """Nothing rings any more."""
        self._over = True
        for task in self._ringing:
            task.cancel()
        await asyncio.gather(*self._ringing, return_exceptions=True)

    async def _ring(self, port: Port) -> None:
        """One handset; somebody who lifts it as it is to ring no more has the call too."""
        who = self._who
        number = who.number or self._call.columns.get("number_raw") or None
        reason = "private" if who.withheld else "unavailable"
        shown = Shown(number, who.contact or who.name or None, self._parts.calendar.now(), reason)
        rung = asyncio.Event()
        ringing = Ringing(port, self._parts.country, shown, rung.set)
        try:
            async with ringing:
                await rung.wait()
        except LinkError as error:
            log.warning("handset %s does not ring: %s", port.name, error)
        finally:
            if ringing.lifted and port.off_hook and port.user is None:
                self._lifted(port)
