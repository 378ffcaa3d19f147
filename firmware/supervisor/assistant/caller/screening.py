"""Somebody who was rung hears who calls, and says what is to become of the call: context ``screened``.

Who calls is said at once. Outside, only keys count, and without one nobody has taken the call: what answers there may
be a machine. In the house a person has lifted the telephone: who says nothing takes the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.calls.talk import Choice, Menu, Talk

INSIDE_S: Final = 1.5  # after who calls was said, before it is taken that he has the call
OUTSIDE_S: Final = 4.0
ROUNDS: Final = 3
PATIENT_ROUNDS: Final = 8  # where a machine asks who calls, and fetches somebody
REPLIES: Final = {"ten minutes": "caller.reply.ten_minutes", "today": "caller.reply.today"}
"""Short replies, by the act that asks for one -> the prompt that the caller hears."""


@dataclass(frozen=True)
class Verdict:
    """``act``: one of "accept", "refuse", "message", "reply", "block"; "" where nobody has pressed a key.

    ``reply``: the prompt for the caller.
    """

    act: str
    reply: str = ""


@dataclass(frozen=True)
class _KeysAlone:
    """A menu whose words are not listened for: what is said may be a machine's."""

    menu: Menu
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.menu.name

    def act(self, key: str) -> str | None:
        return self.menu.act(key)


class Screening:
    """``patient`` may be set while it runs: it goes on for longer."""

    def __init__(self, talk: Talk, caller: Announcement, *, inside: bool) -> None:
        self.patient = False
        self._talk = talk
        self._caller = caller
        self._inside = inside

    async def run(self) -> Verdict:
        """From who calls to what is to become of it. Raises Gone, CalledOff."""
        said = 0
        who = False
        while said < (PATIENT_ROUNDS if self.patient else ROUNDS):
            said += 1
            await self._say_who(more=who)
            choice = await self._listen(menu("screened"), "screened.inside" if self._inside else menu("screened").help)
            who = choice.act == "who"
            if who:
                said = min(said, ROUNDS - 1)
                continue
            if choice.act == "reply":
                reply = await self._reply()
                if reply is not None:
                    return reply
            elif choice.act is not None:
                return Verdict(choice.act)
            elif self._inside and choice.nothing:
                return Verdict("accept")
        return Verdict("accept" if self._inside else "")

    async def _say_who(self, *, more: bool) -> None:
        """Who calls; ``more``: and the number."""
        caller = self._caller
        if caller.name:
            await self._talk.say(
                "screened.important.name" if caller.important else "screened.call.name", name=caller.name
            )
        elif caller.number:
            await self._talk.say(
                "screened.important.number" if caller.important else "screened.call.number", number=caller.number
            )
        else:
            await self._talk.say("screened.important.nobody" if caller.important else "screened.call.nobody")
        for clip in caller.clips:
            await self._talk.play(clip)
        if more and caller.name and caller.number:
            await self._talk.say("screened.number", number=caller.number)

    async def _listen(self, choices: Menu, offer: str) -> Choice:
        await self._talk.say(offer)
        if self._inside:
            return await self._talk.listen(choices, INSIDE_S)
        return await self._talk.listen(_KeysAlone(choices), OUTSIDE_S)

    async def _reply(self) -> Verdict | None:
        """A short reply for the caller; None: none was chosen."""
        choice = await self._listen(menu("reply"), menu("reply").help)
        return Verdict("reply", REPLIES[choice.act]) if choice.act in REPLIES else None
