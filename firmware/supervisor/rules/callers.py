"""Who calls, as rules see it: class, groups, the carrier's mark in the name; and which callers are blocked.

The office's own rules come before the downloaded list: who is allowed is never blocked, who is blocked is blocked
though a contact, and the list never blocks a contact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.supervisor.rules.reasons import Reason, because

MARKS = ("verified", "spam")
_VERIFIED = re.compile(r"\[V\]")
_SPAM = re.compile(
    r"(?:(?:likely|suspected|potential|possible)\s+)?(?:spam|scam|fraud|robocall)(?:\s+(?:risk|likely))?\b\W*", re.I
)


@dataclass(frozen=True)
class Caller:
    """A caller. ``number``: E.164, "" where none is known; ``withheld``: it is kept back.

    ``name``: as the line gave it. ``contact``: the contact's name, "" for who is none; ``groups``: those it is in.
    """

    number: str = ""
    withheld: bool = False
    name: str = ""
    contact: str = ""
    groups: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """One of ``statuses.CLASSES``."""
        return "contact" if self.contact else "withheld" if self.withheld else "unknown"

    @property
    def mark(self) -> str:
        """What the carrier put before the name: "verified", "spam" or nothing."""
        return "verified" if _VERIFIED.match(self.name) else "spam" if _SPAM.match(self.name) else ""

    def why(self) -> Reason:
        """The caller as a reason."""
        return because("who.contact", contact=self.contact) if self.contact else because(f"who.{self.kind}")


@dataclass(frozen=True)
class Screen:
    """Callers that are blocked, or allowed although another rule would block them.

    ``number``: exact, with * at its end a beginning, ``low-high`` a range of numbers of one length. ``name``: what the
    line's name holds, in any case. ``mark``, ``withheld``: those. All that is set must be so; with nothing set it
    matches nobody. ``listed``: by the downloaded list.
    """

    blocks: bool
    number: str = ""
    name: str = ""
    mark: str = ""
    withheld: bool = False
    listed: bool = False

    def matches(self, caller: Caller) -> bool:
        """Whether it is about this caller."""
        asked = [
            not self.number or self._number_fits(caller.number),
            not self.name or self.name.casefold() in caller.name.casefold(),
            not self.mark or self.mark == caller.mark,
            not self.withheld or caller.withheld,
        ]
        return all(asked) and bool(self.number or self.name or self.mark or self.withheld)

    def said(self) -> str:
        """The rule in short, for the log."""
        parts = (self.number, f'"{self.name}"' if self.name else "", self.mark, "withheld" if self.withheld else "")
        return " ".join(part for part in parts if part)

    def _number_fits(self, number: str) -> bool:
        low, dash, high = self.number.partition("-")
        if dash:
            return len(low) == len(number) == len(high) and low <= number <= high
        return number.startswith(low[:-1]) if low.endswith("*") else number == low


def screened(caller: Caller, screens: Sequence[Screen]) -> Reason | None:
    """Why a caller is blocked ("blocked", "blocked.list") or passes all the same ("allowed"); None: no rule applies."""
    about = [screen for screen in screens if screen.matches(caller)]
    blocks = [screen for screen in about if screen.blocks and not (screen.listed and caller.contact)]
    allows = [screen for screen in about if not screen.blocks and not screen.listed]
    if not blocks:
        return None
    if allows:
        return because("allowed", rule=allows[0].said())
    own = [screen for screen in blocks if not screen.listed]
    return because("blocked", rule=own[0].said()) if own else because("blocked.list", rule=blocks[0].said())
