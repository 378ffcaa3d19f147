"""Talk: all that a dialog has. One party of one call, spoken to, listened to and recorded.

A dialog is an ordinary coroutine over a ``Talk``; it knows no port, no store and no clock, so that it runs as well on a
scripted twin (`tools.walk`). Every wait may raise ``Gone`` (the party left) or ``CalledOff`` (the box takes the dialog
off). This is the contract; `party` keeps it on a leg.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from firmware.supervisor.calls.endings import (
    FAX,
    LONGEST,
    POUND,
    SILENCE,
    TAKEN_OVER,
    TOO_LONG,
    CalledOff,
    Ending,
    Gone,
)
from firmware.supervisor.listening.names import Contact, Guesses
from firmware.supervisor.prompts import Value
from firmware.supervisor.rules.reasons import Reason

__all__ = [
    "FAX",
    "LONGEST",
    "POUND",
    "SILENCE",
    "TAKEN_OVER",
    "TOO_LONG",
    "CalledOff",
    "Choice",
    "Contact",
    "Ending",
    "Gone",
    "Guesses",
    "Kept",
    "Menu",
    "Person",
    "Played",
    "Take",
    "Talk",
]

Kept = Literal["whole", "cut", "lost"]
"""What became of a message: on the disk, its beginning alone, or not at all."""


class Menu(Protocol):
    """What keys and words mean at one place of a dialog."""

    @property
    def labels(self) -> tuple[str, ...]:
        """All that can be asked for, by the label that a word stands for."""

    @property
    def name(self) -> str:
        """The context."""

    def act(self, key: str) -> str | None:
        """What ``key`` asks for; None where it means nothing."""


@dataclass(frozen=True)
class Choice:
    """What was wanted, by a key or by a word; ``act`` None: nothing that means something here.

    ``word``: what was made out of something said; ``sure``: no need to ask again before something is done for good.
    """

    act: str | None
    key: str | None = None
    word: str | None = None
    sure: bool = True

    @property
    def nothing(self) -> bool:
        """Whether nothing was pressed and nothing said."""
        return self.key is None and self.word is None


@dataclass(frozen=True)
class Played:
    """How far something was played: ``at_s`` from its beginning; ``key``: what stopped it, still to be listened for."""

    at_s: float
    key: str | None = None


@dataclass(frozen=True)
class Person:
    """Whom a dialog has.

    ``language``: of what it is said and says; ``inside``: at a telephone of the office; ``user``, ``contact``: who it
    is, where that is known; ``name``: as prompts say it; ``brief``: wants the short prompts.
    """

    language: str
    inside: bool = False
    user: int | None = None
    contact: int | None = None
    name: str = ""
    brief: bool = False


class Take(Protocol):
    """Something that was recorded: ``keep``, ``leave`` or ``drop`` it, exactly one of them.

    ``why``: what ended it (POUND, SILENCE, LONGEST, or why the dialog ended); ``ended``: what has ended
    the dialog, then or since. Where disk or store fail, ``keep`` says so; nothing is raised.
    """

    why: Reason
    ended: Exception | None

    @property
    def gone(self) -> Gone | None:
        """How the party went, if it did."""

    @property
    def speech_s(self) -> float:
        """Seconds of voice; the tone by which a line tells that the party has gone is none."""

    async def keep(self) -> Kept:
        """Makes it a message."""

    async def leave(self) -> None:
        """It is no message, and stays on the call's page."""

    async def drop(self) -> None:
        """It came to nothing."""


class Talk(Protocol):
    """One party, as a dialog has it."""

    person: Person
    """Set anew by the dialog that learns more, a log-in: from then on prompts and words are of its language."""

    async def say(self, prompt: str, **values: Value) -> None:
        """Says a prompt until it ends or a key stops it."""

    async def listen(self, menu: Menu, within: float) -> Choice:
        """What is wanted, within so many seconds; what was typed ahead counts, a word that has begun is waited for."""

    async def digits(self, most: int, within: float, end: str = "#", *, secret: bool = False) -> str:
        """Up to ``most`` digits by key, until ``end`` or ``within`` seconds without one; "*" where that gave it up.

        ``secret``: they reach neither the timeline nor a recording, however early they are pressed.
        """

    async def name(self, people: Sequence[Contact], within: float) -> Guesses:
        """Who of ``people`` was said; none where nobody spoke, names cannot be understood, or a key was pressed."""

    async def moment(self, within: float) -> datetime | None:
        """The next time of day that is entered on four keys and pound ("1430#"), local; None: none, or no time."""

    async def play(self, what: Take | str, seek: Mapping[str, float] | None = None) -> Played:
        """Plays what was recorded, a take or the path of a recording, until a key stops it.

        ``seek``: keys that do not stop it but go on so many seconds away.
        """

    async def room(self) -> Reason | None:
        """Why nothing that is recorded could be kept; None: there is room."""

    async def record(self, menu: Menu, done: str, silence_s: float, longest_s: float) -> Take:
        """A tone, then everything until a key that means ``done``, silence, the longest, or the end of the dialog.

        Once it records nothing is raised: what ended it is part of the result.
        """

    def go_on(self) -> None:
        """The dialog that was called off has ended; what is said now is said to a party who is still there."""
