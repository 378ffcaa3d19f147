"""The board's own devices (clock, thermometer, supply, expander), looked at now and then for the Health page.

Without an I2C device (a laptop, a modem) there is nothing to look at. A bus that cannot be opened, and each device that
fails, is a sentence on the Health page; no call ever waits for one. What the HAT must know of them, whether 12 V is
plugged in, is told by ``on_jack``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from drivers.clock import SampleLoop
from drivers.i2c import I2cError, open_bus
from drivers.i2c.devices import BoardDevices, Survey
from firmware.supervisor.health import Check, check

log = logging.getLogger(__name__)

EVERY_S = 30.0
LANE = "board"


class BoardWatch:
    """``device``: the setting ``i2c.device``; ``watch`` runs for as long as the box does."""

    def __init__(self, loop: SampleLoop, device: str) -> None:
        self._loop = loop
        self._device = device
        self.survey: Survey | None = None
        self._fault = ""
        self.on_jack: Callable[[bool], None] = lambda jack_12v: None
        """Called when a supply was plugged into the 12 V jack or pulled out."""

    @property
    def jack_12v(self) -> bool:
        """Whether 12 V is plugged in, as far as is known."""
        return self.survey is not None and self.survey.jack_12v is True

    def clock(self) -> datetime | None:
        """What the board's own clock said at the last look (UTC); None where there is none or it does not know."""
        return None if self.survey is None else self.survey.time

    def checks(self) -> list[Check]:
        """The board's own devices, where there is a bus."""
        seen = self.survey
        if self._fault:
            return [check("Board", "fault", f"{self._fault}.", "Check that the HAT sits firmly.")]
        if seen is None:
            return []
        if seen.faults:
            return [
                check(
                    "Board",
                    "warn",
                    f"{' '.join(seen.faults.values())}",
                    "Calls go on; have the board looked at.",
                    "Board.devices",
                )
            ]
        parts = [] if seen.celsius is None else [f"{seen.celsius:.0f} °C"]
        if seen.supply is not None:
            parts.append(f"{seen.supply.millivolts / 1000:.2f} V, {seen.supply.milliamps:.0f} mA")
        parts.append("12 V is plugged in" if seen.jack_12v else "no 12 V: its handsets ring one at a time")
        state = "warn" if seen.restarts else "ok"
        dips = f"; its supply dipped {seen.restarts} times" if seen.restarts else ""
        remedy = "Use a stronger supply." if dips else ""
        return [check("Board", state, f"The board is at {', '.join(parts)}{dips}.", remedy)]

    async def watch(self) -> None:
        """Looks at once and every EVERY_S; ends when cancelled, or at once where there is no bus."""
        if not self._device:
            return
        try:
            devices = BoardDevices(await self._loop.job(open_bus, self._device, lane=LANE))
        except I2cError as error:
            self._fault = str(error)
            log.error("I2C: %s", error)
            return
        while True:
            before = self.jack_12v
            self.survey = await self._loop.job(devices.survey, lane=LANE)
            if self.jack_12v != before:
                self.on_jack(self.jack_12v)
            await asyncio.sleep(EVERY_S)
