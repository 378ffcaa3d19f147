"""Somebody's name, said by a party: one utterance of its leg, and whom the names process takes it for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from drivers.signals.voice import VoiceDetector
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.listening.names import UNKNOWN, Contact, Guesses, Names
from models.endpoint import EndPointer, Utterance

Samples = npt.NDArray[np.int16]


async def hear_name(leg: Leg, names: Names, people: Sequence[Contact], within: float) -> Guesses:
    """The guesses for what is said within so many seconds (who has begun may finish); UNKNOWN for a key or nothing."""
    await names.use(people)
    voices, pointer = VoiceDetector(), EndPointer()
    said: list[Utterance] = []

    def hear(raw: Samples, heard: Samples) -> None:
        utterance = pointer.feed(heard, voices.feed(heard, leg.port.played))
        if utterance is not None:
            said.append(utterance)
        leg.wake()

    with leg.port.tap(hear):
        if not await leg.until(lambda: bool(said or leg.keys), within):
            await leg.until(lambda: bool(said or leg.keys) or not pointer.speaking, within)
    if leg.keys or not said:
        return UNKNOWN
    return await names.guess(said[0].sound)
