"""The ears of the box: one spotter a language, shared by all ports, its decisions in a lane of their own.

`Ears.on(port, language, wake)` gives an ear; while `attend` names words that count, what is said on the port is
decided and waits in `words`. In the 20 ms tick runs the end-pointer alone; the lane "hearing" listens along while one
speaks and decides DECISION_TICKS after the utterance: 300 ms after the last sound of speech. Without models the box
hears keys only, and `checks` says why.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.ports.port import Port
from drivers.signals.voice import VoiceDetector
from firmware.supervisor.health import Check, check
from firmware.supervisor.listening.names import Names
from models.encoders import Encoder, Stream
from models.endpoint import EndPointer, Utterance
from models.files import ModelError
from models.spotter import Answer, Spotter, languages
from models.vocabulary import vocabulary

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

LANE = "hearing"
DECISION_TICKS = 3
_PIECE: Final = 640  # samples of an utterance that are heard at a time


@dataclass(frozen=True, slots=True)
class Word:
    """Something that was said. `act`: the card's label for it, None where it means nothing here; `likest`: the label it
    came nearest to; `sure`: no need to ask "did you say ...?"; `confidence`: 0 to 1."""

    act: str | None
    likest: str
    sure: bool
    confidence: float


class Ears:
    """Gives out ears. A language's spotter is loaded in the lane, by `open()` or with the first word that is said."""

    def __init__(self, loop: SampleLoop) -> None:
        self._loop = loop
        self._faults: list[str] = []
        self.names = Names(loop)
        """Who is called by name, for all ports."""
        self._spotters: dict[str, Spotter | None] = {}
        self._encoders: dict[str, Encoder] = {}

    async def open(self) -> None:
        """Loads everything now, so that the first caller does not wait and Health knows what is missing."""
        for language in languages():
            await self._loop.job(self.spotter, language, lane=LANE)

    def on(self, port: Port, language: str, wake: Callable[[], None]) -> Ear:
        """An ear on a port; `wake` is called when something was decided. Raises ValueError on a language it lacks."""
        return Ear(self, port, language, wake)

    def close(self) -> None:
        """Ends the process for names, where one runs."""
        self.names.close()

    async def decide(self, utterance: Utterance, words: Sequence[str], hearing: Hearing) -> Answer | None:
        """What was said, DECISION_TICKS later; None where the box has no ears for it."""
        return await self._loop.job(hearing.decide, utterance, words, ticks=DECISION_TICKS, lane=LANE)

    async def listen(self, hearing: Hearing, sound: Samples) -> None:
        """Hears the next samples of an utterance that lasts."""
        await self._loop.job(hearing.feed, sound, ticks=DECISION_TICKS, lane=LANE)

    def checks(self) -> list[Check]:
        """What can be understood, for the Health page; nothing before anything was loaded."""
        if not self._spotters:
            return []
        heard = ", ".join(language for language, spotter in self._spotters.items() if spotter is not None)
        if not self._faults:
            return [check("Speech", "ok", f"Spoken words are understood: {heard}.")]
        text = f"Spoken words are understood: {heard or 'none'}. {'; '.join(self._faults)}."
        remedy = "Keys work as ever. Run the set-up again, or put the named file back."
        return [check("Speech", "warn" if heard else "fault", text, remedy)]

    # In the lane's thread

    def spotter(self, language: str) -> Spotter | None:
        """A language's spotter, loaded the first time; None where there is none."""
        if language not in self._spotters and language in languages():
            try:
                self._spotters[language] = spotter = Spotter(language, encoders=self._encoders)
                self._faults += [fault for fault in spotter.faults if fault not in self._faults]
            except (ModelError, OSError, KeyError, ValueError) as error:
                log.error("speech, %s: %s", language, error)
                self._faults.append(f"{language}: {error}")
                self._spotters[language] = None
        return self._spotters.get(language)


class Hearing:
    """One utterance as the lane hears it. `fed`: its samples that were given to the lane so far, as the loop counts."""

    def __init__(self, ears: Ears, language: str) -> None:
        self.fed = 0
        self._ears, self._language = ears, language
        self._stream: Stream | None = None
        self._taken = 0

    # In the lane's thread

    def feed(self, sound: Samples) -> None:
        """The next samples of the utterance."""
        if self._taken == 0 and (spotter := self._ears.spotter(self._language)) is not None:
            self._stream = spotter.listen()
        self._taken += sound.size
        if self._stream is not None:
            self._stream.feed(sound)

    def decide(self, utterance: Utterance, words: Sequence[str]) -> Answer | None:
        """What was said, once it is over."""
        spotter = self._ears.spotter(self._language)
        if spotter is None:
            return None
        self.feed(utterance.sound[self._taken :])
        return spotter.decide(utterance, words, self._stream)


class Ear:
    """Listens to one port from its creation to `close`; the port's own end (`idle`) closes it as well."""

    def __init__(self, ears: Ears, port: Port, language: str, wake: Callable[[], None]) -> None:
        self.words: list[Word] = []
        """What was said while words counted, the oldest first."""
        self._ears, self._port, self._language, self._wake = ears, port, language, wake
        self._known = vocabulary(language)
        self._acts: dict[str, str] = {}  # what the models call a word, and what the card does
        self._deciding = 0
        self._voices, self._pointer = VoiceDetector(), EndPointer()
        self._hearing = Hearing(ears, language)
        self._tasks: set[asyncio.Task[None]] = set()
        port.taps.append(self._hear)

    @property
    def busy(self) -> bool:
        """Whether the party is in the middle of saying something, or what it said is being decided."""
        return self._pointer.speaking or self._deciding > 0

    def attend(self, acts: Sequence[str]) -> None:
        """From now on these count, by the card's labels; those that only keys can mean are passed over."""
        self.words.clear()
        self._acts = {label: act for act in acts if (label := self._known.label_of(act)) is not None}

    def close(self) -> None:
        """Hears nothing more."""
        if self._hear in self._port.taps:
            self._port.taps.remove(self._hear)
        for task in self._tasks:
            task.cancel()

    def _hear(self, raw: Samples, heard: Samples) -> None:
        utterance = self._pointer.feed(heard, self._voices.feed(heard, self._port.played))
        if utterance is None:
            self._listen_along()
            return
        hearing, self._hearing = self._hearing, Hearing(self._ears, self._language)
        if self._acts:
            self._start(self._decide(utterance, dict(self._acts), hearing))

    def _listen_along(self) -> None:
        if self._acts and self._pointer.speaking and (sound := self._pointer.since(self._hearing.fed)).size >= _PIECE:
            self._hearing.fed += sound.size
            self._start(self._ears.listen(self._hearing, sound))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _decide(self, utterance: Utterance, acts: dict[str, str], hearing: Hearing) -> None:
        self._deciding += 1
        try:
            answer = await self._ears.decide(utterance, tuple(acts), hearing)
            if answer is not None and self._acts == acts:
                likest = acts[answer.ranked[0][0]] if answer.ranked else ""
                act = acts[answer.label] if answer.label is not None else None
                self.words.append(Word(act, likest, answer.band == "accept", answer.confidence))
        finally:
            self._deciding -= 1
            self._wake()
