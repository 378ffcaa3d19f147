"""Following a call that the box has placed for itself: what the line tells of who answered.

As `answer`, without a row of the log: it is a part of somebody else's call. It hears what the box says as our side.
Life cycle: ``with Following(leg, country)`` from the end of dialling.
"""

from __future__ import annotations

from typing import Final, Self

import numpy as np
import numpy.typing as npt

from drivers.ports.port import Tap
from drivers.signals.answer import AnswerDetector
from drivers.signals.countries import Country
from firmware.supervisor.calls.legs import Leg

Samples = npt.NDArray[np.int16]

_OVER: Final = frozenset({"busy", "refused", "announcement"})
_MACHINE: Final = frozenset({"beep", "fax", "modem"})
_READ_ON: Final = _MACHINE | {"machine", "unattended"}


class Following:
    """``last``: the newest fact (`drivers/signals/answer`), "" before the first."""

    def __init__(self, leg: Leg, country: Country) -> None:
        self.last = ""
        self.answered = False
        self.screener = False
        """A machine asks there who calls, or has put somebody on."""
        self._leg = leg
        self._polarity = leg.reversed
        self._detector = AnswerDetector(country)
        self._listening: Tap | None = None

    def __enter__(self) -> Self:
        self._leg.port.listen_for_tones(None)  # the detector hears them itself
        self._listening = self._leg.port.tap(self._tap)
        return self

    def __exit__(self, *error: object) -> None:
        if self._listening is not None:
            self._listening.close()

    @property
    def over(self) -> bool:
        """Whether the call was refused: busy, no such number."""
        return not self.answered and self.last in _OVER

    @property
    def machine(self) -> bool:
        """Whether it is certain that nobody is there."""
        return self.last in _MACHINE

    @property
    def read_on(self) -> bool:
        """Whether what answered is more likely a machine than a person."""
        return self.last in _READ_ON

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if self._leg.reversed != self._polarity:
            self.answered = True
        for fact in self._detector.feed(heard, self._leg.port.played):
            self._leg.wake()
            self.last = fact.fact
            self.answered = self.answered or fact.fact == "answered"
            self.screener = self.screener or fact.fact in ("screener", "connected")
