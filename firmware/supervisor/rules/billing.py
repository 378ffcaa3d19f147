"""What is billed of a call: its talk, rounded to whole increments, and never less than the minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

HAIR_S = 0.0005  # talk is kept to the millisecond: what is over an increment by less is the sum's rounding
ROUNDINGS: Final = ("up", "nearest")


@dataclass(frozen=True)
class Tariff:
    """Increments of ``increment_s`` seconds (at least 1), and ``minimum_s`` for a call with any talk at all.

    ``rounding``: ``up`` to the next whole increment, or to the ``nearest`` one, half an increment up.
    """

    increment_s: int = 1
    minimum_s: int = 0
    rounding: str = "up"

    def billable_s(self, talk_s: float) -> int:
        """Whole seconds to bill for ``talk_s`` seconds; nothing where nobody talked."""
        if talk_s < HAIR_S:
            return 0
        if self.rounding == "nearest":
            increments = math.floor((talk_s + HAIR_S) / self.increment_s + 0.5)
        else:
            increments = math.ceil((talk_s - HAIR_S) / self.increment_s)
        return max(increments * self.increment_s, self.minimum_s)
