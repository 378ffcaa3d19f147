"""A `Talk` whose answers come from a script, and what a party can answer at each wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from firmware.supervisor.assistant.office import Announcement, Nobody, Reached
from firmware.supervisor.calls.talk import (
    FAX,
    LONGEST,
    POUND,
    SILENCE,
    TAKEN_OVER,
    TOO_LONG,
    CalledOff,
    Choice,
    Contact,
    Ending,
    Gone,
    Guesses,
    Kept,
    Menu,
    Person,
    Played,
    Take,
)
from firmware.supervisor.listening.names import UNKNOWN
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.reasons import Reason, because

KEYS: Final = tuple("0123456789*#")
ENDS: Final = ("far end gone", "link gone", "preempted", f"called off: {TAKEN_OVER.id}", f"called off: {FAX.id}")
"""What can end a dialog at any wait, beside being too long."""
SAYS: Final = "says"
MUMBLES: Final = "mumbles"
RAMBLES: Final = "talks on"
"""A word of the menu said clearly or not, and speech that is none of its words."""
TOO_LONG_END: Final = f"called off: {TOO_LONG.id}"


STRANGER: Final = Person("en")


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

    talk: ScriptedTalk = field(repr=False)
    why: Reason
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

    def __init__(self, script: Iterable[str], person: Person = STRANGER) -> None:
        self.person = person
        self._script = list(script)
        self._ended: Gone | CalledOff | None = None
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

    async def digits(self, most: int, within: float, end: str = "#", *, secret: bool = False) -> str:
        """All of them, the first alone, none, or a star."""
        self._check()
        ways = {"all": "1" * most, "one": "1", "none": "", "star": "*"}
        answer = self.answer("digits", str(most), (*ways, *ENDS, TOO_LONG_END))
        self._end(answer)
        return ways[answer]

    async def name(self, people: Sequence[Contact], within: float) -> Guesses:
        """One of them in each band, all of them, or nobody."""
        self._check()
        ways = {"nobody": UNKNOWN, "all": Guesses(tuple(people[:3]), "confirm")}
        ways |= {band: Guesses(tuple(people[:1]), band) for band in ("accept", "confirm", "again")}
        answer = self.answer("name", "somebody", (*ways, *ENDS, TOO_LONG_END))
        self._end(answer)
        return ways[answer]

    async def moment(self, within: float) -> datetime | None:
        """A time, or none."""
        self._check()
        answer = self.answer("moment", "a time", ("a time", "none", *ENDS, TOO_LONG_END))
        self._end(answer)
        return datetime(2026, 3, 2, 14, 30, tzinfo=UTC) if answer == "a time" else None

    async def play(self, what: Take | str, seek: Mapping[str, float] | None = None) -> Played:
        self._check()
        answer = self.answer("play", "the message", ("heard", "stopped", *ENDS, TOO_LONG_END))
        self._end(answer)
        return Played(2.0) if answer == "heard" else Played(1.0, "5")

    async def room(self) -> Reason | None:
        full = self.answer("room", "", ("there is room", "full")) == "full"
        return because("disk full") if full else None

    async def record(self, menu: Menu, done: str, silence_s: float, longest_s: float) -> Take:
        self._check()
        whys = {"silence": SILENCE, "longest": LONGEST}
        keys = tuple(key for key in KEYS if menu.act(key) == done)
        ways = [*keys, *whys, *ENDS, TOO_LONG_END]
        answer = self.answer(
            "record", menu.name, tuple(f"{way}, {spoke}" for way in ways for spoke in ("spoke", "mute"))
        )
        way, _, spoke = answer.rpartition(", ")
        if way in keys:
            self._meant(menu, way)
        elif way not in whys:
            self._ended = _end_of(way)
        why = self._ended.why if self._ended is not None else whys.get(way, POUND)
        take = ScriptedTake(self, why, longest_s if spoke == "spoke" else 0.0, self._ended)
        self.takes.append(take)
        return take

    def go_on(self) -> None:
        if isinstance(self._ended, CalledOff):
            self._ended = None

    def answer(self, kind: str, what: str, answers: tuple[str, ...]) -> str:
        """The script's next word. Raises Unanswered at its end."""
        if not self._script:
            raise Unanswered(Wait(kind, what, answers))
        return self._script.pop(0)

    def end_at(self, answer: str) -> None:
        """Ends the dialog if ``answer`` is one of the ways in which one ends."""
        self._end(answer)

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


