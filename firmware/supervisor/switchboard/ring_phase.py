"""A line rings: from the first ring to the moment in which somebody answers, or the caller has given up.

It counts the rings, hears who calls, has the office's rules decide about the caller, and says each of them once in the
call's timeline. Life cycle: one ``RingPhase`` a call; ``until_answered`` once, ``close`` when the line is off hook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.port import Port
from drivers.ports.rings import WITHIN_S, Rings, pattern
from drivers.signals.callerid.messages import Message
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.caller_id import CallerIdWatch
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.occupancy import PREEMPTED
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Outcome
from firmware.supervisor.rules.numbers import Number
from firmware.supervisor.rules.reasons import because, from_elsewhere
from firmware.supervisor.store.contacts import Known
from firmware.supervisor.switchboard.parts import Parts

NO_MORE_RINGS_S = 8.0  # longer than any country's pause between rings: the caller has given up
NUMBER_BLOCKS = 75  # 1.5 s: longer than any caller ID message
CALLER_ID_WAIT_S = 3.0  # after the first ring, where the box is to answer on the first

After = Literal["answer", "over", "another"]
"""What the ringing comes to: the call is answered, its row says that it is over, or somebody else rings now."""


class RingPhase:
    """``rings``, ``caller``: what the line has told already, where somebody rang as another caller gave up.

    ``reach`` is called once it is decided that people are to be reached.
    """

    def __init__(
        self,
        parts: Parts,
        port: Port,
        call: Call,
        rings: Rings | None,
        caller: Message | None,
        reach: Callable[[Caller], None],
    ) -> None:
        self._reach = reach
        self._parts = parts
        self._port = port
        self._call = call
        self._changed = asyncio.Event()
        self._caller = CallerIdWatch(port, self._changed.set, history=rings is None)
        self._rings = rings or self._no_ring_yet()
        self._pattern = ""  # how the exchange rings for this call, once a whole ring was heard
        self._known: Known | None = None
        self.outcome: Outcome | None = None
        """What the rules say, once it is known who calls."""
        self.who = Caller()
        self._over = ""  # why nobody needs to answer: _TAKEN, _PARALLEL, PREEMPTED, or why the HAT has gone
        if caller is not None:
            self._caller.told(caller)

    # What happens meanwhile

    def told(self, fact: Fact) -> None:
        """What the line tells."""
        match fact:
            case facts.RingEnded():
                self._rings.burst(fact.at, fact.ms)
                self._call.note("ring", number=self._rings.number, ms=fact.ms)
                self._parts.loop.call_later(WITHIN_S, self._ring_over)
            case facts.InUse():
                self._over = self._over or _PARALLEL
            case facts.Caller():
                self._caller.told(fact.message)
        self._changed.set()

    def taken(self) -> None:
        """Somebody has lifted a handset for the call."""
        if self._over != PREEMPTED:
            self._over = _TAKEN
        self._changed.set()

    def preempt(self) -> None:
        """An emergency call needs the line."""
        self._over = PREEMPTED
        self._changed.set()

    def lost(self, why: str) -> None:
        """The HAT has gone."""
        self._over = why
        self._changed.set()

    @property
    def preempted(self) -> bool:
        return self._over == PREEMPTED

    @property
    def asks_first(self) -> bool:
        """Whether this caller is to show that he is a person before the house rings."""
        wanted = self._parts.settings.text("answering.ask_first") == "strangers"
        reaches = self.outcome is not None and self.outcome.reasons[-1].id == "admitted"
        return wanted and reaches and self.who.kind != "contact"

    @property
    def blocked(self) -> bool:
        """Whether the rules turn this caller away."""
        return self.outcome is not None and self.outcome.what == "blocked"

    def close(self) -> None:
        """Stops listening for who calls."""
        self._caller.close()

    # The flow

    async def until_answered(self) -> After:
        """Waits for the ring to answer on. Raises Gone with the HAT."""
        wanted = self._parts.settings.whole("answering.rings")
        while self._over != _TAKEN:
            if self._somebody_else():
                return "another"
            if self._caller.found is not None and self.outcome is None:
                await self.identify()  # people see who calls while it still rings
                continue  # a handset may have been lifted meanwhile
            if self._over:
                return await self._end()
            rings, sure = self._rings.rung, not self._rings.another
            if sure and self.outcome is not None and rings and (self.outcome.what != "reach" or self.asks_first):
                break  # nobody is to be reached yet: the caller need not wait
            if sure and rings >= wanted and (wanted > 1 or self._caller.found is not None):
                break
            unknown = sure and rings and self.outcome is None and not self._caller.receiving
            if not await self._something_happens(CALLER_ID_WAIT_S if unknown or rings >= wanted else NO_MORE_RINGS_S):
                if unknown and rings < wanted:
                    await self.identify()  # nothing was sent: the house rings for an unknown caller
                    continue
                if self._rings.rung >= wanted:
                    break
                await self.rang_off(reminder=self._rings.reminder)
                return "over"
        return "answer"

    async def hear_the_number_out(self) -> None:
        """A number that is being sent is heard to its end, though a handset was lifted: answering cuts it off."""
        for _ in range(NUMBER_BLOCKS):
            if not self._caller.receiving or self._caller.found is not None or self._over not in ("", _TAKEN):
                return
            await asyncio.sleep(BLOCK / RATE)

    async def identify(self) -> Known | None:
        """Who calls, by what the line sent; the row and the timeline say once what was heard, and what is decided."""
        if self.outcome is not None:
            return self._known
        columns = self._caller.columns(self._parts.numbers)
        said = self._caller.said(self._parts.numbers)
        self._call.note("caller id", self._caller.why, scheme=self._caller.scheme, **columns, **said)
        number = Number(columns.get("number_raw", ""), columns.get("number_e164"))
        known = self._known = await self._parts.book.known(number)
        if known is not None:
            columns |= {"contact": known.contact, "client": known.client}
        self._call.change(**columns)
        await self._decide(columns, known)
        return known

    async def give_way(self) -> tuple[Rings, Message | None]:
        """This caller rang off; the rings, and perhaps the name, of whoever rings now are the result."""
        caller = self._caller.another
        if self.outcome is None and self._rings.another:
            caller = caller or self._caller.found
            self._caller.forget()
        told_first = caller is not None and not self._rings.another and self._parts.country.caller_id.alert != "ring"
        return self._no_ring_yet() if told_first else self._rings.of_the_newest(), caller

    async def rang_off(self, *, reminder: bool = False) -> None:
        """The caller has given up; ``reminder``: or the line only reminds of its calls being forwarded."""
        await self.identify()
        await self._call.end("missed", "far end", because("one short ring" if reminder else "rang off"))

    async def _end(self) -> After:
        """Nobody is to answer. Raises Gone where the HAT has gone."""
        if self._over == _PARALLEL:
            await self.identify()
            self._call.answered_by("unknown")
            await self._call.end("connected", "nobody", because("parallel telephone"))
        elif self._over == PREEMPTED:
            await self.identify()
            await self._call.end("missed", "box", because(PREEMPTED))
        else:
            raise Gone("link", from_elsewhere(self._over, "link lost"), self._port.now)
        return "over"

    async def _something_happens(self, within_s: float) -> bool:
        self._changed.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _decide(self, columns: dict[str, Any], known: Known | None) -> None:
        """What the office's rules make of this caller; the timeline says why."""
        caller = self.who = Caller(
            number=columns.get("number_e164") or "",
            withheld=columns["presentation"] == "private",
            name=columns.get("name") or "",
            contact=known.name if known else "",
        )
        outcome = await self._parts.answering.decide(self._port.name, caller, known.contact if known else None)
        for reason in outcome.reasons:
            self._call.note("decision", reason)
        self._call.change(status_at=outcome.status)
        self.outcome = outcome
        if outcome.what == "reach" and not self.asks_first:
            self._reach(caller)

    # Rings

    def _no_ring_yet(self) -> Rings:
        """On a line whose pace may be known from calls before."""
        return Rings(self._parts.country.ring.cadence_ms, self._port.ring_pace_s)

    def _ring_over(self) -> None:
        """Once a whole ring was heard the timeline says its pattern, where that is not the country's usual one."""
        self._port.ring_pace_s = self._rings.pace_s
        if self._pattern or not self._rings.whole(self._port.now) or self._call.ended:
            return
        self._pattern = self._rings.pattern
        if self._pattern != pattern(list(self._parts.country.ring.cadence_ms[::2])):
            self._call.note("ring pattern", because("ring pattern", pattern=self._pattern))

    def _somebody_else(self) -> bool:
        """Whether the line rings for another caller than the one that this call is of, who has given up."""
        late = self._rings.another and self._caller.found is not None and self.outcome is None
        return self._rings.of_another or self._caller.another is not None or late


_TAKEN = "taken"
_PARALLEL = "parallel"
