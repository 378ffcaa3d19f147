"""What pages show of the box as it is now: lines, handsets, calls. A value that is not known is None, never 0."""

from __future__ import annotations

import dataclasses
from typing import Any

from drivers.ports.port import Port
from firmware.supervisor.hat.service import HatService
from firmware.supervisor.health import Check, check
from firmware.supervisor.switchboard.parts import Parts

SLOW_REMEDY = "It may be noticed a little later that something happens there. If it stays, the board must be swapped."
LINE_WORDS = {
    "fault": "The line's chip does not answer as it should.",
    "dead": "There is no voltage on the line: it is unplugged, or out of order.",
}


class State:
    """Of one box."""

    def __init__(self, parts: Parts, hat: HatService) -> None:
        self._parts = parts
        self._hat = hat

    def port(self, port: Port) -> dict[str, Any]:
        """One line or handset."""
        reported = port.bank.link.status.ports[port.index : port.index + 1]
        volts, ma = reported[0][1:3] if reported else (None, None)
        call = self._parts.lines.call_on(port.name)
        return {
            "name": port.name,
            "label": self._parts.plan.label(port.kind, port.name),
            "state": self._word(port),
            "volts": volts,
            "ma": ma,
            "fault": port.fault,
            "call": call.id if call is not None else None,
        }

    def status(self) -> dict[str, Any]:
        """``status.get`` of docs/architecture.md, without what only the store knows."""
        return {
            "clock": self._parts.calendar.now().isoformat(timespec="seconds"),
            "in_service": self._hat.in_service,
            "lines": [self.port(port) for port in self._parts.bank.lines],
            "handsets": [self.port(port) for port in self._parts.bank.handsets],
            "calls": [call.live() for call in self._parts.live.going_on if call.columns],
            "link": dataclasses.asdict(self._hat.link.counters),
        }

    def publish(self) -> None:
        """Tells how every port is."""
        for port in self._parts.bank.ports:
            self._parts.events.publish(port.kind, self.port(port))

    def checks(self) -> list[Check]:
        """Each line, and the handsets with a fault."""
        handsets = (self._handset(port) for port in self._parts.bank.handsets if port.fault)
        return [*(self._line(port) for port in self._parts.bank.lines), *handsets]

    def _word(self, port: Port) -> str:
        if not self._hat.in_service:
            return "not in service"
        if port.out_of_order:
            return "fault"
        if port.kind == "handset":
            return "in use" if port.off_hook else "idle" if port.user is None else port.user.state
        if not port.battery:
            return "dead"
        if port.user is not None:
            return port.user.state
        if port.ringing or self._parts.lines.call_on(port.name) is not None:
            return "ringing"
        return "other telephone" if port.in_use else "idle"

    def _line(self, port: Port) -> Check:
        word = self._word(port)
        name = f"Line {port.name}"
        if word in LINE_WORDS:
            reason = f" ({port.fault})" if port.fault else ""
            return check(
                name,
                "fault",
                LINE_WORDS[word] + reason,
                "Plug a telephone into the wall socket and listen.",
                f"Line.{word}",
            )
        if port.fault:
            return check(
                name, "warn", f"The line works, and is {word}; the HAT says: {port.fault}.", SLOW_REMEDY, "Line.slow"
            )
        in_service = self._hat.in_service
        says = "Line.ok" if in_service else "Line.off"
        return check(name, "ok" if in_service else "warn", f"The line is {word}.", "", says)

    @staticmethod
    def _handset(port: Port) -> Check:
        name = f"Handset {port.name}"
        if not port.out_of_order:
            return check(name, "warn", f"The handset works; the HAT says: {port.fault}.", SLOW_REMEDY, "Handset.slow")
        text = f"The HAT's circuit for this handset does not work ({port.fault})."
        remedy = "Unplug the telephone from this socket and look again; if it stays, the board must be swapped."
        return check(name, "fault", text, remedy, "Handset.fault")
