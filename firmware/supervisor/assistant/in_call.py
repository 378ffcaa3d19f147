"""The assistant in a conversation, after ``**``: what its owner wants done with whoever is on hold meanwhile.

It only asks: what is wished is done by the switchboard, which comes back with the sentence to begin with when it could
not be done. Who says nothing leaves the other side on hold, and may press a key at any time; star goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls.talk import Talk

OFFER_S: Final = 6.0
HELD_S: Final = 45.0  # from one reminder that somebody is on hold to the next
LONGEST: Final = 32  # digits
DIALLED_S: Final = 6.0  # without a digit
SOMEBODY: Final = frozenset({"transfer", "conference"})
"""Acts that need somebody to do it with."""


@dataclass(frozen=True)
class Wish:
    """``act``: a label of the context ``in_call``; ``number``: the digits that were dialled, where one is needed."""

    act: str
    number: str = ""


class InCall:
    """One visit to the assistant. ``run`` may raise Gone and CalledOff."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    async def run(self, first: str) -> Wish:
        """``first``: the prompt it begins with."""
        choices = menu("in_call")
        await self._talk.say(first)
        within = OFFER_S
        while True:
            choice = await self._talk.listen(choices, within)
            if choice.nothing or choice.act == "hold":
                within = HELD_S
                await self._talk.say("in_call.held")
            elif choice.act in SOMEBODY:
                await self._talk.say("in_call.whom")
                digits = await self._talk.digits(LONGEST, DIALLED_S)
                if digits not in ("", "*"):
                    return Wish(choice.act, digits)
                await self._talk.say(choices.help)
            elif choice.act is None or choice.act == "help":
                await self._talk.say("in_call.more")
            else:
                return Wish(choice.act)
