"""What the control socket may ask of the running box: how it is, hang up, dial."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from drivers.link import LinkError, LinkLost
from drivers.ports.port import Port
from firmware.supervisor import status
from firmware.supervisor.box import Box
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.legs import Gone, Leg
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.desk.desk import Dialled
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.switchboard import placing

HUNG_UP = "hung up on the page"
LIFT_S = 30.0  # how long the handset rings for a call placed on the page


class Reception:
    """The control socket's view of the box (``commands.Box``)."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def status(self) -> dict[str, Any]:
        """See ``status.status``."""
        return status.status(self._box)

    def health(self) -> dict[str, Any]:
        """See ``status.health``."""
        return status.health(self._box)

    async def hang_up(self, call: int) -> None:
        """Ends a live call: on its line, or at the handset that has placed it. Raises NotFound."""
        live = next((one for one in self._box.calls if one.id == call and not one.ended), None)
        if live is None:
            raise NotFound(f"there is no live call {call}")
        on_line = [name for name, one in self._box.on_line.items() if one is live]
        user = self._box.bank[on_line[0] if on_line else live.columns["port"]].user
        if isinstance(user, Leg):
            user.end("box", HUNG_UP)
        elif isinstance(user, Ringing):
            user.call_off(HUNG_UP)

    async def drill(self, handset: str, user: int | None) -> int:
        """As ``dial`` with an emergency number, up to the line, which is not taken. Raises Conflict, NotFound."""
        if any(call.columns.get("emergency") and not call.ended for call in self._box.calls):
            raise Conflict("an emergency call or a drill is going on")
        return await self.dial(handset, self._box.country.emergency.numbers[0], user, drill=True)

    def seen(self, call: int) -> None:
        """Somebody has acknowledged the emergency call ``call``: no handset rings for it any more."""
        self._box.alarm.seen(call)

    async def dial(
        self, handset: str, number: str, user: int | None, dialled: Dialled | None = None, *, drill: bool = False
    ) -> int:
        """See ``commands.Box.dial``. Raises Conflict, NotFound."""
        box = self._box
        port = next((port for port in box.bank.handsets if port.name == handset), None)
        if port is None:
            raise NotFound(f"there is no handset {handset}")
        digits, e164 = self._as_fingers_would(number)
        decision = box.dialplan.decide(digits, final=True)
        if decision.kind not in (Kind.OUTSIDE, Kind.EMERGENCY):
            raise Conflict(f"{number} is {decision.why or 'no number that can be dialled'}")
        if decision.code:
            raise Conflict(f"{decision.code} can only be dialled on a handset")
        if port.user is not None or port.off_hook:
            raise Conflict(f"handset {handset} is in use")
        emergency = decision.kind is Kind.EMERGENCY
        if not emergency and lines.free(box.open_lines(), box.on_line) is None:
            raise Conflict("no line is free")
        call = await placing.begin(
            box,
            port,
            decision.number,
            emergency=emergency,
            placed="page",
            user=user,
            e164=None if emergency else e164,
            drill=drill,
        )
        box.spawn(self._ring_and_place(port, decision.number, call, dialled))
        return call.id or 0

    def _as_fingers_would(self, number: str) -> tuple[str, str | None]:
        """A number as it would be dialled on a handset; with a full one (+1514...) also that, for the log."""
        box = self._box
        if not number.startswith("+"):
            return number, None
        digits = box.numbers.to_dial(number)
        if not digits or box.numbers.emergency(digits):
            return digits, None
        return box.dialplan.outside_prefix + digits, box.numbers.typed(number).e164

    async def _ring_and_place(self, port: Port, number: str, call: Call, dialled: Dialled | None) -> None:
        box = self._box

        def tell() -> None:
            if dialled is not None:
                box.spawn(dialled())

        leg: Leg | None = None
        try:
            async with closing(call, "cancelled"):
                if not await self._lifted(port, number, call):
                    await call.end("cancelled", "nobody", "nobody lifted the handset")
                    box.alarm.never_placed(call)
                    return
                leg = Leg(port)
                await placing.place(box, leg, number, call, tell)
        except (Gone, LinkError):
            return  # the row says it
        finally:
            if leg is not None:
                box.leave_off_hook(leg)

    async def _lifted(self, port: Port, number: str, call: Call) -> bool:
        """Rings the handset; whether somebody lifted it within LIFT_S. Raises LinkError."""
        call.change(stage="ringing the handset")
        name = "Drill" if call.columns["drill"] else call.columns["name"]
        shown = Shown(number, name, self._box.calendar.now())
        lifted = asyncio.Event()
        async with Ringing(port, self._box.country, shown, lifted.set) as ringing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LIFT_S):
                    await lifted.wait()
            if ringing.gone:
                raise LinkLost(ringing.gone)
            if ringing.called_off:
                raise Gone("box", ringing.called_off, self._box.loop.samples)
        return ringing.lifted
