"""A caller waits until somebody of the house is free: music, a word every half minute, and an end to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from firmware.supervisor.assistant.office import Announcement, Nobody, Office
from firmware.supervisor.calls.talk import Ending, Talk
from firmware.supervisor.rules.find_me import Step

STILL_S: Final = 30.0
ROUNDS: Final = 10  # five minutes: then a message is taken


async def hold(talk: Talk, office: Office, steps: Sequence[Step], announce: Announcement) -> Ending:
    """Sees the call to its end. Raises Gone, CalledOff."""
    saying = "caller.hold.begins"
    for _ in range(ROUNDS):
        possible = office.possible(steps)
        if possible:
            rung = tuple(replace(step, ring_s=STILL_S) for step in possible)
            found = await office.reach(rung, announce, saying)
            if not isinstance(found, Nobody):
                return await office.connect(found)
            if found.reason.id not in ("nobody.unanswered", "nobody.to_ring"):
                if found.reply:
                    await talk.say(found.reply)
                break
        elif await office.hold(steps, STILL_S, saying) == "key":
            break
        saying = "caller.hold.still"
    return await office.take_message(important=False)
