"""A line on which somebody outside is called, as a part of a call that goes on already."""

from __future__ import annotations

from drivers.ports.port import Port
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.switchboard.parts import Parts


class OutsideLine:
    """``port`` is free, and the call's from now on. Life cycle: ``dial`` once, ``give_back`` at the end."""

    def __init__(self, parts: Parts, call: Call, port: Port) -> None:
        self.port = port
        self.leg: Leg | None = None
        """Once the line has been taken up."""
        self._parts = parts
        self._call = call
        parts.lines.take(port, call)

    async def dial(self, digits: str) -> Leg:
        """Takes the line up and dials. Raises LinkError, Gone."""
        self.leg, _ = await lines.seize(self.port, self._parts.country)
        await lines.send(self.leg, digits)
        return self.leg

    async def give_back(self) -> None:
        """Hangs up, if it was taken up at all. Raises LinkError; the line is the call's no more all the same."""
        try:
            if self.leg is not None:
                await lines.let_go(self.leg)
        finally:
            self._parts.lines.leave(self.port.name, self._call)
