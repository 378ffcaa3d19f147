"""Saying things to a party: what was prepared, until it ends or a key stops it, noted on the call's timeline."""

from __future__ import annotations

from drivers.signals import tones
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.prompts import Value
from firmware.supervisor.prompts.voice import Utterance, Voice
from firmware.supervisor.rules.reasons import because


class Speaking:
    """Speaks on legs with the box's ``voice``. What could not be spoken is a tone: nobody must meet silence."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice

    async def say(self, leg: Leg, prompt: str, call: Call | None = None, language: str = "", **values: Value) -> None:
        """Says a prompt until it ends or a key stops it; ``language``: the party's, "" is the box's."""
        await self.speak(leg, await self.voice.prepare(prompt, language, **values), call)

    async def begin(self, leg: Leg, prompt: str, call: Call, language: str) -> None:
        """Begins to say a prompt, and does not wait for its end: what is played next on the leg comes after it."""
        utterance = await self.voice.prepare(prompt, language)
        self._note(utterance, call)
        leg.port.play(tones.beep() if utterance.audio is None else utterance.audio)

    async def speak(self, leg: Leg, utterance: Utterance, call: Call | None = None) -> None:
        """Says what was prepared, until it ends or a key stops it."""
        if call is not None:
            self._note(utterance, call)
        if utterance.audio is None:
            await leg.sound(tones.beep())
        else:
            await leg.say(utterance.audio)

    @staticmethod
    def _note(utterance: Utterance, call: Call) -> None:
        why = None if utterance.audio is not None else because("not spoken")
        seconds = None if utterance.audio is None else round(len(utterance.audio) / RATE, 2)
        call.note("prompt", why, id=utterance.prompt, words=utterance.words, seconds=seconds)
