"""A caller whom the box has greeted: what is offered, and what is done of it; keys and words of context ``caller``.

What cannot be done now is not offered. Nobody is hung up on for being misunderstood: after MISSES a message is taken,
and so it is where there is nothing else to offer. What was typed during the greeting counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from firmware.supervisor.assistant.caller.call_back import call_back
from firmware.supervisor.assistant.caller.hold import hold
from firmware.supervisor.assistant.caller.human import human
from firmware.supervisor.assistant.caller.important import important, turned_away
from firmware.supervisor.assistant.caller.who import who
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.assistant.office import Announcement, Nobody, Office
from firmware.supervisor.calls.talk import Ending, Menu, Talk
from firmware.supervisor.rules.find_me import Step

OFFER_S: Final = 4.0
MISSES: Final = 2
ROUNDS: Final = 6  # offers in all: who hears information again and again leaves a message in the end
OFFERS: Final = {
    "hold": "caller.offer.hold",
    "call me back": "caller.offer.call_back",
    "information": "caller.offer.information",
}
STATUSES: Final = {
    "meeting": "caller.status.meeting",
    "out": "caller.status.out",
    "vacation": "caller.status.vacation",
    "trip": "caller.status.trip",
    "after hours": "caller.status.after_hours",
    "weekend": "caller.status.weekend",
}


@dataclass(frozen=True)
class Situation:
    """How a caller finds the office.

    ``steps``: where others are looked for if it is important, ``holds``: for whom one may wait, ``operator``: who
    answers 0, ``asks_first``: whom he reaches once he has shown that he is a person; none: it is not offered.
    ``information``: texts of the office. ``status``: what the office is doing, where callers are told. ``stranger``:
    says who he is, and why he calls, before anybody is rung for him.
    """

    announce: Announcement
    steps: tuple[Step, ...] = ()
    holds: tuple[Step, ...] = ()
    operator: tuple[Step, ...] = ()
    information: Sequence[str] = ()
    status: str = ""
    asks_first: tuple[Step, ...] = ()
    stranger: bool = False

    @property
    def offers(self) -> tuple[str, ...]:
        """The acts that can be wanted now, as they are offered."""
        possible = (("important", self.steps), ("hold", self.holds), ("information", self.information))
        found = [act for act, there in possible if there]
        return ("message", *found, "call me back") if found else ()


@dataclass(frozen=True)
class _Offered:
    """Of a menu what is offered now."""

    menu: Menu
    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.menu.name

    def act(self, key: str) -> str | None:
        act = self.menu.act(key)
        return act if act in self.labels else None


class CallerDialog:
    """``run`` gives how the call ended. It raises Gone, CalledOff, and any error."""

    def __init__(self, talk: Talk, office: Office, situation: Situation) -> None:
        self._talk = talk
        self._office = office
        self._situation = situation
        offers = situation.offers
        quiet = ("call me back", *(["operator"] if situation.operator else []))
        self._choices = _Offered(menu("caller"), tuple(dict.fromkeys((*offers, "message", *quiet))))

    async def run(self) -> Ending:
        """From the end of the greeting."""
        if self._situation.status in STATUSES:
            await self._talk.say(STATUSES[self._situation.status])
        if self._situation.asks_first:
            ending = await self._ask_first()
            if ending is not None:
                return ending
        for _ in range(ROUNDS):
            ending = await self._do(await self._wish())
            if ending is not None:
                return ending
        return await self._office.take_message(important=False)

    async def _ask_first(self) -> Ending | None:
        """A person is put through, where somebody comes; what is no person may leave a message."""
        if not await human(self._talk):
            return await self._office.take_message(important=False)
        announce = self._situation.announce
        if self._situation.stranger and self._office.possible(self._situation.asks_first):
            announce = replace(announce, clips=await who(self._talk))
        found = await self._office.reach(self._situation.asks_first, announce, "caller.ringing")
        if not isinstance(found, Nobody):
            return await self._office.connect(found)
        if found.reason.id == "nobody.blocked":
            return await turned_away(self._talk, self._office)
        if found.reason.id != "nobody.waits":
            await self._talk.say(found.reply or "caller.nobody")
        return await self._office.take_message(important=False)

    async def _do(self, wish: str) -> Ending | None:
        """What is wanted; None: and then something else."""
        talk, office, found = self._talk, self._office, self._situation
        match wish:
            case "important":
                return await important(talk, office, found.steps, found.announce, stranger=found.stranger)
            case "hold":
                return await hold(talk, office, found.holds, found.announce)
            case "operator":
                return await self._operator()
            case "call me back":
                return await call_back(talk, office, found.announce.number)
            case "information":
                for text in found.information:
                    await talk.say("caller.information", text=text)
                return None
            case _:  # a key that means nothing else skips what is said before the tone
                return await office.take_message(important=False, at_once=wish == "message at once")

    async def _operator(self) -> Ending | None:
        found = await self._office.reach(self._situation.operator, self._situation.announce, "caller.operator.rings")
        if not isinstance(found, Nobody):
            return await self._office.connect(found)
        if found.reason.id == "nobody.waits":
            return await self._office.take_message(important=False)
        await self._talk.say(found.reply or "caller.operator.nobody")
        return None

    async def _wish(self) -> str:
        """What the caller wants of what is offered."""
        offers = self._situation.offers
        if not offers:
            choice = await self._talk.listen(self._choices, 0.0)
            return choice.act or ("message at once" if choice.key is not None else "message")
        for miss in range(MISSES):
            if miss:
                await self._talk.say("caller.not_understood")
            await self._talk.say(self._choices_help())
            for act in offers:
                if act in OFFERS:
                    await self._talk.say(OFFERS[act])
            choice = await self._talk.listen(self._choices, OFFER_S)
            if choice.act is not None:
                return choice.act
        return "message"

    def _choices_help(self) -> str:
        return menu("caller").help if self._situation.steps else "caller.offer.message"
