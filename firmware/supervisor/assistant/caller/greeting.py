"""A caller whom the box has greeted: what is offered, and what is done of it; keys and words of context ``caller``.

What cannot be done now is not offered. Nobody is hung up on for being misunderstood: after MISSES a message is taken,
and so it is where there is nothing else to offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.supervisor.assistant.caller.important import important
from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.assistant.office import Announcement, Office
from firmware.supervisor.calls.talk import Ending, Menu, Talk
from firmware.supervisor.rules.find_me import Step

OFFER_S: Final = 4.0
MISSES: Final = 2


@dataclass(frozen=True)
class Situation:
    """How a caller finds the office. ``steps``: where others are looked for if it is important; none: nowhere."""

    announce: Announcement
    steps: tuple[Step, ...] = ()


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

    async def run(self) -> Ending:
        """From the end of the greeting."""
        if self._situation.steps and await self._wish() == "important":
            return await important(self._talk, self._office, self._situation.steps, self._situation.announce)
        return await self._office.take_message(important=False)

    async def _wish(self) -> str:
        """What the caller wants of what is offered."""
        choices = _Offered(menu("caller"), ("important", "message"))
        for miss in range(MISSES):
            if miss:
                await self._talk.say("caller.not_understood")
            await self._talk.say(menu("caller").help)
            choice = await self._talk.listen(choices, OFFER_S)
            if choice.act is not None:
                return choice.act
        return "message"
