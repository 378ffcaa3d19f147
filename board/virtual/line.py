"""One telephone line: a pair as electricity (``loop``) and as sound (``pair``)."""

from __future__ import annotations

from board.virtual.loop import Loop
from board.virtual.sound import Pair


class Line:
    """A pair with its two natures. A and B are fed by the exchange, C and D by the HAT."""

    def __init__(self, name: str, loop: Loop, pair: Pair) -> None:
        self.name = name
        self.loop = loop
        self.pair = pair

    def describe(self) -> dict[str, object]:
        """The electrical state for people and for ``state``."""
        now = self.loop.now
        return {
            "line": self.name,
            "volts": round(now.volts, 1),
            "ma": round(now.ma, 1),
            "polarity": "reversed" if now.reversed else "normal",
            "ring_on": now.ring_on,
            "loop_closed": now.closed,
            "fed": now.fed,
        }
