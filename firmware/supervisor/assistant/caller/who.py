"""A caller whom nobody knows says his name, and why he calls: two clips, for whoever is rung for him."""

from __future__ import annotations

from typing import Final

from firmware.supervisor.assistant.commands import menu
from firmware.supervisor.calls.talk import Take, Talk

SILENCE_S: Final = 2.0
NAME_S: Final = 4.0
WHY_S: Final = 8.0
LEAST_S: Final = 0.2  # of speech


async def who(talk: Talk) -> tuple[Take, ...]:
    """The clips, as far as he has said anything; they stay on the call's page. Raises Gone, CalledOff."""
    if await talk.room() is not None:
        return ()
    clips = []
    for prompt, longest_s in (("caller.who.name", NAME_S), ("caller.who.why", WHY_S)):
        await talk.say(prompt)
        clip = await talk.record(menu("recording"), "send", SILENCE_S, longest_s)
        said = clip.speech_s >= LEAST_S
        await (clip.leave() if said else clip.drop())
        if clip.ended is not None:
            raise clip.ended
        if said:
            clips.append(clip)
    return tuple(clips)
