"""The box's own voice: prompts and greetings, made ready in the language of who is to hear it.

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
from firmware.supervisor.rules.languages import LANGUAGES
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

    async def prepare(self, prompt: str, language: str = "", **values: Value) -> Utterance:
        """A prompt, rendered; what has a name in it is spoken for the first time here, which takes a moment.

        ``language``: of who is to hear it; "" is the box's.
        """
        prompts = self._prompts(language)
        try:
            return await self._rendered(prompts, prompt, prompts.text(prompt, **values))
        except PromptError as error:
            self._fail(prompt, error)
            return Utterance(prompt, "", None)

    async def greeting(self, known: Known | None, language: str = "") -> Utterance:
        """The greeting for this caller: a prompt of the file, or the office's own sentence."""
        greeting = self._settings.text("answering.greeting_known" if known else "answering.greeting")
        prompts = self._prompts(language)
        if greeting not in prompts.ids():
            return await self._rendered(prompts, "greeting", greeting)
        if known is not None:
            return await self.prepare(greeting, language, name=known.sounds_like or known.name)
        return await self.prepare(greeting, language)

    async def _rendered(self, prompts: Prompts, what: str, words: str) -> Utterance:
        try:
            return Utterance(what, words, await self._loop.job(prompts.say, words))
        except Exception as error:  # whatever the engine does, the call goes on
            self._fail(what, error)
            return Utterance(what, words, None)

    def _prompts(self, language: str) -> Prompts:
        """The prompts of a language, made anew only when the office's name has changed; unknown ones are the box's."""
        if language not in LANGUAGES:
            language = self._settings.text("box.language")
        office = self._settings.text("box.name")
        if (language, office) not in self._made:
            self._made = {known: made for known, made in self._made.items() if known[1] == office}
            made = Prompts(language, self._settings.home / "prompts", self._country, {"office": office})
            self._made[language, office] = made
        return self._made[language, office]

    def _fail(self, what: str, error: Exception) -> None:
        self._fault = f"{what}: {error}"
        log.error("prompt %s", self._fault)
