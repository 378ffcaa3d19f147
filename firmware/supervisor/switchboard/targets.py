"""A telephone that is rung for a caller: a handset of the house, or a number outside. Who answers hears who calls.

Each is a coroutine of its own, so that several ring at once: its result is ``Taken``, or why nobody there has the call.
Cancelled, it rings no more, and gives its port back; who was already listening hears why (``farewell``).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.supervisor.assistant.caller.screening import Screening, Verdict
from firmware.supervisor.assistant.office import Announcement, Nobody
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.endings import CalledOff, Gone
from firmware.supervisor.calls.following import Following
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.party import Party
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.rules.dialplan import Kind
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.cry_for_help import CryForHelp
from firmware.supervisor.switchboard.outside_line import OutsideLine
from firmware.supervisor.switchboard.parts import Parts

log = logging.getLogger(__name__)

DIALLED_S: Final = 6.0  # from the last digit until it rings at the other end, at most
NOBODY: Final = {"refuse": "nobody.refused", "message": "nobody.message", "block": "nobody.blocked"}
DECIDED: Final = frozenset({"nobody.refused", "nobody.message", "nobody.reply", "nobody.blocked"})
"""Somebody has said what is to become of the call: nobody else is asked."""


@dataclass
class Taken:
    """Somebody has the call, on ``leg``. ``number``: outside; "" in the house. ``give_back``: once they have talked."""

    who: str
    leg: Leg
    number: str
    give_back: Callable[[], Awaitable[None]]


class Target(Protocol):
    """One telephone."""

    farewell: str
    """The prompt for whoever is listening as it is cancelled; "" for none."""

    async def run(self) -> Taken | Nobody:
        """Rings it until it is answered and somebody has decided. Raises LinkError with the HAT."""


@dataclass(frozen=True)
class Caller:
    """Whose call it is, for those who are rung. ``help_``: an emergency number was dialled at a handset."""

    parts: Parts
    call: Call
    shown: Announcement
    help_: Callable[[], None]

    def party(self, leg: Leg) -> Party:
        """Somebody who was rung, as a dialog has him."""
        return Party(self.call, leg, self.parts.speaking, self.parts.studio, self.parts.ears)

    def note(self, reason: str, who: str) -> None:
        """A line of the timeline about one telephone."""
        self.call.note("decision", because(reason, telephone=who))

    def nobody(self, verdict: Verdict, who: str) -> Nobody:
        """Somebody there has decided against taking it, or nobody has pressed a key."""
        if verdict.act == "reply":
            reason = because("nobody.reply", telephone=who, reply=verdict.reply)
            self.call.note("decision", reason)
            return Nobody(reason, verdict.reply)
        return self.not_taken(NOBODY.get(verdict.act, "nobody.silent"), who)

    def not_taken(self, reason: str, who: str) -> Nobody:
        """``reason``: an id ``nobody.*``, which the timeline says too."""
        self.note(reason, who)
        return Nobody(because(reason, telephone=who))


class Inside:
    """A handset. ``lifted`` is called once somebody has lifted it."""

    def __init__(self, caller: Caller, port: Port, ring_s: float, lifted: Callable[[Inside], None]) -> None:
        self.farewell = ""
        self._caller = caller
        self._port = port
        self._ring_s = ring_s
        self._lifted = lifted

    async def run(self) -> Taken | Nobody:
        """See ``Target``."""
        parts, who = self._caller.parts, self._port.name
        self._caller.note("reach.handset", who)
        shown = Shown(self._caller.shown.number or None, self._caller.shown.name or None, parts.calendar.now())
        rung = asyncio.Event()
        ringing = Ringing(self._port, parts.country, shown, rung.set)
        try:
            async with ringing:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._ring_s):
                        await rung.wait()
        except asyncio.CancelledError:
            if ringing.lifted and self._port.off_hook:  # in the moment in which nobody was wanted any more
                leg = Leg(self._port)
                parts.live.spawn(_say_and(parts, leg, self.farewell, functools.partial(_left, parts, leg)))
            raise
        if not ringing.lifted or not self._port.off_hook:
            return self._caller.not_taken("nobody.unanswered", who)
        self._lifted(self)
        leg = Leg(self._port)
        cry = CryForHelp(parts, leg, self._caller.help_)

        async def give_back() -> None:
            parts.off_hook.left(leg, dials=cry.number)

        party = self._caller.party(leg)
        verdict = Verdict("refuse")  # who puts the handset down
        try:
            with contextlib.suppress(Gone):
                verdict = await Screening(party, self._caller.shown, inside=True).run()
        except asyncio.CancelledError:
            parts.live.spawn(_say_and(parts, leg, self.farewell, give_back))
            raise
        except BaseException:
            await give_back()
            raise
        finally:
            party.close()
        if verdict.act == "accept" and leg.gone is None:
            return Taken(who, leg, "", give_back)
        await give_back()
        return self._caller.nobody(verdict, who)


class Outside:
    """A number outside, called on a line of its own. Nobody there has the call who has not pressed its key."""

    def __init__(self, caller: Caller, number: str, ring_s: float) -> None:
        self.farewell = ""
        self._caller = caller
        self._number = number
        self._ring_s = ring_s

    async def run(self) -> Taken | Nobody:
        """See ``Target``."""
        parts, call = self._caller.parts, self._caller.call
        digits = parts.numbers.to_dial(self._number)
        decision = parts.plan.dialling.decide(parts.plan.dialling.outside_prefix + digits, final=True)
        if not digits or decision.kind is not Kind.OUTSIDE:
            return self._caller.not_taken("nobody.failed", self._number)
        port = parts.lines.free()
        if port is None:
            return self._caller.not_taken("reach.no_line", self._number)
        self._caller.note("reach.outside", self._number)
        line = OutsideLine(parts, call, port)

        async def give_back() -> None:
            try:
                await line.give_back()
            except LinkError as error:
                log.warning("line %s: %s", port.name, error)

        try:
            leg = await line.dial(digits)
            verdict = await self.answered(leg)
        except asyncio.CancelledError:
            parts.live.spawn(_say_and(parts, line.leg, self.farewell, give_back))
            raise
        except Gone:
            await give_back()
            return self._caller.not_taken("nobody.failed", self._number)
        except BaseException:
            await give_back()
            raise
        if isinstance(verdict, Verdict) and verdict.act == "accept" and leg.gone is None:
            return Taken(self._number, leg, self._number, give_back)
        await give_back()
        if isinstance(verdict, Verdict):
            return self._caller.nobody(verdict, self._number)
        return self._caller.not_taken(verdict, self._number)

    async def answered(self, leg: Leg) -> Verdict | str:
        """What whoever answers on ``leg``, which has been dialled, wants, or an id ``nobody.*``. Raises Gone."""
        with Following(leg, self._caller.parts.country) as following:
            return await self.followed(leg, following)

    async def followed(self, leg: Leg, following: Following) -> Verdict | str:
        """As ``answered``, where somebody follows the call already, and may have heard who answered."""
        leg.keys.clear()
        ring_s = DIALLED_S + self._ring_s
        if not await leg.until(lambda: following.answered or following.over or bool(leg.keys), ring_s):
            return "nobody.unanswered"
        if following.over:
            return "nobody.busy" if following.last == "busy" else "nobody.failed"
        return await self._asked(leg, following)

    async def _asked(self, leg: Leg, following: Following) -> Verdict | str:
        """Who answered hears who calls, until a key tells what he wants, or a machine has shown itself."""
        party = self._caller.party(leg)
        screening = Screening(party, self._caller.shown, inside=False)

        def heard() -> bool:
            if following.screener and not screening.patient:
                screening.patient = True
                self._caller.note("reach.screener", self._number)
            return following.machine

        asking = asyncio.ensure_future(screening.run())
        watching = asyncio.ensure_future(leg.until(heard, None))
        try:
            await asyncio.wait({asking, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                watching.result()  # raises Gone
                return "nobody.machine"
            verdict = asking.result()
        except Gone:
            return "nobody.machine" if following.read_on else "nobody.refused"
        except CalledOff:  # nobody calls this leg off
            return "nobody.failed"
        finally:
            for waits in (asking, watching):
                waits.cancel()
            await asyncio.gather(asking, watching, return_exceptions=True)
            party.close()
        return "nobody.machine" if not verdict.act and following.read_on else verdict


async def _left(parts: Parts, leg: Leg) -> None:
    parts.off_hook.left(leg)


async def _say_and(parts: Parts, leg: Leg | None, prompt: str, then: Callable[[], Awaitable[None]]) -> None:
    """Last words for somebody who was listening, if any; then the port is given back."""
    try:
        if leg is not None and prompt:
            leg.keys.clear()
            await parts.speaking.say(leg, prompt)
    except (Gone, CalledOff, LinkError):
        return
    finally:
        await then()
