"""Everything the box says: prompts by id, filled with values, as text and as sound.

One ``Prompts`` a language. ``audio`` blocks while a text is spoken for the first time (tens of milliseconds to a
second); the supervisor calls it through ``clock.job``. Fixed prompts are rendered by ``make setup``, so in a call
only texts with names or numbers are new. A wrong id or value is a PromptError at once, naming the prompt; where no
engine can be had, ``audio`` raises SpeechError and the call goes on without the words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from firmware.supervisor.prompts.catalogue import Catalogue, PromptError, catalogue
from firmware.supervisor.prompts.reader import Moment
from firmware.supervisor.prompts.readers import READERS
from firmware.supervisor.prompts.speech import Speech

__all__ = ["Moment", "PromptError", "Prompts", "Value"]

Value = str | int | float | dt.time | Moment
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "number": (str,),
    "digits": (str,),
    "duration": (int, float),
    "time": (dt.time,),
    "when": (Moment,),
}


class Prompts:
    """The prompts of one language.

    ``cache_dir`` keeps what was spoken. ``country`` (ISO 3166) decides how telephone numbers are grouped. ``standing``
    holds values that are the same in every call, such as the office's name; what it leaves out comes from the file.
    """

    def __init__(
        self, language: str, cache_dir: Path, country: str = "CA", standing: Mapping[str, str] | None = None
    ) -> None:
        self.language = language
        self._catalogue: Catalogue = catalogue(language)
        self._reader = READERS[language](country)
        self._standing = {**self._catalogue.defaults, **(standing or {})}
        self._speech = Speech(self._catalogue.voice, cache_dir)

    def ids(self) -> tuple[str, ...]:
        """Every id there is."""
        return tuple(self._catalogue.prompts)

    def text(self, prompt_id: str, **values: Value) -> str:
        """What a prompt says with these values, in words. Raises PromptError."""
        prompt = self._catalogue.prompt(prompt_id)
        kinds = prompt.placeholders()
        unexpected = [key for key in values if key not in kinds]
        if unexpected:
            raise PromptError(f"prompt {prompt_id} has no {', '.join(unexpected)}")
        words = {}
        for key, kind in kinds.items():
            value = values.get(key, self._standing.get(key))
            if value is None:
                raise PromptError(f"prompt {prompt_id} needs a value for {key}")
            words[key] = self._words(prompt_id, key, kind, value)
        return prompt.fill(words)

    def audio(self, prompt_id: str, **values: Value) -> npt.NDArray[np.int16]:
        """A prompt as samples at 8 kHz, -19 dBm0. Blocks. Raises PromptError, SpeechError."""
        return self._speech.say(self.text(prompt_id, **values))

    def say(self, text: str) -> npt.NDArray[np.int16]:
        """Any text in this language's voice. Blocks. Raises SpeechError."""
        return self._speech.say(text)

    def render_fixed(self) -> int:
        """Speaks every prompt that needs no values, into the cache; returns how many. Raises SpeechError."""
        fixed = [
            prompt.id
            for prompt in self._catalogue.prompts.values()
            if set(prompt.placeholders()) <= set(self._standing)
        ]
        for prompt_id in fixed:
            self.audio(prompt_id)
        return len(fixed)

    def _words(self, prompt_id: str, key: str, kind: str, value: Value) -> str:
        noun = self._catalogue.nouns.get(kind)
        types: tuple[type, ...] = (int,) if noun else _TYPES[kind]
        if not isinstance(value, types) or isinstance(value, bool):
            expected = " or ".join(one.__name__ for one in types)
            raise PromptError(f"prompt {prompt_id}: {key} must be {expected}, not {type(value).__name__}")
        try:
            if noun and isinstance(value, int):
                forms = {0: noun.none, 1: noun.one}
                return forms.get(value, "") or noun.many.format(n=self._reader.cardinal(value))
            if kind == "name":
                return str(value)
            return str(getattr(self._reader, kind)(value))
        except ValueError as error:
            raise PromptError(f"prompt {prompt_id}: {key}: {error}") from error
