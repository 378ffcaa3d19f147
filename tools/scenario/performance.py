"""The steps of a scenario as they happen: acts, waits, faults, and the sample time they take.

``Performance.step`` does one and gives what happened; a step that is not met raises StepFailed with a sentence. Time
moves only here, by ``wait`` and inside steps, one block after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.scenario.actors import Actor, Caller, Person
from tools.scenario.ears import Match
from tools.scenario.faults import fault
from tools.scenario.fax_machine import draw
from tools.scenario.keys import WAITS
from tools.scenario.script import Step
from tools.scenario.sounds import Sounds
from tools.scenario.stage import Stage

RATE = 8000
LOOK_S = 0.1  # between two looks at what is heard

Words = Callable[[Step], npt.NDArray[np.int16]]


class StepFailed(Exception):
    """A step was not met; the text is the failure's sentence without file and line."""


class Performance:
    """The parties on a stage. ``words`` gives what a step says; ``limit`` (s) ends a scenario that does not end."""

    def __init__(self, stage: Stage, actors: Mapping[str, Actor], sounds: Sounds, words: Words, limit: float) -> None:
        self._stage = stage
        self._actors = actors
        self._sounds = sounds
        self._words = words
        self._limit = limit

    def step(self, step: Step) -> dict[str, Any]:
        """Does one step; when it began and was done, and what was heard. Raises StepFailed, CannotAct."""
        if step.after:
            self.wait(step.after)
        began = self._stage.now_s
        detail: dict[str, Any] = {}
        if step.kind == "does" and step.value in WAITS:
            self._wait_for(step)
        elif step.kind == "hears":
            match = self._hear(step)
            detail = {"heard": match.name, "from_s": match.start / RATE, "alike": round(match.alike, 2)}
        elif step.kind == "shows":
            self._wait_until_shown(step)
        elif step.kind in ("does", "says", "presses"):
            self._act(step)
        elif step.kind == "faxes":
            self._fax(step)
        elif step.kind == "fault":
            fault(step.value)(self._stage.board)
        elif step.kind == "kill":
            self._stage.kill()
        elif step.kind == "restart":
            self._stage.start()
        row = {"at_s": round(began, 2), "done_s": round(self._stage.now_s, 2), "who": step.who, step.kind: step.value}
        return row | detail

    def wait(self, seconds: float) -> None:
        """Lets so many seconds pass."""
        end = self._stage.now_s + seconds
        while self._stage.now_s < end:
            self._tick()

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

    def _wait_until_shown(self, step: Step) -> None:
        person = self._actors[step.who]
        assert isinstance(person, Person), "checked when the file was read"
        end = self._stage.now_s + step.within
        while not person.shows(step.value):
            if self._stage.now_s >= end:
                raise StepFailed(f'{step.who}\'s display did not show "{step.value}" within {step.within:g} s')
            self._tick()

    def _fax(self, step: Step) -> None:
        person = self._actors[step.who]
        assert isinstance(person, Caller), "checked when the file was read"
        person.cursor = self._stage.board.now
        letter = self.letter(step.who)
        draw(step.value, letter)
        machine = person.fax(letter, by_hand=step.by_hand)
        try:
            while not machine.done:
                self._tick()
        finally:
            machine.close()

    def letter(self, who: str) -> Path:
        """Where the TIFF lies that a party has sent."""
        return self._stage.folder / f"sent-{who}.tif"

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

    def _tick(self) -> None:
        if self._stage.now_s > self._limit:
            raise StepFailed(f"the scenario is not over after {self._limit:g} s (limit)")
        self._stage.tick()

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
