"""The box's half of the lifeline relay: which telephone C is on is decided by the HAT and by this, together.

The relay puts handset C on the box only while the HAT drives its pin RELAY and the Pi its pin LIFELINE_EN; with either
low, C is a plain telephone on line A (hardware/README.md). Life cycle: ``take`` when the HAT has answered, before it is
set up; ``lost`` when it has fallen silent; the pins' ``close`` at the end.

Who talks is not cut off. Before LIFELINE_EN rises the HAT is told to let go of its half, so that the relay moves when
the HAT next finds line A idle (``bring_up`` asks for it last) and not under a conversation on the lifeline. While the
HAT is silent LIFELINE_EN stays high for LIFELINE_MS, as long as the HAT itself waits for a Pi that is gone: a
conversation of C that it keeps alive meanwhile goes on. A HAT that is dead has let go of its half at once.
"""

from __future__ import annotations

import asyncio

from drivers.clock import SampleLoop
from drivers.ports import control
from drivers.telephone import Telephone
from firmware.supervisor.hat.pins import HatPins


class Lifeline:
    """Of one box; without pins (``HatPins.there``) there is nothing to hold, and nothing is done."""

    def __init__(self, loop: SampleLoop, pins: HatPins, link: Telephone) -> None:
        self._loop = loop
        self._pins = pins
        self._link = link
        self._letting_go: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """The HAT serves: holds LIFELINE_EN. Raises LinkError."""
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        if self._pins.there and not self._pins.lifeline_held:
            await control.hold_lifeline(self._link, False)
            self._pins.hold_lifeline(True)

    def lost(self) -> None:
        """The HAT has fallen silent; told again, the time that runs goes on."""
        if self._letting_go is None:
            self._letting_go = self._loop.call_later(control.LIFELINE_S, self._pins.hold_lifeline, False)
