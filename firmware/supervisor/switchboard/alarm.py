"""An emergency call is seen by somebody: the other handsets ring and say so, the pages are told, the audit log has it.

``Alarm.raise_for`` is told of every call whose number has gone out, or could not; it starts what is to be done and
returns at once, since nothing may delay the call. The other handsets ring with a cadence of their own and show who
called; one in use rings when it is free again. Who lifts one is told in words, may say by ``#`` that the office has
seen it, and then has dial tone: what is typed meanwhile is dialled, an emergency number above all.

Life cycle: one ``Alarm`` a box; an alarm rings for RING_S or until somebody has seen it, on a page or a handset. That
nobody has seen it is kept with the call in the store, so that the pages say so after a restart too. Failure behaviour:
where the store, the HAT or a prompt fails, the rest is done all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final
from weakref import WeakSet

from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.occupancy import PREEMPTED
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.hat.setup import EMERGENCY_CADENCE
from firmware.supervisor.store import emergencies
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)

RING_S: Final = 120.0
CONFIRM_S: Final = 8.0  # after the words, for #; then dial tone


class Alarm:
    """Has the office see the emergency calls of its box."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._raised: WeakSet[Call] = WeakSet()
        self._unseen: dict[Call, asyncio.Event] = {}

    def raise_for(self, call: Call) -> None:
        """The call is on its way, or has failed. Anything but an emergency, or the same call again, is nothing."""
        if not call.columns.get("emergency") or call in self._raised:
            return
        self._raised.add(call)
        self._unseen[call] = asyncio.Event()
        told = [port for port in self._parts.bank.handsets if port.name != call.columns["port"]]
        call.note("alarm", handsets=" ".join(port.name for port in told))
        call.also(emergencies.raised, at_ms=self._parts.calendar.now_ms())
        self._publish(call.id, seen=False)
        self._parts.live.spawn(self._ring_all(call, told))

    def never_placed(self, call: Call) -> None:
        """An emergency call that was asked for on a page, and nobody lifted the handset: there is nothing to see."""
        if call.columns.get("emergency"):
            call.also(emergencies.nothing_to_see, at_ms=self._parts.calendar.now_ms())

    def seen(self, call: int) -> None:
        """Somebody has seen the call with this id: nothing rings for it any more."""
        for unseen, event in self._unseen.items():
            if unseen.id == call:
                event.set()
        self._publish(call, seen=True)

    def lost(self) -> None:
        """The HAT has gone: nothing rings any more. The pages still say it."""
        for event in self._unseen.values():
            event.set()

    def _publish(self, call: int | None, *, seen: bool) -> None:
        self._parts.events.publish("emergency", {"id": call, "seen": seen})

    async def _ring_all(self, call: Call, ports: list[Port]) -> None:
        try:
            await asyncio.gather(*(self._tell(call, port) for port in ports))
        finally:
            del self._unseen[call]

    async def _tell(self, call: Call, port: Port) -> None:
        """Rings one handset, once it is free, and tells who lifts it."""
        unseen = self._unseen[call]
        try:
            async with asyncio.timeout(RING_S):
                await self._until_free(port, unseen)
                if unseen.is_set():
                    return
                lifted = await self._ring(call, port, unseen)
        except (TimeoutError, LinkError):
            return
        except Exception:  # the other handsets are told all the same
            log.exception("handset %s was not told of the emergency call", port.name)
            return
        if lifted:
            await self._say(call, Leg(port))

    async def _until_free(self, port: Port, unseen: asyncio.Event) -> None:
        while not port.free:
            if unseen.is_set():
                return
            if port.user is not None and port.user.state == "ringing":
                port.user.dismiss(PREEMPTED)  # a caller's ringing gives way
            await asyncio.sleep(BLOCK / RATE)

    async def _ring(self, call: Call, port: Port, unseen: asyncio.Event) -> bool:
        """Until the handset is lifted (True), somebody has seen the call elsewhere, or the HAT goes."""
        lifted = asyncio.Event()
        async with Ringing(port, self._parts.country, self._shown(call), lifted.set, EMERGENCY_CADENCE) as ringing:
            waits = [asyncio.ensure_future(event.wait()) for event in (lifted, unseen)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        return ringing.lifted

    def _shown(self, call: Call) -> Shown:
        """The handset that called, by its extension and name, and what it called."""
        caller = self._parts.bank[call.columns["port"] or ""]
        what = "Drill" if call.columns.get("drill") else call.columns["number_raw"]
        plan = self._parts.plan
        name = f"{what} {plan.label(caller.kind, caller.name)}"
        return Shown(plan.extension(caller.name), name, self._parts.calendar.now())

    async def _say(self, call: Call, leg: Leg) -> None:
        """Words for whoever lifted; the handset then is as any that was lifted."""
        caller = self._parts.bank[call.columns["port"] or ""]
        words = "handset.emergency_drill" if call.columns.get("drill") else "handset.emergency"
        extension, number = self._parts.plan.extension(caller.name), call.columns["number_raw"] or ""
        try:
            await self._parts.speaking.say(leg, words, extension=extension, number=number)
            key = await leg.key(CONFIRM_S)
            if key == "#":
                await self._seen_at(call, leg.port)
                await self._parts.speaking.say(leg, "handset.emergency_seen")
            elif key is not None:
                leg.keys.appendleft(key)
        except Gone:
            leg.release()
            return
        except Exception:
            log.exception("handset %s was not told of the emergency call", leg.port.name)
        self._parts.off_hook.dial_tone(leg)

    async def _seen_at(self, call: Call, port: Port) -> None:
        """Somebody at ``port`` says that he has seen it."""
        if call.id is None:
            log.error("an emergency call that the store has not taken cannot be marked as seen")
            return
        who, now_ms = f"handset:{port.name}", self._parts.calendar.now_ms()
        with contextlib.suppress(Exception):  # the store's health tells; whoever pressed the key has heard of the call
            await self._parts.loop.settle(self._parts.database.write(emergencies.acknowledge, call.id, who, now_ms))
            self.seen(call.id)
