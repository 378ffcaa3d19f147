"""The HAT in service: connected to, set up, watched, and connected to again when it was lost.

Life cycle: ``HatService(...)``, ``await run()`` until cancelled, ``close``. A HAT that stays silent is reset by its RUN
pin. ``on_up`` is called when it serves, ``on_down`` (awaited) when it serves no longer: it ends what is going on.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from drivers.clock import SampleLoop
from drivers.link import LinkError, LinkLost
from drivers.ports.bank import PortBank
from drivers.signals.countries import Country
from drivers.telephone import Hello, Telephone
from firmware.supervisor.hat import line_tuning
from firmware.supervisor.hat.board_watch import BoardWatch
from firmware.supervisor.hat.lifeline import Lifeline
from firmware.supervisor.hat.line_tuning import LineTuning
from firmware.supervisor.hat.pins import HatPins
from firmware.supervisor.hat.setup import bring_up, tell_supply
from firmware.supervisor.health import Check, check
from firmware.supervisor.settings.in_force import Settings
from hardware import tables

log = logging.getLogger(__name__)

RETRY_S = 0.5  # between tries to reach a HAT that is gone
REACH_S = 2.0  # a HAT that runs answers HELLO well within this, also on a machine that is short of breath
BOOT_S = 4.0  # after a reset: boot, chip set-up with its calibrations, and the answer
LOW_SUPPLY_MV = 4700  # below it the HAT rings no telephone, firmware/hat/supply.py


class HatService:
    """One HAT."""

    def __init__(self, loop: SampleLoop, link: Telephone, bank: PortBank, country: Country, settings: Settings) -> None:
        self.link = link
        self.bank = bank
        self.in_service = False
        self.fault = ""
        """What went wrong last, in words."""
        self.on_up: Callable[[], None] = lambda: None
        self.on_down: Callable[[], Awaitable[None]] = _nothing
        self.pins = HatPins(loop, settings.text("gpio.device"))
        self.board = BoardWatch(loop, settings.text("i2c.device"))
        self.board.on_jack = self._jack_changed
        self._country = country
        self._settings = settings
        self._lifeline = Lifeline(loop, self.pins, link)
        self._lost = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        link.on_log = _said

    async def run(self) -> None:
        """Serves until cancelled."""
        while True:
            self._lost.clear()
            try:
                hello = await self._reach()
                self.bank.configure(hello.kinds, hello.playout_delay)
                await self._lifeline.take()
                await bring_up(self.link, self.bank, self._country, self._tuning(), self._gains_db())
                self.in_service = True
                self.pins.in_service(True)
                log.info("in service: HAT %s, firmware %s", hello.uid, hello.firmware)
                self.on_up()
                await tell_supply(self.link, self.board.jack_12v)
                await self._lost.wait()
            except LinkLost:
                pass
            except LinkError as error:
                self.fault = str(error)
                log.error("%s", error)
            self.in_service = False
            self.pins.in_service(False)
            self._lifeline.lost()
            await self.on_down()
            await asyncio.sleep(RETRY_S)

    def lost(self, why: str) -> None:
        """The HAT has fallen silent, or the box stops: ``run`` goes on to reach it again."""
        self.fault = why
        log.warning("link lost: %s", why)
        self._lost.set()

    def close(self) -> None:
        """Lets go of the pins."""
        self.pins.close()

    def about(self) -> dict[str, Any]:
        """What the Health page's details show of link and HAT."""
        hello = self.link.hello
        return {
            "link": dataclasses.asdict(self.link.counters),
            "hat": dataclasses.asdict(self.link.status) | {"firmware": hello.firmware, "uid": hello.uid},
            "last_fault": self.fault,
        }

    # Health

    def checks(self) -> list[Check]:
        """Whether the HAT answers."""
        if self.in_service:
            return [check("HAT", "ok", f"The HAT answers (firmware {self.link.hello.firmware}).")]
        remedy = (
            "The telephone on socket C works on line A meanwhile. Check that the HAT sits firmly, then restart the box."
        )
        text = f"The HAT is not in service: {self.fault or 'it has not answered yet'}."
        return [check("HAT", "fault", text, remedy)]

    def lifeline_checks(self) -> list[Check]:
        """Which side telephone C is on; its relay needs both the HAT's pin and the Pi's. A voice modem has none."""
        name = "Lifeline"
        if not self.in_service or not self.bank.handsets:
            return []
        if not self.pins.there:
            text = "No GPIO pins are set up: on a HAT, telephone C stays on line A and the box does not serve it."
            return [
                check(
                    name,
                    "warn",
                    text,
                    "Set gpio.device to RPi.GPIO in frontdesk.toml and start the box again.",
                    "Lifeline.pins",
                )
            ]
        if not self.pins.lifeline_held:
            pin = tables.pi_pin("lifeline_enable")
            text = (
                f"The Pi's pin LIFELINE_EN (header pin {pin.number}) stays low: "
                "telephone C is on line A, and the box does not serve it."
            )
            return [
                check(name, "fault", text, "Check that the HAT sits firmly and that no other program uses the pin.")
            ]
        if self.link.status.relay is None:
            return []
        if not self.link.status.relay:
            text = "Telephone C is on line A itself; the box takes it back when that line is idle."
            return [check(name, "warn", text, "Put down every telephone on line A.")]
        return [check(name, "ok", "Telephone C is on the box; when box or HAT fail, it falls to line A.")]

    def supply_checks(self) -> list[Check]:
        """The HAT's own measure of its 5 V, while it is too low."""
        mv = self.link.status.mv_5v
        if not self.in_service or mv is None or mv >= LOW_SUPPLY_MV:
            return []
        text = f"The HAT's 5 V supply is at {mv / 1000:.2f} V: its handsets (C and D) do not ring."
        return [check("Supply", "fault", text, "Use a stronger supply; unplug what else it feeds.")]

    # Set-up

    async def _reach(self) -> Hello:
        """The HAT's answer; one that stays silent is reset by its RUN pin, again and again. Raises LinkError."""
        wait = REACH_S
        while True:
            try:
                async with asyncio.timeout(wait):
                    return await self.link.connect()
            except TimeoutError:
                await self.pins.reset_hat()
                wait = BOOT_S

    def _jack_changed(self, jack_12v: bool) -> None:
        """12 V was plugged in or pulled out; a HAT that is not in service hears of it when it is."""
        log.info("12 V at the jack: %s", "plugged in" if jack_12v else "none")
        if self.in_service:
            self._telling = asyncio.ensure_future(self._tell_supply(jack_12v))

    async def _tell_supply(self, jack_12v: bool) -> None:
        with contextlib.suppress(LinkError):  # it is told again when the HAT is back
            await tell_supply(self.link, jack_12v)

    def _tuning(self) -> dict[str, LineTuning]:
        """The lines' tuning; a file that is wrong is said, and the lines work untuned."""
        try:
            return line_tuning.read(self._settings.home / line_tuning.FILE_NAME)
        except line_tuning.TuningError as error:
            self.fault = str(error)
            log.error("%s", error)
            return {}

    def _gains_db(self) -> dict[str, tuple[float, float]]:
        """Each line's gains by the settings: to the line, from it."""
        return {
            port.name: (
                self._settings.number(f"lines.{port.name}.send_gain_db"),
                self._settings.number(f"lines.{port.name}.receive_gain_db"),
            )
            for port in self.bank.lines
        }


async def _nothing() -> None:
    return


def _said(level: int, text: str) -> None:
    """A line of the HAT's own log (``LOG_*``: 0 debug to 3 error); what it cannot print is escaped."""
    words = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    log.log(10 * (1 + min(level, 3)), "HAT: %s", words)
