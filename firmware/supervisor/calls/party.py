"""The party on a leg, as a dialog has it (`talk`): prompts, keys and words, and recordings of what it says.

Life cycle: one ``Party`` for a dialog on a leg; a recording from the tone until ``keep``, ``leave`` or ``drop``.
Failure behaviour: where disk or store fail, a take says that it was not kept; nothing is raised.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from drivers.clock import SampleLoop
from drivers.signals import g711, tones
from firmware.hat.protocol import RATE
from firmware.supervisor.calls import playing
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import MISTAKE
from firmware.supervisor.calls.endings import LONGEST, POUND, SILENCE, CalledOff, Gone
from firmware.supervisor.calls.keyed import Keyed
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.naming import hear_name
from firmware.supervisor.calls.speaking import Speaking
from firmware.supervisor.calls.taking import Samples, Taking
from firmware.supervisor.calls.talk import Choice, Contact, Guesses, Kept, Menu, Person, Played, Take
from firmware.supervisor.listening.ears import Ear, Ears
from firmware.supervisor.prompts import Value
from firmware.supervisor.recordings import audio
from firmware.supervisor.recordings.recorder import Recorder, Recording, recording_path
from firmware.supervisor.recordings.recovery import LEAST_S
from firmware.supervisor.rules.reasons import Reason
from firmware.supervisor.rules.recurrence import next_time
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store.errors import StoreError

log = logging.getLogger(__name__)

CREATE_TICKS = 5  # 0.1 s: a recording's file is on the disk by then


class Studio:
    """What a recording needs besides the party: the recorder, and the room there is."""

    def __init__(self, loop: SampleLoop, recorder: Recorder, settings: Settings, law: g711.Law) -> None:
        self.loop = loop
        self.recorder = recorder
        self.settings = settings
        self.law = law

    async def audio(self, path: str) -> Samples:
        """All of a recording that the store knows by ``path``; nothing where the file is none (any more)."""
        try:
            return await self.loop.job(self._read, path)
        except (OSError, StoreError) as error:
            log.error("recording %s: %s", path, error)
            return np.zeros(0, np.int16)

    def _read(self, path: str) -> Samples:
        found = audio.recording(self.settings.home / "recordings", path)
        return found.pcm(0, found.samples)

    async def begin(self, call: Call, kind: str = "message") -> tuple[Recording, int | None]:
        """A running recording ("message", "call") and its row in the store (None where the store fails)."""
        path = recording_path(call.id or 0, kind, call.clock.moment_ms(call.clock.at()))
        row = await call.files.recording(path, self.law, kind)
        recording = self.recorder.begin(path, self.law)
        self.loop.keep_pace(recording.created, CREATE_TICKS)
        return recording, row

    async def leave(self, call: Call, recording: Recording, row: int | None) -> None:
        """A recording that has ended is whole, and stays on the call's page."""
        try:
            finished = await self.loop.settle(recording.close())
        except Exception as error:
            log.error("recording %s: %s", recording.path, error)
            return
        if row is not None:
            await call.files.keep_recording(row, finished.samples)


class Recorded:
    """A ``Take`` of this leg."""

    def __init__(
        self, studio: Studio, call: Call, taking: Taking, recording: Recording, row: int | None, why: Reason
    ) -> None:
        self.why = why
        self.ended: Exception | None = None
        self._studio = studio
        self._call = call
        self._taking = taking
        self._recording = recording
        self._row = row

    @property
    def gone(self) -> Gone | None:
        """How the party went, if it did."""
        return self.ended if isinstance(self.ended, Gone) else None

    @property
    def speech_s(self) -> float:
        """Seconds of voice; the tone by which a line tells that the party has gone is none."""
        return self._taking.speech if self.gone is None else self._taking.speech_until(self.gone.at)

    async def keep(self) -> Kept:
        """Makes it a message. Where the disk refused a part, what came before is one, unless it is too short.

        The tone by which a line tells that the party has gone is none of it.
        """
        most = None if self.gone is None else self._taking.samples_until(self.gone.at)
        try:
            finished = await self._studio.loop.settle(self._recording.close(most))
        except Exception as error:
            log.error("recording %s: %s", self._recording.path, error)
            return "lost"
        law = self._recording.law
        if finished.failure is None:
            filed = await self._call.files.message(self._row, finished.path, law, finished.samples)
            return "whole" if filed is not None else "lost"
        log.error("recording %s: %s", self._recording.path, finished.failure)
        if finished.samples >= LEAST_S * RATE:
            filed = await self._call.files.message(self._row, finished.path, law, finished.samples, interrupted=True)
            return "cut" if filed is not None else "lost"
        if self._row is not None:
            await self._call.files.drop_recording(self._row)
        return "lost"

    async def leave(self) -> None:
        """It is no message, and stays on the call's page."""
        await self._studio.leave(self._call, self._recording, self._row)

    async def drop(self) -> None:
        """It came to nothing."""
        try:
            await self._studio.loop.settle(self._recording.discard())
        except Exception as error:
            log.error("recording %s: %s", self._recording.path, error)
            return
        if self._row is not None:
            await self._call.files.drop_recording(self._row)

    def audio(self) -> Samples:
        """The whole of it, to be played back."""
        return self._taking.audio()


