"""What our lines hang on: the exchange itself, a router's telephone port (adapter), or an extension of a PBX.

An adapter has its maker's tones, sends caller ID in its maker's format, tells a hang-up by busy tone alone, never
reverses, takes `#` for the end of a number, and its network brings the box's voice back from the far hybrid. A PBX has
its own tones and no signs of the loop either. Facts: reference/market-2026.md and hardware.md; the figures of delay and
return loss are the middle of what ITU-T G.131 and G.168 deal with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from board.virtual.farcall import BUSY_TONE, LOOP_DROP, REVERSAL
from board.virtual.sound import SILENCE, Samples, mix
from drivers.signals.countries import Country, country
from drivers.signals.hybrids import echo_path
from firmware.hat.protocol import BLOCK, RATE


@dataclass(frozen=True, slots=True)
class LineKind:
    """One kind. ``tones_of``: country whose tones it has, "" for the line's own; ``tells``: how a hang-up is told."""

    tones_of: str = ""
    scheme: str = ""  # of caller ID, after the first ring; "": the country's own way
    reverses: bool = True
    tells: Mapping[str, str] = field(default_factory=dict)
    number_ends: str = ""  # the key that ends a number
    round_trip_ms: int = 0
    far_return_loss_db: float = 100.0

    def seen_from(self, own: Country) -> Country:
        """The country as a telephone on such a line meets it."""
        met = replace(own, tones=country(self.tones_of).tones) if self.tones_of else own
        if self.scheme:
            met = replace(met, caller_id=replace(own.caller_id, scheme=self.scheme, alert="ring"))
        return met


_BY_TONE: Final = {LOOP_DROP: BUSY_TONE, REVERSAL: BUSY_TONE}
KINDS: Final[Mapping[str, LineKind]] = {
    "exchange": LineKind(),
    "adapter": LineKind("US", "bell202", False, _BY_TONE, "#", 120, 20.0),
    "pbx": LineKind("DE", "", False, _BY_TONE),
}


class FarPath:
    """The way to the far party and back: late, and with an echo of what goes there."""

    def __init__(self, kind: LineKind) -> None:
        blocks = kind.round_trip_ms * RATE // 1000 // BLOCK
        self._going: deque[Samples] = deque([SILENCE] * (blocks // 2))
        # a block less: what the line says in a block is heard there after the far party has spoken
        self._coming: deque[Samples | None] = deque([None] * (blocks - blocks // 2 - 1))
        self._path = echo_path("G168-D4", kind.far_return_loss_db)
        self._said = np.zeros(self._path.size - 1 + BLOCK)

    def there(self, line: Samples) -> Samples:
        """What the far party hears in this block."""
        self._going.append(line)
        arrived = self._going.popleft()
        self._said = np.concatenate((self._said[BLOCK:], arrived))
        return arrived

    def back(self, voice: Samples | None) -> Samples | None:
        """What comes back to the line of the far party's voice."""
        echo = np.rint(np.convolve(self._said, self._path, "valid")).astype(np.int16)
        self._coming.append(mix(voice, echo))
        return self._coming.popleft()
