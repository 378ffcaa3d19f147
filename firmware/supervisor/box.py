"""The box: what every call needs, who gets which event, and the life of the link.

Life cycle: ``Box(...)``, ``await run()`` until cancelled, ``await stop()``. ``run`` connects to the HAT, serves it, and
when it is lost ends every call cleanly, says so, and connects again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from drivers.clock import Calendar, SampleLoop
from drivers.link import Hello, LinkError, LinkLost, Status, Telephone
from drivers.ports import facts
from drivers.ports.bank import PortBank
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.signals.countries import country
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.events import Events
from firmware.supervisor.fax.pictures import Pictures
from firmware.supervisor.hat import line_tuning
from firmware.supervisor.hat.board_watch import BoardWatch
from firmware.supervisor.hat.lifeline import Lifeline
from firmware.supervisor.hat.line_tuning import LineTuning
from firmware.supervisor.hat.pins import HatPins
from firmware.supervisor.hat.setup import bring_up, tell_supply
from firmware.supervisor.health import Source
from firmware.supervisor.prompts.voice import Voice
from firmware.supervisor.recordings.recorder import Recorder, Recording, recording_path
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.dialplan import DialPlan
from firmware.supervisor.rules.numbers import Number, Numbers
from firmware.supervisor.settings.answering import Answering
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.status import port_status
from firmware.supervisor.store import contacts
from firmware.supervisor.store.contacts import Known
from firmware.supervisor.store.database import Database
from firmware.supervisor.switchboard import adopting
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.arriving import Incoming
from firmware.supervisor.switchboard.handset import HandsetSession

log = logging.getLogger(__name__)

CREATE_TICKS = 5  # 0.1 s: a recording's file is on the disk by then
VACATE_S = 0.5  # how long an emergency call waits for another call to end by itself
RETRY_S = 0.5  # between tries to reach a HAT that is gone
REACH_S = 2.0  # a HAT that runs answers HELLO well within this, also on a machine that is short of breath
BOOT_S = 4.0  # after a reset: boot, chip set-up with its calibrations, and the answer


class Box:
    """One Frontdesk."""

    def __init__(
        self,
        loop: SampleLoop,
        settings: Settings,
        database: Database,
        recorder: Recorder,
        link: Telephone,
        calendar: Calendar,
    ) -> None:
        self.loop = loop
        self.settings = settings
        self.database = database
        self.recorder = recorder
        self.link = link
        self.calendar = calendar
        self.events = Events()
        self.country = country(settings.text("box.country"))
        self.numbers = Numbers(self.country, settings.text("box.area_code"), settings.text("box.carrier_code"))
        self.bank = PortBank(loop, link, "a" if self.country.law == "a" else "mu")
        self.bank.on_fact = self._told
        self.answering = Answering(loop, database, settings, calendar)
        self.voice = Voice(loop, settings, self.country.code)
        self.board = BoardWatch(loop, settings.text("i2c.device"))
        self.board.on_jack = self._jack_changed
        self.pins = HatPins(loop, settings.text("gpio.device"))
        self.lifeline = Lifeline(loop, self.pins, link)
        self.fax_pictures = Pictures(loop, database, self.events, settings.home)
        self.on_line: dict[str, Call] = {}  # line name -> the call on it
        self.calls: list[Call] = []
        self.in_service = False
        self.last_fault = ""
        self.health_sources: list[Source] = []
        """Parts that know more of the box than it does itself: duties, the start."""
        self.incoming: dict[str, Incoming] = {}
        self.alarm = Alarm(self)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost = asyncio.Event()
        self._ports_known = False
        link.on_lost = self._link_lost
        link.on_status = self._status
        link.on_log = _hat_said

    # Life

    async def run(self) -> None:
        """Serves until cancelled."""
        while True:
            self._lost.clear()
            try:
                hello = await self._reach()
                self.bank.configure(hello.kinds, hello.playout_delay)
                self._ports_known = False
                await self.lifeline.take()
                await bring_up(self.link, self.bank, self.country, self._tuning(), self._gains_db())
                self.in_service = True
                self.pins.in_service(True)
                log.info("in service: HAT %s, firmware %s", hello.uid, hello.firmware)
                self._publish_ports()
                await tell_supply(self.link, self.board.jack_12v)
                await self._lost.wait()
            except LinkLost:
                pass
            except LinkError as error:
                self.last_fault = str(error)
                log.error("%s", error)
            self.in_service = False
            self.pins.in_service(False)
            self.lifeline.lost()
            self._publish_ports()
            await self._finish_calls()
            await asyncio.sleep(RETRY_S)

    def _jack_changed(self, jack_12v: bool) -> None:
        """12 V was plugged in or pulled out; a HAT that is not in service hears of it when it is."""
        log.info("12 V at the jack: %s", "plugged in" if jack_12v else "none")
        if self.in_service:
            self.spawn(self._tell_supply(jack_12v))

    async def _tell_supply(self, jack_12v: bool) -> None:
        with contextlib.suppress(LinkError):  # it is told again when the HAT is back
            await tell_supply(self.link, jack_12v)

    def _tuning(self) -> dict[str, LineTuning]:
        """The lines' tuning; a file that is wrong is said, and the lines work untuned."""
        try:
            return line_tuning.read(self.settings.home / line_tuning.FILE_NAME)
        except line_tuning.TuningError as error:
            self.last_fault = str(error)
            log.error("%s", error)
            return {}

    def _gains_db(self) -> dict[str, tuple[float, float]]:
        """Each line's gains by the settings: to the line, from it."""
        return {
            port.name: (
                self.settings.number(f"lines.{port.name}.send_gain_db"),
                self.settings.number(f"lines.{port.name}.receive_gain_db"),
            )
            for port in self.bank.lines
        }

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

    async def stop(self) -> None:
        """Ends what is going on and closes nothing that was handed in."""
        self._link_lost("the box is stopped")
        await self._finish_calls()
        self.pins.close()

    def _link_lost(self, why: str) -> None:
        self.last_fault = why
        log.warning("link lost: %s", why)
        for port in self.bank.ports:
            if port.user is not None:
                port.user.lost(why)
        for incoming in self.incoming.values():
            incoming.link_lost(why)
        self.alarm.link_lost()
        self._lost.set()

    async def _finish_calls(self) -> None:
        """Waits until every call has written its end."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a call's coroutine; an exception in it is logged and ends nothing else."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.pins.call_going_on(any(not call.ended for call in self.calls))
        if not task.cancelled() and task.exception() is not None:
            log.error("a call ended by an error", exc_info=task.exception())

    def _status(self, status: Status) -> None:
        """The first report after HELLO says how things stand: handsets lifted meanwhile, conversations kept alive."""
        if self._ports_known or not self.in_service:
            return
        self._ports_known = True
        for port in self.bank.ports:
            port.follow_status(status.ports[port.index][0])
        bridged = [port for port in self.bank.ports if port.bridged and port.off_hook]
        if len(bridged) == 2 and bridged[1].kind == "handset":
            self.spawn(adopting.resume(self, *bridged))
            return
        for port in self.bank.ports:
            if port.off_hook and port.user is None:
                if port.kind == "handset":
                    self._lifted(port)
                else:
                    self.spawn(lines.hang_up(port))

    # What the ports tell

    def _told(self, port: Port, fact: Fact) -> None:
        self.events.publish(port.kind, port_status(self, port))
        if port.kind == "line":
            self._line_told(port, fact)
        elif isinstance(fact, facts.Lifted) and port.user is None:
            self._lifted(port)

    def _line_told(self, port: Port, fact: Fact) -> None:
        call = self.incoming.get(port.name)
        if call is not None:
            call.told(fact)
        elif isinstance(fact, facts.RingBegan) and port.user is None and port in self.open_lines():
            self.incoming[port.name] = Incoming(self, port)
            self.spawn(self._serve(self.incoming[port.name]))

    async def _serve(self, incoming: Incoming) -> None:
        try:
            await incoming.run()
        finally:
            del self.incoming[incoming.port.name]

    def _lifted(self, port: Port) -> None:
        """Somebody lifted a handset that was not ringing: to take a call over, or to dial."""
        for incoming in self.incoming.values():
            if incoming.can_be_taken:
                incoming.take_over(port)
                return
        self.spawn(HandsetSession(self, port).run())

    def leave_off_hook(self, leg: Leg, dials: str = "") -> None:
        """The call of a handset is over; still lifted, it calls for help (``dials``) or hears reorder tone."""
        port = leg.port
        leg.release()
        if port.off_hook and port.user is None and self.in_service:
            session = HandsetSession(self, port)
            self.spawn(session.call_for_help(dials) if dials else session.left_off_hook())

    def give_dial_tone(self, leg: Leg) -> None:
        """A handset that was told something is as one that has just been lifted; what was typed since is dialled."""
        keys = tuple(leg.keys)
        leg.release()
        if leg.port.off_hook and self.in_service:
            session = HandsetSession(self, leg.port)
            session.leg.keys.extend(keys)
            self.spawn(session.run())

    # What dialogs need

    def _tariff(self) -> Tariff:
        return Tariff(self.settings.whole("billing.increment_s"), self.settings.whole("billing.minimum_s"))

    def new_call(self) -> Call:
        """A call to be begun; it is among ``calls`` until it has ended."""
        call = Call(self.loop, self.calendar, self.database, self.events, self._tariff)
        self.calls = [other for other in self.calls if not other.ended]
        self.calls.append(call)
        self.pins.call_going_on(True)
        return call

    async def contact_of(self, number: Number) -> Known | None:
        """The contact a number belongs to, if the store knows one."""
        try:
            ways = self.numbers.ways(number)
            return await self.loop.settle(self.database.write(contacts.find_by_number, number.e164, ways))
        except Exception as error:
            log.error("contacts: %s", error)
            return None

    async def begin_recording(self, call: Call) -> tuple[Recording, int | None]:
        """A running recording of a message and its row in the store (None where the store fails)."""
        path = recording_path(call.id or 0, "message", call.moment_ms(call.at()))
        row = await call.recording(path, self.bank.law)
        recording = self.recorder.begin(path, self.bank.law)
        self.loop.keep_pace(recording.created, CREATE_TICKS)
        return recording, row

    @property
    def dialplan(self) -> DialPlan:
        """The plan by the settings in force."""
        extensions = {self.settings.text(f"handsets.{port.name}.extension"): port.name for port in self.bank.handsets}
        operator = self.settings.text("dialing.operator")
        if operator:
            extensions["0"] = operator
        return DialPlan(
            self.country,
            extensions,
            outside_prefix=self.settings.text("dialing.outside_prefix"),
            interdigit_s=self.settings.number("dialing.interdigit_s"),
        )

    def extension(self, port: Port) -> str:
        """What one dials to reach a handset."""
        return self.settings.text(f"handsets.{port.name}.extension")

    def label(self, port: Port) -> str:
        """What people call a port."""
        return self.settings.text(f"{port.kind}s.{port.name}.name")

    def open_lines(self) -> list[Port]:
        """The lines that the box serves."""
        return [port for port in self.bank.lines if self.settings.flag(f"lines.{port.name}.enabled")]

    async def clear_a_line(self) -> Port | None:
        """For an emergency: ends another call and gives its line."""
        for port in self.bank.lines:
            call = self.on_line.get(port.name)
            if not lines.usable(port) or (call is not None and call.columns.get("emergency")):
                continue
            incoming = self.incoming.get(port.name)
            if incoming is not None:
                incoming.preempt()
            elif isinstance(port.user, Leg):
                port.user.end("box", "emergency call")
            await self._vacated(port)
            return port
        return None

    async def _vacated(self, port: Port) -> None:
        """Waits a moment for the call that was ended to let go of its line; then the line is taken from it."""
        deadline = self.loop.time() + VACATE_S
        while (port.user is not None or port.name in self.on_line) and self.loop.time() < deadline:
            await asyncio.sleep(BLOCK / RATE)
        port.idle()
        with contextlib.suppress(LinkError):
            if port.ringing:  # answered and hung up at once: the line is ours
                await port.take_up()
                await asyncio.sleep(lines.HANG_UP_S / 2)
            await port.hang_up()

    def leave_line(self, name: str, call: Call) -> None:
        """The call is off its line, unless an emergency call has the line by now."""
        if self.on_line.get(name) is call:
            del self.on_line[name]

    def _publish_ports(self) -> None:
        for port in self.bank.ports:
            self.events.publish(port.kind, port_status(self, port))


def _hat_said(level: int, text: str) -> None:
    """A line of the HAT's own log (``LOG_*``: 0 debug to 3 error); what it cannot print is escaped."""
    words = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    log.log(10 * (1 + min(level, 3)), "HAT: %s", words)
