"""Where somebody is looked for: telephones of the house and outside, all at once or one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Order = Literal["at once", "in order"]
ORDERS: tuple[Order, ...] = ("at once", "in order")


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
