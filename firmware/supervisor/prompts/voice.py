"""The box's own voice on a leg: prompts and greetings, in the language in force, noted on the call's timeline.

A prompt that cannot be spoken (no engine, a wrong id) becomes a tone, since a caller must not meet silence; ``fault``
says it on the Health page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.signals import tones
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.prompts import PromptError, Prompts, Value
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store.contacts import Known

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Utterance:
    """Something ready to be said. ``audio`` None: it could not be spoken."""

    prompt: str
    words: str
    audio: npt.NDArray[np.int16] | None


class Voice:
    """Speaks on legs. ``country`` (ISO 3166) decides how numbers are grouped."""

    def __init__(self, loop: SampleLoop, settings: Settings, country: str) -> None:
        self._loop = loop
        self._settings = settings
        self._country = country
        self.fault = ""

    async def say(self, leg: Leg, prompt: str, call: Call | None = None, **values: Value) -> None:
        """Says a prompt until it ends or a key stops it."""
        await self.speak(leg, await self.prepare(prompt, **values), call)

    async def speak(self, leg: Leg, utterance: Utterance, call: Call | None = None) -> None:
        """Says what was prepared, until it ends or a key stops it."""
        if call is not None:
            why = "" if utterance.audio is not None else "it could not be spoken"
            seconds = None if utterance.audio is None else round(len(utterance.audio) / RATE, 2)
            call.note("prompt", why, id=utterance.prompt, words=utterance.words, seconds=seconds)
        if utterance.audio is None:
            await leg.sound(tones.beep())
        else:
            await leg.say(utterance.audio)

    async def prepare(self, prompt: str, **values: Value) -> Utterance:
        """A prompt, rendered; what has a name in it is spoken for the first time here, which takes a moment."""
        prompts = self._prompts()
        try:
            return await self._rendered(prompts, prompt, prompts.text(prompt, **values))
        except PromptError as error:
            self._fail(prompt, error)
            return Utterance(prompt, "", None)

    async def greeting(self, known: Known | None) -> Utterance:
        """The greeting for this caller: a prompt of the file, or the office's own sentence."""
        greeting = self._settings.text("answering.greeting_known" if known else "answering.greeting")
        prompts = self._prompts()
        if greeting not in prompts.ids():
            return await self._rendered(prompts, "greeting", greeting)
        if known is not None:
            return await self.prepare(greeting, name=known.sounds_like or known.name)
        return await self.prepare(greeting)

    async def _rendered(self, prompts: Prompts, what: str, words: str) -> Utterance:
        try:
            return Utterance(what, words, await self._loop.job(prompts.say, words))
        except Exception as error:  # whatever the engine does, the call goes on
            self._fail(what, error)
            return Utterance(what, words, None)

    def _prompts(self) -> Prompts:
        """The prompts of the language in force."""
        standing = {"office": self._settings.text("box.name")}
        return Prompts(self._settings.text("box.language"), self._settings.home / "prompts", self._country, standing)

    def _fail(self, what: str, error: Exception) -> None:
        self.fault = f"{what}: {error}"
        log.error("prompt %s", self.fault)
