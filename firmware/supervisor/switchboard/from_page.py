"""What the control socket may ask of the running box: how it is, hang up, dial."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Any

from drivers.link import LinkError, LinkLost
from drivers.ports.port import Port
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.desk.desk import Dialled
from firmware.supervisor.health import Health
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.switchboard import placing
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.state import State

HUNG_UP = "hung up on the page"
LIFT_S = 30.0  # how long the handset rings for a call placed on the page


class Reception:
    """The box as it runs, for acts that touch it (``desk.Running``)."""

    def __init__(self, parts: Parts, alarm: Alarm, state: State, health: Health) -> None:
        self._parts = parts
        self._alarm = alarm
        self._state = state
        self._health = health

    def status(self) -> dict[str, Any]:
        """See ``State.status``."""
        return self._state.status()

    def health(self) -> dict[str, Any]:
        """See ``Health.report``."""
        return self._health.report()

    async def hang_up(self, call: int) -> None:
        """Ends a live call: on its line, or at the handset that has placed it. Raises NotFound."""
        live = next((one for one in self._parts.live.going_on if one.id == call), None)
        if live is None:
            raise NotFound(f"there is no live call {call}")
        user = self._parts.bank[self._parts.lines.line_of(live) or live.columns["port"] or ""].user
        if user is not None:
            user.dismiss(HUNG_UP)

    async def drill(self, handset: str, user: int | None) -> int:
        """As ``dial`` with an emergency number, up to the line, which is not taken. Raises Conflict, NotFound."""
        if any(call.columns.get("emergency") for call in self._parts.live.going_on):
            raise Conflict("an emergency call or a drill is going on")
        return await self.dial(handset, self._parts.country.emergency.numbers[0], user, drill=True)

    def restart(self) -> None:
        """See ``desk.Running.restart``."""
        if self._parts.live.going_on:
            raise Conflict("a call is going on")
        os.kill(os.getpid(), signal.SIGTERM)  # as the service manager does, which starts the box again

    def seen(self, call: int) -> None:
        """Somebody has acknowledged the emergency call ``call``: no handset rings for it any more."""
        self._alarm.seen(call)

    async def dial(
        self, handset: str, number: str, user: int | None, dialled: Dialled | None = None, *, drill: bool = False
    ) -> int:
        """See ``desk.Running.dial``. Raises Conflict, NotFound."""
        port = next((port for port in self._parts.bank.handsets if port.name == handset), None)
        if port is None:
            raise NotFound(f"there is no handset {handset}")
        digits, e164 = self._as_fingers_would(number)
        decision = self._parts.plan.dialling.decide(digits, final=True)
        if decision.kind not in (Kind.OUTSIDE, Kind.EMERGENCY):
            raise Conflict(f"{number} is {decision.why or 'no number that can be dialled'}")
        if decision.code:
            raise Conflict(f"{decision.code} can only be dialled on a handset")
        if port.user is not None or port.off_hook:
            raise Conflict(f"handset {handset} is in use")
        emergency = decision.kind is Kind.EMERGENCY
        if not emergency and self._parts.lines.free() is None:
            raise Conflict("no line is free")
        call = await placing.begin(
            self._parts,
            port,
            decision.number,
            emergency=emergency,
            placed="page",
            user=user,
            e164=None if emergency else e164,
            drill=drill,
        )
        self._parts.live.spawn(self._ring_and_place(port, decision.number, call, dialled))
        return call.id or 0

    def _as_fingers_would(self, number: str) -> tuple[str, str | None]:
        """A number as it would be dialled on a handset; with a full one (+1514...) also that, for the log."""
        if not number.startswith("+"):
            return number, None
        digits = self._parts.numbers.to_dial(number)
        if not digits or self._parts.numbers.emergency(digits):
            return digits, None
        return self._parts.plan.dialling.outside_prefix + digits, self._parts.numbers.typed(number).e164

    async def _ring_and_place(self, port: Port, number: str, call: Call, dialled: Dialled | None) -> None:
        def tell() -> None:
            if dialled is not None:
                self._parts.live.spawn(dialled())

        leg: Leg | None = None
        try:
            async with closing(call, "cancelled"):
                if not await self._lifted(port, number, call):
                    await call.end("cancelled", "nobody", because("nobody lifted the handset"))
                    self._alarm.never_placed(call)
                    return
                leg = Leg(port)
                await placing.place(self._parts, self._alarm, leg, number, call, tell)
        except (Gone, LinkError):
            return  # the row says it
        finally:
            if leg is not None:
                self._parts.off_hook.left(leg)

    async def _lifted(self, port: Port, number: str, call: Call) -> bool:
        """Rings the handset; whether somebody lifted it within LIFT_S. Raises LinkError."""
        call.change(stage="ringing the handset")
        name = "Drill" if call.columns["drill"] else call.columns["name"]
        shown = Shown(number, name, self._parts.calendar.now())
        lifted = asyncio.Event()
        async with Ringing(port, self._parts.country, shown, lifted.set) as ringing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LIFT_S):
                    await lifted.wait()
            if ringing.gone:
                raise LinkLost(ringing.gone)
            if ringing.called_off:
                raise Gone("box", because(ringing.called_off), port.now)
        return ringing.lifted
