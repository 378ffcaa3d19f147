"""Office: all that a dialog may do beside talking with its party. Nobody is called, rung or joined but through it.

One ``Office`` a call. This is the contract; the switchboard keeps it on telephones (`reaching`), a script in
the generated walk (`tools/walk`). Every wait may raise ``Gone`` (the party left) or ``CalledOff`` (the box takes the
dialog off); whoever was rung meanwhile rings no more, and who was already listening is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from firmware.supervisor.calls.talk import Ending, Take
from firmware.supervisor.rules.find_me import Step
from firmware.supervisor.rules.reasons import Reason


@dataclass(frozen=True)
class Announcement:
    """Who calls, as displays show it and whoever is reached hears it.

    ``name`` and ``number`` "" where they are not known; ``clips``: what an unknown caller has said of himself, name
    first, then why he calls.
    """

    name: str = ""
    number: str = ""
    important: bool = False
    clips: tuple[Take, ...] = ()


class Reached(Protocol):
    """Somebody who has taken the call, and waits to be connected: ``Office.connect`` at once."""

    @property
    def who(self) -> str:
        """The handset's name, or the number outside."""


@dataclass(frozen=True)
class Nobody:
    """Nobody takes the call. ``reason``: an id ``nobody.*``; ``reply``: the prompt that the caller is to hear."""

    reason: Reason
    reply: str = ""


class Office(Protocol):
    """The house, as the dialog of one call has it."""

    def possible(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """What of ``steps`` can be tried now: handsets that are free, numbers for which there is a line."""

    async def reach(self, steps: Sequence[Step], announce: Announcement, saying: str = "") -> Reached | Nobody:
        """Looks for somebody, step by step, while the party hears music; the first who takes the call is the result.

        ``saying``: a prompt for the party, before the music; it rings already. Who asks for a message meanwhile is
        heard. Outside nobody has taken it who has not pressed a key: a machine is never a result.
        """

    async def hold(self, steps: Sequence[Step], seconds: float, saying: str = "") -> str:
        """The party waits, with music, until something of ``steps`` can be tried ("free"), asks for a message ("key"),
        or has waited so long ("over")."""

    async def connect(self, reached: Reached) -> Ending:
        """Has the two talk until one goes; the party's call is over then."""

    async def take_message(self, *, important: bool, at_once: bool = False) -> Ending:
        """Takes a message of the party; ``at_once``: without a word before the tone."""

    async def ask_call_back(self, number: str, at: datetime | None) -> None:
        """The party wants to be called back at ``number``, from ``at`` on (local; None: at any time)."""

    async def block(self) -> None:
        """The party's number is blocked from now on."""
