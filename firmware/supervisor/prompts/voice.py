"""The box's own voice: prompts and greetings, made ready in the language in force.

A prompt that cannot be spoken (no engine, a wrong id) is an utterance without audio, and Health says why.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from firmware.supervisor.health import Check, check
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
    """``country`` (ISO 3166) decides how numbers are grouped."""

    def __init__(self, loop: SampleLoop, settings: Settings, country: str) -> None:
        self._loop = loop
        self._settings = settings
        self._country = country
        self._fault = ""
        self._made: dict[tuple[str, str], Prompts] = {}

    def checks(self) -> list[Check]:
        """What could not be spoken, the last time."""
        return [check("Prompts", "fault", f"{self._fault}.", "Run make setup again.")] if self._fault else []

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
        """The prompts of the language in force, made anew only when it or the office's name has changed."""
        wanted = self._settings.text("box.language"), self._settings.text("box.name")
        if wanted not in self._made:
            language, office = wanted
            self._made = {wanted: Prompts(language, self._settings.home / "prompts", self._country, {"office": office})}
        return self._made[wanted]

    def _fail(self, what: str, error: Exception) -> None:
        self._fault = f"{what}: {error}"
        log.error("prompt %s", self._fault)
