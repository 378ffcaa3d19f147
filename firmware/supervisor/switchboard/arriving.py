"""A call that comes in on a line: ring, caller ID, greeting, message; a person who lifts a handset takes it over.

One ``Incoming`` from the first ring to the end. ``run`` never raises: whatever happens, the row says how it ended and
the line is hung up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from drivers.link import LinkError
from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.ports.rings import WITHIN_S, Rings, pattern
from drivers.signals.callerid.messages import Message
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.assistant.caller.message import Limits, MessageDialog
from firmware.supervisor.calls import display, lines
from firmware.supervisor.calls.caller_id import CallerIdWatch
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.endings import TAKEN_OVER, TOO_LONG, CalledOff, Ending, Gone
from firmware.supervisor.calls.legs import LEFT_ALONE_TONES, Leg
from firmware.supervisor.calls.party import Party
from firmware.supervisor.fax.line import FaxWatch
from firmware.supervisor.prompts.voice import Utterance
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Outcome
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.rules.numbers import Number
from firmware.supervisor.store.contacts import Known
from firmware.supervisor.switchboard import waiting
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.talking import Watch, talk

log = logging.getLogger(__name__)

NO_MORE_RINGS_S = 8.0  # longer than any country's pause between rings: the caller has given up
HELP_S = 15.0  # after the lift, digits that make an emergency number are meant for the self._parts, not for the caller
NUMBER_BLOCKS = 75  # 1.5 s: longer than any caller ID message
CALLER_ID_WAIT_S = 3.0  # after the first ring, where the box is to answer on the first
REMINDER = "one short ring: the line's calls are forwarded, or the caller gave up at once"


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
        self._parts = parts
        self.port = port
        self.call = self._parts.live.new()
        self._changed = asyncio.Event()
        self._caller = CallerIdWatch(port, self._changed.set, history=rings is None)
        self._identified = False
        self._known: Known | None = None
        self._outcome: Outcome | None = None  # what the rules say, once it is known who calls
        self._leg: Leg | None = None
        self._taker: Leg | None = None
        self._fax_watch: FaxWatch | None = None
        self._another = another
        self._rings = rings or self._no_ring_yet()
        self.ring_pattern = ""  # how the exchange rings for this call, once a whole ring was heard
        self._parallel = False
        self._preempted = False
        self._gone = ""
        self._taken_at = 0
        self._dialled = ""  # on the handset that took the call
        self._help = ""  # the emergency number among them
        if caller is not None:
            self._caller.told(caller)

    def told(self, fact: Fact) -> None:
        """What the line tells while it rings; the leg is told it too once the line is off hook."""
        match fact:
            case facts.RingEnded():
                self._rings.burst(fact.at, fact.ms)
                self.call.note("ring", number=self._rings.number, ms=fact.ms)
                self._parts.loop.call_later(WITHIN_S, self._ring_over)
            case facts.InUse():
                self._parallel = True
            case facts.Caller():
                self._caller.told(fact.message)
        self._changed.set()

    @property
    def can_be_taken(self) -> bool:
        """Whether somebody who lifts a handset gets this call: nobody else has it yet."""
        return self._taker is None and not self._machine and not self._blocked and not self.call.ended

    @property
    def _machine(self) -> bool:
        """Whether a fax machine calls."""
        return self._fax_watch is not None and self._fax_watch.heard

    @property
    def _blocked(self) -> bool:
        return self._outcome is not None and self._outcome.what == "blocked"

    def take_over(self, port: Port) -> None:
        """Somebody lifted a handset: the call is theirs."""
        self._taker = Leg(port)
        self._taken_at = self.port.now
        self.call.note("decision", f"handset {port.name} was lifted: the person takes the call")
        self._changed.set()
        if self._leg is not None:
            self._leg.call_off(TAKEN_OVER)

    def preempt(self) -> None:
        """An emergency call needs the line: this call ends at once."""
        self._preempted = True
        self._changed.set()
        if self._leg is not None:
            self._leg.end("box", "emergency call")

    def lost(self, why: str) -> None:
        """The HAT has gone: a call that only rings has no leg to be told by."""
        self._gone = why
        self._changed.set()

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
            self._caller.close()
            try:
                await self._hang_up()
            finally:
                self._parts.lines.leave(self.port.name, self.call)

    async def _serve(self) -> None:
        if not await self._ringing():
            return
        await self._hear_the_number_out()
        known = await self._identify()
        greeting = await self._parts.speaking.voice.greeting(known)  # ready before the caller waits for it
        self._leg = Leg(self.port)
        if self._preempted:
            self._leg.end("box", "emergency call")
        await self.port.take_up()
        self._caller.close()
        self.call.answered("exact")
        if self._taker is None and self._blocked:
            await self._turn_away()
        elif self._taker is None:
            self._fax_watch = FaxWatch(self._leg)
            try:
                ending = await self._assistant(greeting)
            except CalledOff as off:
                if off.why == TAKEN_OVER:
                    await self._talk(self._taker)
                    return
                ending = await self._fax()
            finally:
                self._fax_watch.close()
            await self.call.finish(ending)
        else:
            await self._talk(self._taker)

    async def _hear_the_number_out(self) -> None:
        """A number that is being sent is heard to its end, though a handset was lifted: answering cuts it off."""
        for _ in range(NUMBER_BLOCKS):
            if not self._caller.receiving or self._caller.found is not None or self._preempted or self._gone:
                return
            await asyncio.sleep(BLOCK / RATE)

    async def _fax(self) -> Ending:
        """The caller is a machine."""
        assert self._leg is not None
        self._leg.go_on()
        self.call.segment("assistant", "fax")
        return await self._parts.faxes.receive(self.call, self._leg)

    async def _ringing(self) -> bool:
        """Waits for the ring to answer on; False when the call ended before."""
        wanted = self._parts.settings.whole("answering.rings")
        while self._taker is None:
            if self._somebody_else():
                await self._give_way()
                return False
            if self._caller.found is not None and not self._identified:
                await self._identify()  # people see who calls while it still rings
                continue  # a handset may have been lifted meanwhile
            if self._parallel:
                await self._identify()
                self.call.answered_by("unknown")
                await self.call.end("connected", "nobody", "answered on a parallel telephone")
                return False
            if self._gone:
                raise Gone("link", self._gone, self.port.now)
            if self._preempted:
                await self._identify()
                await self.call.end("missed", "box", "emergency call")
                return False
            rings, sure = self._rings.rung, not self._rings.another
            if sure and self._outcome is not None and self._outcome.what != "reach" and rings:
                return True  # nobody is to be reached: the caller need not wait
            if sure and rings >= wanted and (wanted > 1 or self._caller.found is not None):
                return True
            wait = CALLER_ID_WAIT_S if rings >= wanted else NO_MORE_RINGS_S
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                if self._rings.rung >= wanted:
                    return True
                await self._identify()
                await self.call.end("missed", "far end", REMINDER if self._rings.reminder else "rang off")
                return False
        return True

    def _no_ring_yet(self) -> Rings:
        """On a line whose pace may be known from calls before."""
        return Rings(self._parts.country.ring.cadence_ms, self.port.ring_pace_s)

    def _ring_over(self) -> None:
        """Once a whole ring was heard the timeline says its pattern, where that is not the country's usual one."""
        self.port.ring_pace_s = self._rings.pace_s
        if self.ring_pattern or not self._rings.whole(self.port.now) or self.call.ended:
            return
        self.ring_pattern = self._rings.pattern
        if self.ring_pattern != pattern(list(self._parts.country.ring.cadence_ms[::2])):
            self.call.note("ring pattern", self.ring_pattern)

    def _somebody_else(self) -> bool:
        """Whether the line rings for another caller than the one that this call is of, who has given up."""
        late = self._rings.another and self._caller.found is not None and not self._identified
        return self._rings.of_another or self._caller.another is not None or late

    async def _give_way(self) -> None:
        """This caller rang off; whoever rings now is a call of their own, from their first ring."""
        caller = self._caller.another
        if not self._identified and self._rings.another:
            caller = caller or self._caller.found
            self._caller.forget()
        told_first = caller is not None and not self._rings.another and self._parts.country.caller_id.alert != "ring"
        rings = self._no_ring_yet() if told_first else self._rings.of_the_newest()
        self._another(Incoming(self._parts, self.port, self._another, rings, caller))
        await self._identify()
        await self.call.end("missed", "far end", "rang off")

    async def _identify(self) -> Known | None:
        """Who calls, by what the line sent; the row and the timeline say once what was heard."""
        if self._identified:
            return self._known
        self._identified = True
        columns = self._caller.columns(self._parts.numbers)
        said = self._caller.said(self._parts.numbers)
        self.call.note("caller id", self._caller.why, scheme=self._caller.scheme, **columns, **said)
        number = Number(columns.get("number_raw", ""), columns.get("number_e164"))
        known = self._known = await self._parts.book.known(number)
        if known is not None:
            columns |= {"contact": known.contact, "client": known.client}
        self.call.change(**columns)
        await self._decide(columns, known)
        return known

    async def _decide(self, columns: dict[str, Any], known: Known | None) -> None:
        """What the office's rules make of this caller; the timeline says why."""
        caller = Caller(
            number=columns.get("number_e164") or "",
            withheld=columns["presentation"] == "private",
            name=columns.get("name") or "",
            contact=known.name if known else "",
        )
        outcome = await self._parts.answering.decide(self.port.name, caller, known.contact if known else None)
        for reason in outcome.reasons:
            self.call.note("decision", reason.id, **dict(reason.fields))
        self.call.change(status_at=outcome.status)
        self._outcome = outcome

    async def _turn_away(self) -> None:
        """A blocked caller hears so, and nobody else hears anything."""
        assert self._leg is not None
        self.call.segment("assistant", "")
        ending = Ending("blocked", "box", "the caller is blocked")
        try:
            await self._parts.speaking.say(self._leg, "caller.blocked", self.call)
        except Gone as gone:
            ending = Ending.of(gone, "blocked")
        await self.call.finish(ending)

    async def _assistant(self, greeting: Utterance) -> Ending:
        """The box speaks with the caller."""
        assert self._leg is not None
        self.call.segment("assistant", "")
        self.call.change(stage="greeting")
        self._leg.gone_at_tones = LEFT_ALONE_TONES
        self.port.listen_for_tones(self._parts.country)
        longest_s = self._parts.settings.number("answering.longest_s")
        # Whatever the caller does: the line is the office's
        too_long = self._parts.loop.call_later(longest_s, self._leg.call_off, TOO_LONG)
        party = Party(self.call, self._leg, self._parts.speaking, self._parts.studio, self._parts.ears)
        try:
            with self._leg.hears_keys(lambda key: self.call.note("key", key=key)):
                await self._parts.speaking.speak(self._leg, greeting, self.call)
                dialog = MessageDialog(party, self._limits())
                ending = await dialog.run()
        finally:
            too_long.cancel()
            party.close()
        if not dialog.nobody_spoke:
            return ending
        return await self._parts.faxes.ask(self.call, self._leg, self._is_machine) or ending

    def _is_machine(self) -> None:
        """From now on there is nobody that a person could take over."""
        assert self._fax_watch is not None
        self._fax_watch.heard = True
        self._fax_watch.close()
        self.call.segment("assistant", "fax")

    def _limits(self) -> Limits:
        settings = self._parts.settings
        return Limits(
            settings.number("recording.min_speech_s"),
            settings.number("recording.silence_s"),
            settings.number("recording.max_s"),
        )

    async def _talk(self, taker: Leg | None) -> None:
        """The person at the handset has the call."""
        assert self._leg is not None and taker is not None
        self._leg.go_on()
        taker.hears_keys(self._dials_for_help)
        line = self._leg

        def begun() -> Iterator[Watch]:
            self.call.change(stage="talking", port=taker.port.name)
            self.call.segment("handset", taker.port.name)
            self.call.answered_by("person")
            yield waiting.Watch(self._parts, self.call, line, taker)

        ended = await talk(line, taker, begun)
        await self.call.finish(ended.ending("connected"))

    def _dials_for_help(self, key: str) -> None:
        """Who lifts a handset to dial an emergency number gets a caller instead: the number is heard all the same."""
        assert self._taker is not None and self._leg is not None
        if self.port.now - self._taken_at > HELP_S * RATE:
            return
        if key in display.ACKNOWLEDGEMENTS:
            return  # a display that answers the exchange, no finger
        self._dialled += key
        self._calls_for_help(self._dialled, final=False)

    def _calls_for_help(self, dialled: str, *, final: bool) -> None:
        """Ends the call for an emergency number, at once or after the pause that decides; ``dialled``: up to then."""
        if dialled != self._dialled or self.call.ended or self._leg is None:
            return
        decision = self._parts.plan.dialling.decide(dialled, final=final)
        if decision.kind is Kind.EMERGENCY:
            self._help = decision.number
            self.call.note("decision", "an emergency number was dialled on the handset")
            self._leg.end("box", "emergency call")
        elif decision.kind is Kind.WAIT and not final and decision.wait_s is not None:
            self._parts.loop.call_later(decision.wait_s, partial(self._calls_for_help, dialled, final=True))

    async def _apologise(self) -> None:
        """A caller with whom the box was speaking when it made a mistake is not left in silence."""
        if self._leg is None or self._taker is not None or self._machine:
            return
        self._leg.go_on()
        self._leg.keys.clear()
        with contextlib.suppress(Exception):
            await self._parts.speaking.say(self._leg, "caller.mistake")

    async def _hang_up(self) -> None:
        taker, self._taker = self._taker, None
        try:
            if self._leg is not None:
                await lines.let_go(self._leg)
        except LinkError as error:
            log.warning("line %s: %s", self.port.name, error)
        finally:
            if taker is not None:
                self._parts.off_hook.left(taker, dials=self._help)
