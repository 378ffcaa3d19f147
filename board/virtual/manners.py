"""When somebody who rang speaks: after the tone, or when whoever answered has fallen silent.

``AfterTheTone`` listens to what a party hears and calls ``speak`` once: when a pure tone at BEEP_HZ of BEEP_MS or more
has ended, or after QUIET_S without a sound. It takes itself off the party then.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from board.virtual.party import Party, Samples
from drivers.signals.levels import dbm0
from firmware.hat.protocol import BLOCK, RATE

BEEP_HZ = 1000.0
BEEP_MS = 150
QUIET_S = 2.0
QUIET_DBM0 = -45.0  # below any voice on a line, above its noise
PURE = 0.8  # share of the power at BEEP_HZ that makes a block a tone

_ANGLE = np.arange(BLOCK) * (2 * np.pi * BEEP_HZ / RATE)
_COS, _SIN = np.cos(_ANGLE), np.sin(_ANGLE)


class AfterTheTone:
    """One caller who waits for the moment to speak."""

    def __init__(self, party: Party, speak: Callable[[], None]) -> None:
        self._party = party
        self._speak = speak
        self._tone = 0  # samples of tone up to now
        self._quiet = 0
        party.on_block.append(self._heard)

    def _heard(self, party: Party, block: Samples) -> None:
        wide = block.astype(np.float64)
        loud = dbm0(wide) >= QUIET_DBM0
        power = float(np.dot(wide, wide)) / BLOCK
        at_beep = 2.0 * float(np.dot(wide, _COS) ** 2 + np.dot(wide, _SIN) ** 2) / BLOCK**2
        pure = loud and at_beep > PURE * power
        beeped = not pure and self._tone * 1000 >= BEEP_MS * RATE
        self._tone = self._tone + BLOCK if pure else 0
        self._quiet = 0 if loud else self._quiet + BLOCK
        if beeped or self._quiet >= QUIET_S * RATE:
            party.on_block.remove(self._heard)
            self._speak()
