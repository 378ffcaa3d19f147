"""What ``hears = "..."`` means, and whether a party hears it.

Read in this order: ``"silence"``; ``"busy tone"`` and the other call-progress tones; ``"beep"``; ``"what paul said"``;
a WAV file beside the scenario; a prompt's id; else words that occur in prompts, any of which will do. An expectation
that can be none of these raises VoiceError before anything is played.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from drivers.signals.countries import country
from drivers.signals.levels import dbm0
from drivers.signals.progress import DETECTABLE, ProgressDetector
from firmware.supervisor.prompts import PromptError, Prompts
from firmware.supervisor.prompts.speech import SpeechError
from tools.scenario.ears import FLOOR_DBM0, Heard, Match, Search, Template, everything, template
from tools.scenario.voices import VoiceError, read_wav

RATE = 8000
BLOCK = 160

_TONE = re.compile(rf"^({'|'.join(DETECTABLE)}) tone$")
_SAID = re.compile(r"^what ([a-z][a-z0-9_]*) said$")
BEEP_HZ = 1000.0
TONE_LEAD = 4000  # samples before the position: a tone is told from what precedes it
BEEP_MS = 150  # of the beep's 200 ms or more, this much is asked for

Samples = npt.NDArray[np.int16]


class Ear(Protocol):
    """Something that is looked for in what a party hears."""

    def poll(self, *, last: bool = False) -> Match | None: ...


class AnyOf:
    """Several templates, the first that is heard counts."""

    def __init__(self, searches: Sequence[Ear]) -> None:
        self.searches = searches

    def poll(self, *, last: bool = False) -> Match | None:
        for search in self.searches:
            match = search.poll(last=last)
            if match is not None:
                return match
        return None


class ToneEar:
    """A call-progress tone of the country, by the box's own detector on the party's side of the line."""

    def __init__(self, heard: Heard, start: int, country_code: str, tone: str) -> None:
        self._heard = heard
        self._from = start
        self._next = self._start = max(0, start - TONE_LEAD)
        self._tone = tone
        self._detector = ProgressDetector(country(country_code))

    def poll(self, *, last: bool = False) -> Match | None:
        while self._next + BLOCK <= self._heard.size:
            block = self._heard.span(self._next, self._next + BLOCK)
            self._next += BLOCK
            for fact in self._detector.feed(block):
                if fact.tone == self._tone and fact.end is None and self._next > self._from:
                    return Match(f"{self._tone} tone", self._start + int(fact.start), self._next, 1.0)
        return None


class BeepEar:
    """The short tone that says "speak now", heard when it has ended: almost all power at 1 kHz for 150 ms or more."""

    def __init__(self, heard: Heard, start: int) -> None:
        self._heard = heard
        self._next = start
        self._length = 0

    def poll(self, *, last: bool = False) -> Match | None:
        at = np.arange(BLOCK) * (2 * np.pi * BEEP_HZ / RATE)
        while self._next + BLOCK <= self._heard.size:
            block = self._heard.span(self._next, self._next + BLOCK).astype(np.float64)
            self._next += BLOCK
            power = float(np.dot(block, block)) / BLOCK
            tone = 2 * (np.dot(block, np.cos(at)) ** 2 + np.dot(block, np.sin(at)) ** 2) / BLOCK**2
            pure = dbm0(block) > FLOOR_DBM0 and tone > 0.8 * power
            if not pure and self._length * 1000 >= BEEP_MS * RATE:
                return Match("beep", self._next - BLOCK - self._length, self._next - BLOCK, 1.0)
            self._length = self._length + BLOCK if pure else 0
        return None


class SilenceEar:
    """Nothing above the floor for so long; the only expectation that silence meets, and it has to be asked for."""

    def __init__(self, heard: Heard, start: int, seconds: float) -> None:
        self._heard = heard
        self._next = start
        self._wanted = round(seconds * RATE)
        self._length = 0

    def poll(self, *, last: bool = False) -> Match | None:
        while self._next + BLOCK <= self._heard.size:
            quiet = dbm0(self._heard.span(self._next, self._next + BLOCK)) < FLOOR_DBM0
            self._next += BLOCK
            self._length = self._length + BLOCK if quiet else 0
            if self._length >= self._wanted:
                return Match("silence", self._next - self._length, self._next, 1.0)
        return None


@dataclass
class Sounds:
    """All that can be expected in one scenario: its prompts, its country, its folder, what the parties said so far."""

    prompts: Prompts
    country: str
    folder: Path
    said: Callable[[str], Samples | None]
    tones_of: str = ""
    """Country whose tones the lines have where they are not the country's own, "" elsewhere."""

    def check(self, sound: str, values: dict[str, Any], parties: list[str]) -> None:
        """Raises VoiceError when ``sound`` can never be heard; called for every step before the first is played."""
        said = _SAID.match(sound)
        if said and said.group(1) not in parties:
            raise VoiceError(f"no party {said.group(1)}; expected one of {', '.join(parties)}")
        if not said and not _TONE.match(sound) and sound not in ("silence", "beep"):
            self.templates(sound, values)

    def ear(
        self, heard: Heard, start: int, sound: str, values: dict[str, Any], begun: bool, seconds: float | None
    ) -> Ear:
        """The search for a sound from a position on. Raises VoiceError."""
        tone = _TONE.match(sound)
        if sound == "silence":
            return SilenceEar(heard, start, seconds or 1.0)
        if sound == "beep":
            return BeepEar(heard, start)
        if tone:
            return self._tone(heard, start, tone.group(1))
        return AnyOf([Search(heard, one, start, begun=begun) for one in self.templates(sound, values)])

    def templates(self, sound: str, values: dict[str, Any]) -> list[Template]:
        """The templates an expectation stands for. Raises VoiceError."""
        said = _SAID.match(sound)
        try:
            if said:
                samples = self.said(said.group(1))
                if samples is None:
                    raise VoiceError(f"{said.group(1)} has said nothing yet")
                return [template(sound, samples)]
            if sound.endswith(".wav"):
                return [template(sound, read_wav(self.folder / sound))]
            if sound in self.prompts.ids():
                return [template(sound, self.prompts.audio(sound, **values))]
            ids = [one for one in self.prompts.ids() if self._contains(one, sound, values)]
            if not ids:
                raise VoiceError(f"{sound!r} is no tone, no WAV file, no prompt's id, and no prompt says it")
            return [template(one, self.prompts.audio(one, **values)) for one in ids]
        except (PromptError, SpeechError, ValueError) as error:
            raise VoiceError(str(error)) from error

    def instead(self, heard: Heard, start: int) -> str:
        """What a party heard since ``start`` in place of what was expected, for a failure's sentence."""
        span = heard.span(start)
        if dbm0(span) < FLOOR_DBM0 and not _bursts(span):
            return "nothing (silence)"
        found = [f"{match.name} at {match.start / RATE:.2f} s" for match in everything(heard, start, self._known())]
        for tone in DETECTABLE:
            match = self._tone(heard, start, tone).poll(last=True)
            if match is not None:
                found.append(f"{tone} tone at {match.start / RATE:.2f} s")
        return ", ".join(found) if found else "a sound that is no prompt and no tone"

    def _tone(self, heard: Heard, start: int, tone: str) -> Ear:
        """A tone of the lines, or of the box's own, which are the country's."""
        return AnyOf([ToneEar(heard, start, code, tone) for code in (self.country, self.tones_of) if code])

    def _contains(self, prompt: str, words: str, values: dict[str, Any]) -> bool:
        try:
            return words.lower() in self.prompts.text(prompt, **values).lower()
        except PromptError:  # needs values that this step does not give
            return False

    def _known(self) -> list[Template]:
        known = []
        for prompt in self.prompts.ids():
            try:
                known.append(template(prompt, self.prompts.audio(prompt)))
            except (PromptError, SpeechError, ValueError):
                continue
        return known


def _bursts(span: Samples) -> bool:
    """Whether any tenth of a second is above the floor."""
    return any(dbm0(span[at : at + 800]) >= FLOOR_DBM0 for at in range(0, span.size, 800))
