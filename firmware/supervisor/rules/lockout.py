"""How long a guesser waits: a few wrong tries cost nothing, then each costs twice the one before, up to a longest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lockout:
    """After ``free`` wrong tries in a row one waits ``first_s`` seconds, then twice that; never over ``longest_s``."""

    free: int
    first_s: float
    longest_s: float

    def wait_s(self, wrong: int) -> float:
        """Seconds until the next try, after ``wrong`` tries in a row."""
        if wrong < self.free:
            return 0.0
        return min(self.first_s * 2.0 ** min(wrong - self.free, 60), self.longest_s)
