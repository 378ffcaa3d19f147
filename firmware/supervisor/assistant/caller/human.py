"""A caller shows that he is a person, by any key or by saying yes, before the house is rung for him.

Nobody is in a hurry: it is asked TRIES times, with time for a relay operator, a textphone, or somebody who speaks
slowly. Who does not answer can leave a message all the same.
"""

from __future__ import annotations

from typing import Final

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls.talk import Talk

ANSWER_S: Final = 8.0
TRIES: Final = 3


async def human(talk: Talk) -> bool:
    """Whether he has. Raises Gone, CalledOff."""
    for _ in range(TRIES):
        await talk.say("caller.human")
        choice = await talk.listen(menu("yes_no"), ANSWER_S)
        if choice.key is not None or choice.act == "yes":
            return True
    return False
