"""Two stars within a moment, in a conversation: whoever may, asks for the assistant.

Nothing is held back for it: the others hear the two tones. What one party presses comes back softer from the telephones
of the others; a star that somebody else pressed louder in the same moment is its echo.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Sequence
from typing import Final, Self

from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls.legs import Heard, Leg

STAR: Final = "*"
WITHIN_S: Final = 0.8  # from one star to the next
SAME_BLOCKS: Final = 3  # an echo is heard this much later, at most


class Stars:
    """``with Stars(legs, may_ask) as stars``: ``asked`` is the leg that has pressed them; every leg is woken then."""

    def __init__(self, legs: Sequence[Leg], may_ask: Collection[Leg]) -> None:
        self.asked: Leg | None = None
        self._legs = legs
        self._may_ask = may_ask
        self._newest: dict[Leg, tuple[int, float]] = {}  # when a leg's last key was a star, and how loud
        self._hearing: list[Heard[str]] = []

    def __enter__(self) -> Self:
        self._hearing = [leg.hears_keys(functools.partial(self._key, leg)) for leg in self._legs]
        return self

    def __exit__(self, *error: object) -> None:
        for hearing in self._hearing:
            hearing.close()

    def _key(self, leg: Leg, key: str) -> None:
        before = self._newest.pop(leg, None)
        if key != STAR:
            return
        level = next((digit.level for digit in leg.port.digits if digit.digit == STAR), math.inf)
        if self._echoed(leg, level):
            return
        self._newest[leg] = leg.now, level
        if before is not None and leg.now - before[0] <= WITHIN_S * RATE and leg in self._may_ask:
            self.asked = leg
            for each in self._legs:
                each.wake()

    def _echoed(self, leg: Leg, level: float) -> bool:
        return any(
            leg.now - at <= SAME_BLOCKS * BLOCK and louder > level
            for other, (at, louder) in self._newest.items()
            if other is not leg
        )
