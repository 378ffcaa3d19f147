"""A caller asks to be called back: at which number, and when. It stands in the office's list until somebody has."""

from __future__ import annotations

from typing import Final

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.assistant.office import Office
from firmware.supervisor.calls.talk import Ending, Talk
from firmware.supervisor.rules.reasons import because

ANSWER_S: Final = 5.0
DIGIT_S: Final = 6.0
LONGEST: Final = 15
SHORTEST: Final = 3
TRIES: Final = 2


async def call_back(talk: Talk, office: Office, known: str) -> Ending:
    """Sees the call to its end; ``known``: the number that the line told, "" for none. Raises Gone, CalledOff."""
    number = known if known and await _same(talk, known) else await _keyed(talk) or known
    if not number:
        await talk.say("caller.call_back.no_number")
        return await office.take_message(important=False)
    await talk.say("caller.call_back.when")
    at = await talk.moment(DIGIT_S)
    await office.ask_call_back(number, at)
    await talk.say("caller.call_back.noted")
    await talk.say("caller.goodbye")
    return Ending("no message", "box", because("call back asked"))


async def _same(talk: Talk, known: str) -> bool:
    """Whether to call back at the number that the line told; who says nothing has not another one."""
    for _ in range(TRIES):
        await talk.say("caller.call_back.known", number=known)
        act = (await talk.listen(menu("yes_no"), ANSWER_S)).act
        if act not in ("help", "repeat"):
            break
    return act != "no"


async def _keyed(talk: Talk) -> str:
    """The number that the caller enters; "" for none."""
    for _ in range(TRIES):
        await talk.say("caller.call_back.number")
        number = await talk.digits(LONGEST, DIGIT_S)
        if number == "*":
            return ""
        if len(number) >= SHORTEST:
            return number
    return ""
