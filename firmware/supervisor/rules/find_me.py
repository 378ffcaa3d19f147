"""Where somebody is looked for: telephones of the house and outside, all at once or one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Outcome

Order = Literal["at once", "in order"]
ORDERS: tuple[Order, ...] = ("at once", "in order")
ADMITTED = ("everybody", "contacts", "nobody")
"""Who may say that it is important."""
ALWAYS = frozenset({"meeting", "out", "unavailable", "trip"})
"""Statuses in which the house may be rung for somebody who says so. While the office works it has been rung already;
after hours, at the weekend and on vacation nobody is to be disturbed."""


@dataclass(frozen=True)
class Step:
    """Telephones that ring at the same time, for ``ring_s`` seconds.

    ``handsets`` by their port's name, ``outside`` as numbers with their +.
    """

    handsets: tuple[str, ...]
    outside: tuple[str, ...]
    ring_s: float

    @property
    def empty(self) -> bool:
        """Whether nothing rings."""
        return not self.handsets and not self.outside


def steps(handsets: Sequence[str], outside: Sequence[str], order: str, ring_s: float) -> tuple[Step, ...]:
    """The steps by which somebody is looked for: ``in order`` first the house, then number by number."""
    if order == "at once":
        found = [Step(tuple(handsets), tuple(outside), ring_s)]
    else:
        found = [Step(tuple(handsets), (), ring_s), *(Step((), (number,), ring_s) for number in outside)]
    return tuple(step for step in found if not step.empty)


def important(outcome: Outcome, caller: Caller, admitted: str, found: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of ``found`` for a caller who says that it is important; none: it is not offered to this caller.

    Where the house has rung in vain it rings again only with something else: a number outside.
    """
    decided = outcome.reasons[-1].id
    may = admitted == "everybody" or (admitted == "contacts" and bool(caller.contact))
    if not may or decided == "line.message":
        return ()
    rung = outcome.what == "reach" and any(step.outside for step in found)
    return tuple(found) if rung or outcome.status in ALWAYS else ()
