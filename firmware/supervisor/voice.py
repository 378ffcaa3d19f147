"""The box's own voice on a leg: prompts and greetings, in the language in force, noted on the call's timeline.

A prompt that cannot be spoken (no engine, a wrong id) becomes a tone, since a caller must not meet silence; ``fault``
says it on the Health page.
"""

from __future__ import annotations

import logging

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.signals import tones
from firmware.supervisor.calls import Call
from firmware.supervisor.legs import Leg
from firmware.supervisor.prompts import PromptError, Prompts, Value
from firmware.supervisor.settings import Settings
from firmware.supervisor.speech_out import SpeechError
from firmware.supervisor.store.contacts import Known

log = logging.getLogger(__name__)


class Voice:
    """Speaks on legs. ``country`` (ISO 3166) decides how numbers are grouped."""

    def __init__(self, loop: SampleLoop, settings: Settings, country: str) -> None:
        self._loop = loop
        self._settings = settings
        self._country = country
        self.fault = ""

    async def say(self, leg: Leg, prompt: str, call: Call | None = None, **values: Value) -> None:
        """Says a prompt until it ends or a key stops it."""
        prompts = self._prompts()
        try:
            words = prompts.text(prompt, **values)
        except PromptError as error:
            self._fail(prompt, error)
            words = ""
        await self._speak(leg, prompts, prompt, words, call)

    async def greet(self, leg: Leg, call: Call, known: Known | None) -> None:
        """The greeting for this caller: a prompt of the file, or the office's own sentence."""
        greeting = self._settings.text("answering.greeting_known" if known else "answering.greeting")
        prompts = self._prompts()
        if greeting not in prompts.ids():
            await self._speak(leg, prompts, "greeting", greeting, call)
        elif known is not None:
            await self.say(leg, greeting, call, name=known.sounds_like or known.name)
        else:
            await self.say(leg, greeting, call)

    def _prompts(self) -> Prompts:
        """The prompts of the language in force."""
        standing = {"office": self._settings.text("box.name")}
        return Prompts(self._settings.text("box.language"), self._settings.home / "prompts", self._country, standing)

    async def _speak(self, leg: Leg, prompts: Prompts, what: str, words: str, call: Call | None) -> None:
        audio: npt.NDArray[np.int16] | None = None
        try:
            if words:
                audio = await self._loop.job(prompts.say, words)
        except SpeechError as error:
            self._fail(what, error)
        if call is not None:
            call.note("prompt", "" if audio is not None else "it could not be spoken", id=what, words=words)
        if audio is None:
            await leg.sound(tones.beep())
        else:
            await leg.say(audio)

    def _fail(self, what: str, error: Exception) -> None:
        self.fault = f"{what}: {error}"
        log.error("prompt %s", self.fault)
