"""The box: puts its parts together. Nobody imports this but the program itself.

Life cycle: ``Box(...)``, ``await run()`` until cancelled, ``await stop()``.
"""

from __future__ import annotations

from drivers.clock import Calendar, SampleLoop
from drivers.ports.bank import PortBank
from drivers.signals.countries import country
from drivers.telephone import Telephone
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls import echo
from firmware.supervisor.calls.book import Book
from firmware.supervisor.calls.live import Live
from firmware.supervisor.calls.occupancy import Occupancy
from firmware.supervisor.calls.party import Studio
from firmware.supervisor.calls.speaking import Speaking
from firmware.supervisor.desk.desk import Desk
from firmware.supervisor.events import Events
from firmware.supervisor.fax import library
from firmware.supervisor.fax.pictures import Pictures
from firmware.supervisor.fax.receive import FaxReception
from firmware.supervisor.hat.service import HatService
from firmware.supervisor.health import Health
from firmware.supervisor.listening.ears import Ears
from firmware.supervisor.prompts.voice import Voice
from firmware.supervisor.recordings.keeping import Keeping
from firmware.supervisor.recordings.recorder import Recorder
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.answering import Answering
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.settings.plan import Plan
from firmware.supervisor.store.database import Database
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.from_page import Reception
from firmware.supervisor.switchboard.off_hook import OffHook
from firmware.supervisor.switchboard.parking import Parking
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.ports import Ports
from firmware.supervisor.switchboard.router import Router
from firmware.supervisor.switchboard.state import State


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
        row = country(settings.text("box.country"))
        numbers = Numbers(row, settings.text("box.area_code"), settings.text("box.carrier_code"))
        bank = PortBank(loop, link, "a" if row.law == "a" else "mu")
        events = Events()
        voice = Voice(loop, settings, row.code)
        ports = Ports(loop, bank, settings.text("link.elsewhere"), settings.home)
        codes = {
            key: command.act.label for command in menu("dial_tone").commands for key in command.keys if len(key) > 1
        }
        plan = Plan(settings, row, lambda: [port.name for port in ports.handsets], codes)
        self.hat = HatService(loop, link, bank, row, settings)
        self.ears = Ears(loop)
        self.fax_pictures = Pictures(loop, database, events, settings.home)
        self.parts = Parts(
            loop=loop,
            calendar=calendar,
            country=row,
            settings=settings,
            database=database,
            events=events,
            numbers=numbers,
            bank=ports,
            plan=plan,
            live=Live(loop, calendar, database, events, lambda: plan.tariff, self.hat.pins.call_going_on),
            lines=Occupancy(loop, lambda: ports.lines, plan.serves),
            book=Book(loop, database, numbers),
            speaking=Speaking(voice),
            ears=self.ears,
            studio=Studio(loop, recorder, settings, bank.law),
            answering=Answering(loop, database, settings, calendar),
            faxes=FaxReception(loop, settings, bank.law, self.fax_pictures),
            off_hook=OffHook(),
            parking=Parking(),
        )
        alarm = Alarm(self.parts)
        state = State(self.parts, self.hat)
        self._router = Router(self.parts, alarm, state, self.hat)
        self.hat.on_up, self.hat.on_down = self._router.up, self._router.down
        link.on_lost, link.on_status = self._lost, self._router.reported
        self.health = Health(
            self.hat.about,
            [
                self.hat.checks,
                state.checks,
                self.hat.lifeline_checks,
                Keeping(settings.home, database, recorder).checks,
                self.hat.supply_checks,
                self.hat.board.checks,
            ],
        )
        self._last_checks = [echo.checks, library.checks, voice.checks, self.ears.checks, self.hat.pins.checks]
        reception = Reception(self.parts, alarm, state, self.health)
        self.desk = Desk(database, settings, events, numbers, reception, calendar.now_ms)

    async def run(self) -> None:
        """Serves until cancelled."""
        self.health.add(*self._last_checks)
        await self.hat.run()

    async def stop(self) -> None:
        """Ends what is going on and closes nothing that was handed in."""
        self._lost("box stopping")
        await self.parts.live.all_ended()
        self.hat.close()
        self.ears.close()

    def _lost(self, why: str) -> None:
        self._router.lost(why)
        self.hat.lost(why)
