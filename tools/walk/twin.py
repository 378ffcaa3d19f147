"""A `Talk` whose answers come from a script, and what a party can answer at each wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from firmware.supervisor.calls.talk import FAX, TAKEN_OVER, TOO_LONG, CalledOff, Choice, Gone, Kept, Menu, Take

KEYS: Final = tuple("0123456789*#")
ENDS: Final = ("far end gone", "link gone", "preempted", f"called off: {TAKEN_OVER}", f"called off: {FAX}")
"""What can end a dialog at any wait, beside being too long."""
SAYS: Final = "says"
MUMBLES: Final = "mumbles"
RAMBLES: Final = "talks on"
"""A word of the menu said clearly or not, and speech that is none of its words."""
TOO_LONG_END: Final = f"called off: {TOO_LONG}"


@dataclass(frozen=True)
class Wait:
    """What a dialog waits for: its ``kind`` and ``what``, and every answer there is to it."""

    kind: str
    what: str
    answers: tuple[str, ...]


class Unanswered(BaseException):
    """The script has no answer to this wait. No dialog catches it: it is nothing that happens to one."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass
class ScriptedTake:
    """A recording that was only said to have been made. ``fate``: how often it was kept, left or dropped."""

    talk: ScriptedTalk
    why: str
    speech_s: float
    ended: Exception | None = None
    fate: list[str] = field(default_factory=list)

    @property
    def gone(self) -> Gone | None:
        return self.ended if isinstance(self.ended, Gone) else None

    async def keep(self) -> Kept:
        self.fate.append("keep")
        answer = self.talk.answer("keep", "the message", ("whole", "cut", "lost"))
        return "whole" if answer == "whole" else "cut" if answer == "cut" else "lost"

    async def leave(self) -> None:
        self.fate.append("leave")

    async def drop(self) -> None:
        self.fate.append("drop")


class ScriptedTalk:
    """Answers the waits of a dialog by ``script``, one answer after the other."""

    def __init__(self, script: Iterable[str]) -> None:
        self._script = list(script)
        self._ended: Exception | None = None
        self.takes: list[ScriptedTake] = []
        self.said: list[str] = []
        self.acts: set[tuple[str, str]] = set()
        """(menu, act) of every key and word that meant something."""

    async def say(self, prompt: str, **values: object) -> None:
        self._check()
        self.said.append(prompt)
        self._end(self.answer("say", prompt, ("heard", *ENDS, TOO_LONG_END)))

    async def listen(self, menu: Menu, within: float) -> Choice:
        self._check()
        words = {f"{how} {label}": label for label in menu.labels for how in (SAYS, MUMBLES)}
        answer = self.answer("listen", menu.name, ("silence", *KEYS, *words, RAMBLES, *ENDS, TOO_LONG_END))
        self._end(answer)
        if answer == "silence":
            return Choice(None)
        if answer == RAMBLES:
            return Choice(None, None, "")
        if answer in words:
            self.acts.add((menu.name, words[answer]))
            return Choice(words[answer], None, words[answer], answer.startswith(SAYS))
        return Choice(self._meant(menu, answer), answer)

    async def play(self, take: Take) -> None:
        self._check()
        self._end(self.answer("play", "the message", ("heard", *ENDS, TOO_LONG_END)))

    async def room(self) -> str | None:
        return None if self.answer("room", "", ("there is room", "full")) == "there is room" else "full"

    async def record(self, menu: Menu, done: str, silence_s: float, longest_s: float) -> Take:
        self._check()
        whys = {"silence": "silence", "longest": "longest message"}
        keys = tuple(key for key in KEYS if menu.act(key) == done)
        ways = [*keys, *whys, *ENDS, TOO_LONG_END]
        answer = self.answer(
            "record", menu.name, tuple(f"{way}, {spoke}" for way in ways for spoke in ("spoke", "mute"))
        )
        way, _, spoke = answer.rpartition(", ")
        why = whys.get(way, "pound" if way in keys else way)
        take = ScriptedTake(self, why, longest_s if spoke == "spoke" else 0.0)
        self.takes.append(take)
        if way in keys:
            self._meant(menu, way)
        elif way not in whys:
            self._ended = take.ended = _end_of(way)
        return take

    def go_on(self) -> None:
        if isinstance(self._ended, CalledOff):
            self._ended = None

    def answer(self, kind: str, what: str, answers: tuple[str, ...]) -> str:
        """The script's next word. Raises Unanswered at its end."""
        if not self._script:
            raise Unanswered(Wait(kind, what, answers))
        return self._script.pop(0)

    def _meant(self, menu: Menu, key: str) -> str | None:
        act = menu.act(key)
        if act is not None:
            self.acts.add((menu.name, act))
        return act

    def _end(self, answer: str) -> None:
        if answer in ENDS or answer == TOO_LONG_END:
            self._ended = _end_of(answer)
        self._check()

    def _check(self) -> None:
        if self._ended is not None:
            raise self._ended


def _end_of(answer: str) -> Exception:
    if answer.startswith("called off: "):
        return CalledOff(answer.removeprefix("called off: "))
    by, why = {"far end gone": ("far end", "loop drop"), "link gone": ("link", "no answer")}.get(
        answer, ("box", "emergency call")
    )
    return Gone(by, why, 0)