class Party:
    """A ``Talk`` with the party on ``leg``; ``person``: who it is, else a stranger who speaks the box's language."""

    def __init__(
        self, call: Call, leg: Leg, speaking: Speaking, studio: Studio, ears: Ears, person: Person | None = None
    ) -> None:
        self._person = person or Person(studio.settings.text("box.language"))
        self._call = call
        self._leg = leg
        self._speaking = speaking
        self._studio = studio
        self._ears = ears
        self._ear: Ear | None = None
        self.keyed = Keyed(call)
        """The keys of this party, for the timeline: ``leg.hears_keys(party.keyed.pressed)``."""

    @property
    def person(self) -> Person:
        """Who it is."""
        return self._person

    @person.setter
    def person(self, person: Person) -> None:
        if person.language != self._person.language:
            self._deafen()  # words are heard by an ear for that language
        self._person = person

    async def say(self, prompt: str, **values: Value) -> None:
        """Says a prompt until it ends or a key stops it."""
        self._hearing()
        await self._speaking.say(self._leg, prompt, self._call, self._person.language, **values)

    async def listen(self, menu: Menu, within: float) -> Choice:
        """What is wanted, within so many seconds; what was typed ahead counts, a word that has begun is waited for."""
        keys = self._leg.keys
        ear = self._hearing()
        ear.attend(menu.labels)
        if not await self._leg.until(lambda: bool(keys or ear.words), within) and ear.busy:
            await self._leg.until(lambda: bool(keys or ear.words) or not ear.busy, within)
        if keys:
            key = keys.popleft()
            self.keyed.taken(key)
            return Choice(menu.act(key), key)
        if not ear.words:
            return Choice(None)
        word = ear.words[0]
        self._call.note("heard", word=word.act or word.likest, confidence=round(word.confidence, 2))
        return Choice(word.act, None, word.act or word.likest, word.sure)

    def _hearing(self) -> Ear:
        """The ear on this party; it gets used to the line's noise while the box speaks."""
        if self._ear is None:
            self._ear = self._ears.on(self._leg.port, self._person.language, self._leg.wake)
        return self._ear

    async def digits(self, most: int, within: float, end: str = "#", *, secret: bool = False) -> str:
        """Up to ``most`` digits by key, until ``end`` or ``within`` seconds without one; "*" where that gave it up."""
        self._deafen()
        found = ""
        while len(found) < most and (key := await self._leg.key(within)) is not None:
            self.keyed.taken(key, secret=secret and key.isdigit())
            if key == "*":
                return key
            if key == end:
                break
            found += key if key.isdigit() else ""
        return found

    async def name(self, people: Sequence[Contact], within: float) -> Guesses:
        """Who of ``people`` was said; none where nobody spoke, names cannot be understood, or a key was pressed."""
        self._deafen()
        return await hear_name(self._leg, self._ears.names, people, within)

    async def moment(self, within: float) -> datetime | None:
        """The next time of day that is entered on four keys and pound, local; None: none, or no time."""
        return next_time(await self.digits(5, within), self._call.clock.now())

    async def play(self, what: Take | str, seek: Mapping[str, float] | None = None) -> Played:
        """Plays what was recorded, a take or the path of a recording, until a key stops it; ``seek`` keys go on."""
        self._hearing()
        sound = what.audio() if isinstance(what, Recorded) else await self._studio.audio(str(what))
        return await playing.play(self._leg, sound, seek or {}, self.keyed.taken)

    async def room(self) -> Reason | None:
        """Why nothing that is recorded could be kept; None: there is room."""
        return await self._call.files.no_room(self._studio.settings)

    async def record(self, menu: Menu, done: str, silence_s: float, longest_s: float) -> Take:
        """A tone, then everything until a key that means ``done``, silence, the longest, or the end of the dialog.

        Once it records nothing is raised: what ended it is part of the result.
        """
        self._leg.keys.clear()
        self.keyed.rest()
        await self._leg.sound(tones.beep(), stop_on_key=False)
        self._call.change(stage="recording")
        recording, row = await self._studio.begin(self._call)
        taking = Taking(self._leg, recording, self._studio.law)

        def sent() -> bool:
            return any(menu.act(key) == done for key in self._leg.keys)

        ended: Exception | None = None
        try:
            await self._leg.until(lambda: sent() or taking.silence >= silence_s or taking.seconds >= longest_s, None)
        except Exception as error:
            ended = error
        by_key = sent()
        taking.stop(key=by_key)
        self._leg.keys.clear()
        self.keyed.rest(secret=False)
        if ended is not None:
            why = ended.why if isinstance(ended, Gone | CalledOff) else MISTAKE
        else:
            why = POUND if by_key else SILENCE if taking.silence >= silence_s else LONGEST
        self._call.note("recorded", why, seconds=round(taking.seconds, 2), speech=round(taking.speech, 2))
        self._call.change(stage="message taken")
        take = Recorded(self._studio, self._call, taking, recording, row, why)
        take.ended = ended
        return take

    def go_on(self) -> None:
        """The dialog that was called off has ended; what is said now is said to a party who is still there."""
        self._leg.go_on()

    def close(self) -> None:
        """The dialog is over: nothing more is listened for."""
        self.keyed.rest()
        self._deafen()

    def _deafen(self) -> None:
        if self._ear is not None:
            self._ear.close()
            self._ear = None
