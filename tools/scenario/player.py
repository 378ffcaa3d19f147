"""Plays one scenario: its steps in order on the sample clock, then its expectations.

``play`` gives a Result whatever the box does; a step that cannot be met ends the scenario with one failure, and
expectations fail one by one. Raises VoiceError or OSError only for what is wrong with the scenario's own material.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from board.virtual.linekinds import KINDS
from firmware.supervisor.prompts import Prompts
from firmware.supervisor.settings.schema import SCHEMA
from firmware.supervisor.store.errors import StoreError
from tools.scenario.actors import CannotAct, actor
from tools.scenario.after import unmet
from tools.scenario.ears import Heard, Search, template
from tools.scenario.faults import fault, of_chips
from tools.scenario.fax_machine import alike
from tools.scenario.log import read_log
from tools.scenario.offspring import Nursery
from tools.scenario.performance import Performance, StepFailed
from tools.scenario.result import Result
from tools.scenario.script import Expect, Scenario, Step
from tools.scenario.sounds import Sounds
from tools.scenario.stage import HATS, Stage, SupervisorEnded
from tools.scenario.voices import USUAL, VoiceError, lasting, read_wav, speak, write_wav

RATE = 8000
SETTLE_S = 3.0  # after the last step: the last calls are written down
START_S = 2.0  # before the first step: the box says HELLO and goes into service


def play(scenario: Scenario, folder: Path, nursery: Nursery | None = None, hat: str = HATS[0]) -> Result:
    """Plays a scenario in ``folder``, which is made anew, on one of HATS. Raises VoiceError, OSError, RuntimeError.

    One with a fault of the HAT's chips plays on the twin where the stand-in is asked for, which has none.
    """
    stand_in, _, twin = HATS
    if hat == stand_in and any(step.kind == "fault" and of_chips(step.value) for step in scenario.steps):
        hat = twin
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("heard-*.wav"), *folder.glob("sent-*.tif"), folder / "supervisor.log"):
        old.unlink(missing_ok=True)
    box = scenario.box
    line = {"return_loss_db": box.hybrid_db, "noise_dbm0": box.noise_dbm0}
    stage = Stage(
        folder,
        box.settings,
        scenario.contacts,
        scenario.rules,
        clock=box.clock,
        seed=box.seed,
        hat=hat,
        nursery=nursery,
        receptionist=scenario.receptionist,
        **{key: value for key, value in line.items() if value is not None},
    )
    try:
        return _Player(scenario, stage).run()
    finally:
        stage.close()


class _Player:
    """One playing."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self._scenario = scenario
        self._stage = stage
        self._result = Result()
        stage.board.exchange.set_kind(scenario.exchange.kind)
        if scenario.exchange.call_waiting:
            stage.board.exchange.set_call_waiting(True)
        after_ms, heard = round(scenario.exchange.dial_tone_after * 1000), scenario.exchange.dial_tone == "heard"
        stage.board.exchange.set_dial_tone(after_ms, heard=heard)
        if scenario.exchange.ring:
            stage.board.exchange.set_ring(scenario.exchange.ring)
        self._actors = {name: actor(stage.board, party) for name, party in scenario.parties.items()}
        settings = {key: scenario.box.settings.get(key, SCHEMA[key].default) for key in SCHEMA}
        country, language = str(settings["box.country"]), str(settings["box.language"])
        prompts = Prompts(language, stage.home / "prompts", country, {"office": str(settings["box.name"])})
        tones_of = KINDS[scenario.exchange.kind].tones_of
        self._sounds = Sounds(prompts, country, scenario.path.parent, lambda name: self._actors[name].said, tones_of)
        self._voices = {name: self._voice(name, at) for at, name in enumerate(scenario.parties)}
        self._performance = Performance(stage, self._actors, self._sounds, self._words, scenario.box.limit)
        for step in scenario.steps:
            self._prepare(step)
        for expect in scenario.expects:
            if expect.kind == "heard":
                self._at(expect.line_no, self._sounds.check, expect.sound, expect.values, list(self._actors))

    def run(self) -> Result:
        """Steps, then the end of the box, then what it wrote down."""
        result, stage = self._result, self._stage
        performance = self._performance
        try:
            stage.start()
            performance.wait(START_S)
            for step in self._scenario.steps:
                try:
                    result.steps.append(performance.step(step))
                except (StepFailed, CannotAct) as error:
                    raise StepFailed(self._place(step.line_no, str(error))) from error
            performance.wait(SETTLE_S)
        except StepFailed as error:
            result.failures.append(str(error))
        except SupervisorEnded as error:
            result.failures.append(self._place(1, str(error)))
        result.seconds = round(stage.now_s, 2)
        self._keep_sound()
        try:
            stage.stop()
        except SupervisorEnded as error:
            result.failures.append(self._place(1, str(error)))
        try:
            result.log = read_log(stage.home)
        except (OSError, sqlite3.Error, StoreError) as error:
            result.failures.append(self._place(1, f"the box's log cannot be read: {error}"))
            return result
        result.failures += unmet(self._scenario, result.log, self._times_heard, self._holds)
        return result

    # Before the first block

    def _voice(self, name: str, at: int) -> str:
        return self._scenario.parties[name].voice or USUAL[at % len(USUAL)]

    def _prepare(self, step: Step) -> None:
        """Speaks and checks what a step needs, so that nothing but the box can fail later."""
        if step.kind == "says":
            self._at(step.line_no, self._words, step)
        elif step.kind == "hears":
            self._at(step.line_no, self._sounds.check, step.value, step.values, list(self._actors))
        elif step.kind == "fault":
            self._at(step.line_no, fault, step.value)

    def _at(self, line: int, check: Callable[..., object], *arguments: object) -> None:
        try:
            check(*arguments)
        except (VoiceError, ValueError) as error:
            raise VoiceError(self._place(line, str(error))) from error

    def _words(self, step: Step) -> np.ndarray[Any, np.dtype[np.int16]]:
        level = self._scenario.parties[step.who].level
        if step.value.endswith(".wav"):
            samples = read_wav(self._scenario.path.parent / step.value)
        else:
            samples = speak(self._voices[step.who], step.value, level)
        return samples if step.seconds is None else lasting(samples, step.seconds)

    # After

    def _place(self, line: int, text: str) -> str:
        return f"{self._scenario.path}:{line}: {text}"

    def _keep_sound(self) -> None:
        for name, person in self._actors.items():
            path = self._stage.folder / f"heard-{name}.wav"
            person.heard.advance(self._stage.board.now)
            write_wav(path, person.heard.span(0))
            self._result.heard[name] = str(path)

    def _times_heard(self, expect: Expect) -> int:
        """How often a sound was heard in the whole scenario."""
        person = self._actors[expect.who]
        count, start = 0, 0
        while True:
            ear = self._sounds.ear(person.heard, start, expect.sound, expect.values, False, None)
            match = ear.poll(last=True)
            if match is None:
                return count
            count, start = count + 1, match.end

    def _holds(self, what: str, row: int, party: str) -> bool:
        """Whether a message's "speech", or a fax's "picture", is what a party said or sent last."""
        if what == "speech":
            return self._speaks(row, party)
        received, sent = self._result.log.tiffs[row], self._performance.letter(party)
        return received.is_file() and sent.is_file() and alike(received, sent)

    def _speaks(self, message: int, party: str) -> bool:
        """Whether a message holds what a party said last, or, where it was cut, a part of it and nothing else."""
        sound, said = self._result.log.sound.get(message), self._actors[party].said
        if sound is None or said is None:
            return False
        whole, part = (sound, said) if sound.size > said.size else (said, sound)
        heard = Heard()
        heard.put(800, whole)  # a recording may begin within the first word
        heard.advance(whole.size + RATE)
        try:
            search = Search(heard, template("speech", part), 0)
        except ValueError:
            return False
        return search.poll(last=True) is not None
