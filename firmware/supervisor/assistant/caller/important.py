"""A caller says that it is important: somebody is looked for, and joined; else the message is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from firmware.supervisor.assistant.caller.who import who
from firmware.supervisor.assistant.office import Announcement, Nobody, Office
from firmware.supervisor.calls.talk import Ending, Talk
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.reasons import because


async def important(
    talk: Talk, office: Office, steps: Sequence[Step], announce: Announcement, *, stranger: bool
) -> Ending:
    """Sees the call to its end; ``stranger``: he first says who he is, and why he calls. Raises Gone, CalledOff."""
    if stranger and office.possible(steps):
        announce = replace(announce, clips=await who(talk))
    possible = office.possible(steps)
    outside = any(step.outside for step in steps)
    if possible:
        inside_alone = outside and not any(step.outside for step in possible)
        saying = "caller.important.inside" if inside_alone else "caller.important.calling"
        found = await office.reach(possible, replace(announce, important=True), saying)
        if not isinstance(found, Nobody):
            return await office.connect(found)
        if found.reason.id == "nobody.blocked":
            return await turned_away(talk, office)
        if found.reason.id != "nobody.waits":
            await talk.say(_said(found))
    else:
        await talk.say("caller.important.nobody")
    return await office.take_message(important=True)


async def turned_away(talk: Talk, office: Office) -> Ending:
    """Somebody who was rung has blocked the caller."""
    await office.block()
    await talk.say("caller.blocked")
    return Ending("blocked", "box", because("caller blocked"))


def _said(nobody: Nobody) -> str:
    """What the caller is told."""
    if nobody.reply:
        return nobody.reply
    return "caller.important.message" if nobody.reason.id == "nobody.message" else "caller.important.nobody"
