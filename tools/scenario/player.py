"""Plays one scenario: its steps in order on the sample clock, then its expectations.

``play`` gives a Result whatever the box does; a step that cannot be met ends the scenario with one failure, and
expectations fail one by one. Raises VoiceError or OSError only for what is wrong with the scenario's own material.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from firmware.supervisor.prompts import Prompts
from firmware.supervisor.settings_schema import SCHEMA
from firmware.supervisor.store.errors import StoreError
from tools.scenario.actors import Actor, CannotAct, actor
from tools.scenario.after import unmet
from tools.scenario.ears import FOUND, Heard, Match, Search, template
from tools.scenario.faults import fault
from tools.scenario.log import Log, read_log
from tools.scenario.offspring import Nursery
from tools.scenario.script import Expect, Scenario, Step
from tools.scenario.sounds import Sounds
from tools.scenario.stage import HATS, Stage, SupervisorEnded
from tools.scenario.voices import USUAL, VoiceError, lasting, read_wav, speak, write_wav

RATE = 8000
LOOK_S = 0.1  # between two looks at what is heard
SETTLE_S = 3.0  # after the last step: the last calls are written down
START_S = 2.0  # before the first step: the box says HELLO and goes into service
LEVEL = -19.0


class StepFailed(Exception):
    """A step was not met; the text is the failure's sentence without file and line."""


@dataclass
class Result:
    """How a scenario went. ``heard``: party -> WAV file of all that party heard."""

    failures: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    heard: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """The keys of COMMANDS.md, and ``steps``: what happened when, on the sample clock."""
        return {
            "verdict": "pass" if self.passed else "fail",
            "failures": self.failures,
            "events": self.log.events,
            "calls": self.log.calls,
            "messages": self.log.messages,
            "heard": self.heard,
            "steps": self.steps,
            "seconds": self.seconds,
        }


def play(scenario: Scenario, folder: Path, nursery: Nursery | None = None, hat: str = HATS[0]) -> Result:
    """Plays a scenario in ``folder``, which is made anew, on one of HATS. Raises VoiceError, OSError, RuntimeError."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("heard-*.wav"), folder / "supervisor.log"):
        old.unlink(missing_ok=True)
    box = scenario.box
    line = {"return_loss_db": box.hybrid_db, "noise_dbm0": box.noise_dbm0}
    stage = Stage(
        folder,
        box.settings,
        scenario.contacts,
        clock=box.clock,
        seed=box.seed,
        hat=hat,
        nursery=nursery,
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
        self._actors = {name: actor(stage.board, party) for name, party in scenario.parties.items()}
        settings = {key: scenario.box.settings.get(key, SCHEMA[key].default) for key in SCHEMA}
        country, language = str(settings["box.country"]), str(settings["box.language"])
        prompts = Prompts(language, stage.home / "prompts", country, {"office": str(settings["box.name"])})
        self._sounds = Sounds(prompts, country, scenario.path.parent, lambda name: self._actors[name].said)
        self._voices = {name: self._voice(name, at) for at, name in enumerate(scenario.parties)}
        for step in scenario.steps:
            self._prepare(step)
        for expect in scenario.expects:
            if expect.kind == "heard":
                self._at(expect.line_no, self._sounds.check, expect.sound, expect.values, list(self._actors))

    def run(self) -> Result:
        """Steps, then the end of the box, then what it wrote down."""
        result, stage = self._result, self._stage
        try:
            stage.start()
            self._for(START_S)
            for step in self._scenario.steps:
                try:
                    self._step(step)
                except (StepFailed, CannotAct) as error:
                    raise StepFailed(self._place(step.line_no, str(error))) from error
            self._for(SETTLE_S)
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
        result.failures += unmet(self._scenario, result.log, self._times_heard, self._speaks)
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

    # The steps

    def _step(self, step: Step) -> None:
        if step.after:
            self._for(step.after)
        began = self._stage.now_s
        detail: dict[str, Any] = {}
        if step.kind == "does" and step.value in ("rung", "unrung", "answered", "released"):
            self._wait_for(step)
        elif step.kind == "hears":
            match = self._hear(step)
            detail = {"heard": match.name, "from_s": match.start / RATE, "alike": round(match.alike, 2)}
        elif step.kind in ("does", "says", "presses"):
            self._act(step)
        elif step.kind == "fault":
            fault(step.value)(self._stage.board)
        elif step.kind == "kill":
            self._stage.kill()
        elif step.kind == "restart":
            self._stage.start()
        row = {"at_s": round(began, 2), "done_s": round(self._stage.now_s, 2), "who": step.who, step.kind: step.value}
        self._result.steps.append(row | detail)

    def _act(self, step: Step) -> None:
        person = self._actors[step.who]
        person.cursor = self._stage.board.now
        if step.kind == "does":
            person.act(step.value, step.number, pulse=step.pulse)
            if step.value == "dials" and not step.meanwhile:
                self._until_said(person)
            return
        if step.kind == "says":
            person.say(self._words(step))
        else:
            person.mouth.press(step.value)
        if not step.meanwhile:
            self._until_said(person)

    def _until_said(self, person: Actor) -> None:
        while not person.silent():
            person.mouth  # noqa: B018  (raises CannotAct when the call has ended under the speaker)
            self._tick()

    def _wait_for(self, step: Step) -> None:
        person = self._actors[step.who]
        if not self._until(lambda: person.met(step.value), step.within):
            raise StepFailed(f"{step.who} was not {step.value} within {step.within:g} s ({self._stage.now_s:.2f} s)")

    def _hear(self, step: Step) -> Match:
        person = self._actors[step.who]
        ear = self._sounds.ear(person.heard, person.cursor, step.value, step.values, step.begun, step.seconds)
        found: list[Match] = []

        def heard() -> bool:
            person.heard.advance(self._stage.board.now)
            match = ear.poll()
            if match is not None:
                found.append(match)
            return match is not None

        if not self._until(heard, step.within, every=LOOK_S):
            instead = self._sounds.instead(person.heard, person.cursor)
            since = f"from {person.cursor / RATE:.2f} s to {self._stage.now_s:.2f} s"
            raise StepFailed(
                f'{step.who} did not hear "{step.value}" within {step.within:g} s; heard {instead} {since}'
            )
        person.cursor = found[0].end
        return found[0]

    # Time

    def _tick(self) -> None:
        if self._stage.now_s > self._scenario.box.limit:
            raise StepFailed(f"the scenario is not over after {self._scenario.box.limit:g} s (limit)")
        self._stage.tick()

    def _for(self, seconds: float) -> None:
        end = self._stage.now_s + seconds
        while self._stage.now_s < end:
            self._tick()

    def _until(self, condition: Callable[[], bool], within: float, every: float = 0.0) -> bool:
        """Moves time on until the condition holds; False when it does not within so many seconds."""
        end = self._stage.now_s + within
        look = self._stage.now_s
        while True:
            if self._stage.now_s >= look:
                if condition():
                    return True
                look = self._stage.now_s + every
            if self._stage.now_s >= end:
                return condition()
            self._tick()

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
        found = search.poll(last=True)
        return found is not None and found.alike >= FOUND
