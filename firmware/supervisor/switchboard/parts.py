"""What the flows of a call work with: put together once, by the box, and never changed."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.clock import Calendar, SampleLoop
from drivers.ports.port import Port
from drivers.signals.countries import Country
from firmware.supervisor.calls.book import Book
from firmware.supervisor.calls.live import Live
from firmware.supervisor.calls.occupancy import Occupancy
from firmware.supervisor.calls.party import Studio
from firmware.supervisor.calls.speaking import Speaking
from firmware.supervisor.events import Events
from firmware.supervisor.fax.receive import FaxReception
from firmware.supervisor.listening.ears import Ears
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.answering import Answering
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.settings.plan import Plan
from firmware.supervisor.store.database import Database
from firmware.supervisor.switchboard.off_hook import OffHook
from firmware.supervisor.switchboard.parking import Parking
from firmware.supervisor.switchboard.ports import Ports


@dataclass(frozen=True)
class Parts:
    """Of one box. A flow that needs two or three of them takes those; it keeps none that it does not use."""

    loop: SampleLoop
    calendar: Calendar
    country: Country
    settings: Settings
    database: Database
    events: Events
    numbers: Numbers
    bank: Ports
    plan: Plan
    live: Live
    lines: Occupancy
    book: Book
    speaking: Speaking
    ears: Ears
    studio: Studio
    answering: Answering
    faxes: FaxReception
    off_hook: OffHook
    parking: Parking

    def can_ring(self, handset: Port) -> bool:
        """Whether a handset is free, and is to ring at all."""
        return handset.free and not self.plan.undisturbed(handset.name)
