"""Playing a recording to a party, with keys that go back and ahead in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from firmware.hat.protocol import RATE
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.talk import Played

Samples = npt.NDArray[np.int16]


async def play(leg: Leg, audio: Samples, seek: Mapping[str, float], taken: Callable[[str], None]) -> Played:
    """Plays ``audio`` until it ends or a key stops it that is none of ``seek``; those go so many seconds away.

    A key that stops it stays in ``leg.keys``; ``taken`` is told of one that seeks.
    """
    at = 0
    while True:
        at += await leg.say(audio[at:])
        if not leg.keys:
            return Played(len(audio) / RATE)
        if leg.keys[0] not in seek:
            return Played(at / RATE, leg.keys[0])
        key = leg.keys.popleft()
        taken(key)
        at = min(max(0, at + round(seek[key] * RATE)), len(audio))