@dataclass(frozen=True)
class ScriptedReached:
    """Somebody who was only said to have taken the call."""

    who: str


NOBODY: Final = ("refused", "message", "blocked", "unanswered", "silent", "machine", "busy", "failed")
"""Why a telephone that was tried has not taken the call, as `rules/reasons` has it."""
REPLIED: Final = "replied"
NO_TELEPHONE: Final = "no telephone"
WAITS: Final = "the party asks for a message"
DONE: Final = "done"


class ScriptedOffice:
    """An `Office` whose answers come from the same script as those of its party."""

    def __init__(self, talk: ScriptedTalk) -> None:
        self._talk = talk
        self._reached: list[ScriptedReached] = []

    def possible(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """All of them, those inside alone, or none."""
        way = self._talk.answer("possible", "the steps", ("all", "inside", "none"))
        inside = tuple(Step(step.handsets, (), step.ring_s) for step in steps if step.handsets)
        return tuple(steps) if way == "all" else inside if way == "inside" else ()

    async def reach(self, steps: Sequence[Step], announce: Announcement, saying: str = "") -> Reached | Nobody:
        """Somebody, or nobody for one of the reasons there are."""
        if saying:
            self._talk.said.append(saying)
        ways = ("taken", *NOBODY, REPLIED, NO_TELEPHONE, WAITS)
        answer = self._heard("reach", "somebody", ways)
        if answer == "taken":
            self._reached.append(ScriptedReached("C"))
            return self._reached[-1]
        if answer == REPLIED:
            return Nobody(because("nobody.reply", telephone="C", reply="later"), "caller.reply.ten_minutes")
        if answer == NO_TELEPHONE:
            return Nobody(because("nobody.to_ring"))
        if answer == WAITS:
            return Nobody(because("nobody.waits"))
        return Nobody(because(f"nobody.{answer}", telephone="C"))

    async def connect(self, reached: Reached) -> Ending:
        """They talk until one goes."""
        self._reached.remove(ScriptedReached(reached.who))
        self._heard("connect", "the two", ("over",))
        return Ending("connected", "far end", because("loop drop"))

    async def take_message(self, *, important: bool, at_once: bool = False) -> Ending:
        """One was taken, or none."""
        taken = self._heard("message", "important" if important else "ordinary", ("taken", "none"))
        return Ending("message" if taken == "taken" else "no message", "box", POUND)

    async def hold(self, steps: Sequence[Step], seconds: float, saying: str = "") -> str:
        """Somebody is free, the party would rather leave a message, or it has waited so long."""
        self._talk.said.append(saying)
        return self._heard("hold", "somebody", ("free", "key", "over"))

    async def ask_call_back(self, number: str, at: datetime | None) -> None:
        """It is noted."""
        self._talk.answer("call back", "the party", (DONE,))

    async def block(self) -> None:
        """The party is blocked."""
        self._talk.answer("block", "the party", (DONE,))

    @property
    def waiting(self) -> int:
        """How many have taken the call and were not connected."""
        return len(self._reached)

    def _heard(self, kind: str, what: str, ways: tuple[str, ...]) -> str:
        answer = self._talk.answer(kind, what, (*ways, *ENDS, TOO_LONG_END))
        self._talk.end_at(answer)
        return answer


def _end_of(answer: str) -> Gone | CalledOff:
    if answer.startswith("called off: "):
        return CalledOff(because(answer.removeprefix("called off: ")))
    lost = because("link lost", error="no answer")
    by, why = {"far end gone": ("far end", because("loop drop")), "link gone": ("link", lost)}.get(
        answer, ("box", because("emergency call"))
    )
    return Gone(by, why, 0)
