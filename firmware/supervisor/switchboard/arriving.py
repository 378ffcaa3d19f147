"""A call that comes in on a line: ring, greeting, message; a person who lifts a handset takes it over.

One ``Incoming`` from the first ring to the end. ``run`` never raises: whatever happens, the row says how it ended and
the line is hung up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from drivers.link import LinkError
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.ports.rings import Rings
from drivers.signals.callerid.messages import Message
from firmware.supervisor.assistant.caller.greeting import CallerDialog
from firmware.supervisor.assistant.receptionist import Receptionist
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.endings import FAX, TAKEN_OVER, TOO_LONG, CalledOff, Ending, Gone
from firmware.supervisor.calls.legs import LEFT_ALONE_TONES, Leg
from firmware.supervisor.calls.occupancy import PREEMPTED
from firmware.supervisor.calls.party import Party
from firmware.supervisor.calls.talk import Person
from firmware.supervisor.fax.line import FaxWatch
from firmware.supervisor.prompts.voice import Utterance
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.languages import LANGUAGES
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.store.contacts import Known
from firmware.supervisor.switchboard import front_desk
from firmware.supervisor.switchboard.cry_for_help import CryForHelp
from firmware.supervisor.switchboard.house import House
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.reaching import Reaching, together
from firmware.supervisor.switchboard.ring_phase import RingPhase
from firmware.supervisor.switchboard.situation import situation

log = logging.getLogger(__name__)


class Incoming:
    """One call on one line."""

    def __init__(
        self,
        parts: Parts,
        port: Port,
        another: Callable[[Incoming], None],
        rings: Rings | None = None,
        caller: Message | None = None,
    ) -> None:
        """``another`` is handed the call of whoever rings as this one's caller has given up.

        ``rings``, ``caller``: what the line has told already, where that is how this call begins.
        """
        self.port = port
        self.call = parts.live.new()
        self._parts = parts
        self._another = another
        self._house = House(parts, self.call, self._lifted)
        self._by_receptionist = front_desk.is_at(parts, port.name)
        self._ring = RingPhase(parts, port, self.call, rings, caller, self._admitted)
        self._office: Reaching | None = None
        self._too_long: asyncio.TimerHandle | None = None
        self._person: Person | None = None
        self._leg: Leg | None = None
        self._taker: Leg | None = None
        self._cry: CryForHelp | None = None  # on the handset that took the call
        self._fax_watch: FaxWatch | None = None

    def told(self, fact: Fact) -> None:
        """What the line tells while it rings; the leg is told it too once the line is off hook."""
        self._ring.told(fact)

    @property
    def can_be_taken(self) -> bool:
        """Whether somebody who lifts a handset gets this call: nobody else has it yet."""
        connected = self._office is not None and self._office.connected
        free = self._taker is None and not connected and not self._machine
        return free and not self._ring.blocked and not self.call.ended

    @property
    def _machine(self) -> bool:
        """Whether a fax machine calls."""
        return self._fax_watch is not None and self._fax_watch.heard

    def _admitted(self, who: Caller) -> None:
        """The rules let this caller reach people: the house rings, unless the receptionist asks him first whom."""
        if not self._by_receptionist:
            self._house.ring(who)

    def take_over(self, port: Port) -> None:
        """Somebody lifted a handset: the call is theirs."""
        self._taker = Leg(port)
        self._cry = CryForHelp(self._parts, self._taker, self._help)
        self.call.note("decision", because("handset takes call", handset=port.name))
        self._ring.taken()
        if self._leg is not None:
            self._leg.call_off(TAKEN_OVER)

    def _lifted(self, port: Port) -> None:
        """A handset that rang for this call was lifted."""
        if self.can_be_taken:
            self.take_over(port)
        else:
            self._parts.off_hook.reorder(port)

    def preempt(self) -> None:
        """An emergency call needs the line: this call ends at once."""
        self._ring.preempt()
        if self._leg is not None:
            self._leg.dismiss(PREEMPTED)

    def lost(self, why: str) -> None:
        """The HAT has gone: a call that only rings has no leg to be told by."""
        self._ring.lost(why)

    async def run(self) -> None:
        """From the first ring to the end."""
        self._parts.lines.take(self.port, self.call, self.preempt)
        try:
            async with closing(self.call, "no message"):
                await self.call.begin("in", "ringing", line=self.port.name)
                await self._serve()
        except (Gone, LinkError):
            return  # the row says it
        except Exception:  # the row says it, and so does the log
            await self._apologise()
        finally:
            self._ring.close()
            try:
                await self._hang_up()
            finally:
                self._parts.lines.leave(self.port.name, self.call)

    async def _serve(self) -> None:
        try:
            after = await self._ring.until_answered()
        finally:
            await self._house.stop()
        if after == "another":
            self._another(Incoming(self._parts, self.port, self._another, *await self._ring.give_way()))
            await self._ring.rang_off()
        if after != "answer":
            return
        await self._ring.hear_the_number_out()
        known = await self._ring.identify()
        self._person = self._who(known)
        # Ready before the caller waits for it
        greeting = await self._greeting(known)
        self._leg = leg = Leg(self.port)
        if self._ring.preempted or (self._cry is not None and self._cry.number):
            leg.dismiss(PREEMPTED)
        await self.port.take_up()
        self._ring.close()
        self.call.answered("exact")
        if self._taker is not None:
            await self._talk(leg, self._taker)
        elif self._ring.blocked:
            await self._turn_away(leg)
        else:
            await self._answer(leg, greeting)

    async def _greeting(self, known: Known | None) -> Utterance:
        voice = self._parts.speaking.voice
        if self._ring.asks_first:  # nobody has been rung yet: it is not said that nobody can come
            return await voice.prepare("caller.greeting.first", self._language)
        return await voice.greeting(known, self._language)

    async def _answer(self, leg: Leg, greeting: Utterance) -> None:
        """The box has answered: it speaks with the caller until somebody takes the call, or a machine turns out."""
        self._fax_watch = FaxWatch(leg)
        try:
            ending = await self._assistant(leg, greeting)
        except CalledOff as off:
            leg.go_on()
            self._fax_watch.close()
            if off.why == TAKEN_OVER and self._taker is not None:
                await self._talk(leg, self._taker)
                return
            if off.why == FAX:
                self.call.segment("assistant", "fax")
                ending = await self._parts.faxes.receive(self.call, leg)
            else:
                ending = Ending("no message", "box", off.why)
        finally:
            self._fax_watch.close()
        await self.call.finish(ending)

    async def _turn_away(self, leg: Leg) -> None:
        """A blocked caller hears so, and nobody else hears anything."""
        self.call.segment("assistant", "")
        ending = Ending("blocked", "box", because("caller blocked"))
        try:
            await self._parts.speaking.say(leg, "caller.blocked", self.call, self._language)
        except Gone as gone:
            ending = Ending.of(gone, "blocked")
        await self.call.finish(ending)

    async def _assistant(self, leg: Leg, greeting: Utterance) -> Ending:
        """The box speaks with the caller."""
        self.call.segment("assistant", "")
        self.call.change(stage="greeting")
        leg.gone_at_tones = LEFT_ALONE_TONES
        self.port.listen_for_tones(self._parts.country, answered=True)
        longest_s = self._parts.settings.number("answering.longest_s")
        # Whatever the caller does: the line is the office's
        self._too_long = self._parts.loop.call_later(longest_s, leg.call_off, TOO_LONG)
        party = Party(self.call, leg, self._parts.speaking, self._parts.studio, self._parts.ears, self._person)
        office = self._office = Reaching(self._parts, self.call, leg, party, self._help, self._connecting)
        try:
            with leg.hears_keys(party.keyed.pressed):
                ending = await self._dialog(party, office, greeting)
        finally:
            self._too_long.cancel()
            party.close()
        if not office.nobody_spoke:
            return ending
        return await self._parts.faxes.ask(self.call, leg, self._is_machine) or ending

    async def _dialog(self, party: Party, office: Reaching, greeting: Utterance) -> Ending:
        """The receptionist where she answers this line, else the greeting and the assistant."""
        found = situation(self._parts, self.call, self._ring)
        if self._by_receptionist and self._ring.outcome is not None:
            desk = await front_desk.desk(self._parts, self.call, self._ring.outcome.status, found.announce)
            if desk is not None:
                return await Receptionist(party, office, desk).run()
        assert self._leg is not None
        await self._parts.speaking.speak(self._leg, greeting, self.call)
        return await CallerDialog(party, office, found).run()

    def _is_machine(self) -> None:
        """From now on there is nobody that a person could take over."""
        assert self._fax_watch is not None
        self._fax_watch.heard = True
        self._fax_watch.close()
        self.call.segment("assistant", "fax")

    def _connecting(self) -> None:
        """Somebody has the call: from now on nothing but a hang-up ends it."""
        if self._too_long is not None:
            self._too_long.cancel()
        if self._fax_watch is not None:
            self._fax_watch.close()

    @property
    def _language(self) -> str:
        return self._person.language if self._person is not None else ""

    def _who(self, known: Known | None) -> Person:
        """The caller, by what the line told: a contact's language is the one in its card."""
        language = self._parts.settings.text("box.language")
        if known is not None and known.language in LANGUAGES:
            language = known.language
        return Person(language, contact=known.contact if known else None, name=known.name if known else "")

    async def _talk(self, line: Leg, taker: Leg) -> None:
        """The person at the handset has the call."""
        await self.call.finish(await together(self._parts, self.call, line, taker))

    def _help(self) -> None:
        """An emergency number was dialled on the handset: the call ends, and the handset calls for help."""
        if self.call.ended or self._leg is None:
            return
        self.call.note("decision", because("emergency dialled"))
        self._leg.dismiss(PREEMPTED)

    async def _apologise(self) -> None:
        """A caller with whom the box was speaking when it made a mistake is not left in silence."""
        if self._leg is None or self._taker is not None or self._machine:
            return
        self._leg.go_on()
        self._leg.keys.clear()
        with contextlib.suppress(Exception):
            await self._parts.speaking.say(self._leg, "caller.mistake", language=self._language)

    async def _hang_up(self) -> None:
        taker, self._taker = self._taker, None
        try:
            if self._leg is not None:
                await lines.let_go(self._leg)
        except LinkError as error:
            log.warning("line %s: %s", self.port.name, error)
        finally:
            if taker is not None:
                self._parts.off_hook.left(taker, dials=self._cry.number if self._cry is not None else "")
