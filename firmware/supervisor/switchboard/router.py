"""Who gets which fact: a line that rings begins a call, a handset that is lifted takes it or dials.

Life cycle: one ``Router`` a box. Whatever it starts is a coroutine of ``live``.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.telephone import Status
from firmware.supervisor.calls import lines
from firmware.supervisor.hat.service import HatService
from firmware.supervisor.switchboard import adopting
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.arriving import Incoming
from firmware.supervisor.switchboard.handset import HandsetSession
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.state import State


class Router:
    """Of one box."""

    def __init__(self, parts: Parts, alarm: Alarm, state: State, hat: HatService) -> None:
        self._parts = parts
        self._alarm = alarm
        self._state = state
        self._hat = hat
        self._incoming: dict[str, Incoming] = {}  # by line
        self._ports_known = False
        parts.bank.on_fact(self.told)
        parts.off_hook.reorder = self._reorder
        parts.off_hook.help = self._help
        parts.off_hook.dial = self._dial

    def told(self, port: Port, fact: Fact) -> None:
        """Something happened at a port."""
        self._parts.events.publish(port.kind, self._state.port(port))
        if port.kind == "line":
            self._line_told(port, fact)
        elif isinstance(fact, facts.Lifted) and port.user is None:
            self._lifted(port)

    def up(self) -> None:
        """The HAT serves; its first report will say how things stand."""
        self._ports_known = False
        self._state.publish()

    async def down(self) -> None:
        """The HAT serves no longer: waits until every call has written its end."""
        self._state.publish()
        await self._parts.live.all_ended()

    def lost(self, why: str) -> None:
        """The HAT has gone: whoever waits for it is told."""
        for port in self._parts.bank.ports:
            if port.user is not None:
                port.user.lost(why)
        for incoming in self._incoming.values():
            incoming.lost(why)
        self._alarm.lost()

    def reported(self, status: Status) -> None:
        """The first report after HELLO says how things stand: handsets lifted meanwhile, conversations kept alive."""
        if self._ports_known or not self._hat.in_service:
            return
        self._ports_known = True
        ports = self._hat.bank.ports
        for port in ports:
            port.follow_status(status.ports[port.index][0])
        bridged = [port for port in ports if port.bridged and port.off_hook]
        if len(bridged) == 2 and bridged[1].kind == "handset":
            self._parts.live.spawn(adopting.resume(self._parts, *bridged))
            return
        for port in ports:
            if port.off_hook and port.user is None:
                if port.kind == "handset":
                    self._lifted(port)
                else:
                    self._parts.live.spawn(lines.hang_up(port))

    def _line_told(self, port: Port, fact: Fact) -> None:
        call = self._incoming.get(port.name)
        if call is not None:
            call.told(fact)
        elif isinstance(fact, facts.RingBegan) and port.user is None and port in self._parts.lines.open():
            self._rung(Incoming(self._parts, port, self._rung))

    def _rung(self, incoming: Incoming) -> None:
        """A line rings: from now on what it tells is this call's."""
        self._incoming[incoming.port.name] = incoming
        self._parts.live.spawn(self._serve(incoming))

    async def _serve(self, incoming: Incoming) -> None:
        try:
            await incoming.run()
        finally:
            if self._incoming.get(incoming.port.name) is incoming:
                del self._incoming[incoming.port.name]

    def _lifted(self, port: Port) -> None:
        """Somebody lifted a handset that was not ringing: to take a call over, or to dial."""
        for incoming in self._incoming.values():
            if incoming.can_be_taken:
                incoming.take_over(port)
                return
        self._parts.live.spawn(self._session(port).run())

    def _session(self, port: Port) -> HandsetSession:
        return HandsetSession(self._parts, self._alarm, port)

    def _reorder(self, port: Port) -> None:
        if self._hat.in_service:
            self._parts.live.spawn(self._session(port).left_off_hook())

    def _help(self, port: Port, number: str) -> None:
        if self._hat.in_service:
            self._parts.live.spawn(self._session(port).call_for_help(number))

    def _dial(self, port: Port, keys: Sequence[str]) -> None:
        if self._hat.in_service:
            session = self._session(port)
            session.leg.keys.extend(keys)
            self._parts.live.spawn(session.run())
