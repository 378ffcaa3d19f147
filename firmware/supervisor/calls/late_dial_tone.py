"""A number that was sent before the exchange listened: it is sent again.

An emergency call on a line with good current does not wait long for dial tone (`lines`). An exchange that was not ready
has lost every digit, and gives its dial tone while the person already listens on the line: the number follows at once,
since a dial tone that lasts means that not one digit was taken. One that became ready between two digits has half a
number and refuses the call after a while: then the line is taken anew. Every tone of the country is listened for, since
a burst of ringback begins like some countries' dial tone.

Life cycle: ``async with Redial(...)`` around the conversation; its end cancels what is being sent. Failure behaviour:
a line or a HAT that goes ends the conversation, whose waits say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.link import LinkError
from drivers.ports.port import Tap
from drivers.signals.countries import Country
from drivers.signals.progress import ProgressDetector
from firmware.hat.protocol import RATE
from firmware.supervisor.calls import bridges, lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import Reason, because

log = logging.getLogger(__name__)
Samples = npt.NDArray[np.int16]

LISTEN_S: Final = 30.0  # exchanges refuse half a number within this
REFUSALS: Final = frozenset({"reorder", "congestion", "unobtainable", "sit", "howler"})


class Redial:
    """Sends ``number`` once more if ``line`` gives dial tone or refuses it; what rings was taken."""

    def __init__(
        self, call: Call, line: Leg, handset: Leg, country: Country, number: str, again: Callable[[], None]
    ) -> None:
        """``again`` is told when the number has been sent once more."""
        self._call = call
        self._again = again
        self._line = line
        self._handset = handset
        self._country = country
        self._number = number
        self._detector = ProgressDetector(country)
        self._heard = 0  # samples
        self._sending: asyncio.Task[None] | None = None
        self._listening: Tap | None = None

    async def __aenter__(self) -> Redial:
        self._listening = self._line.port.tap(self._tap)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._close()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending})

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()

    def _tap(self, raw: Samples, heard: Samples) -> None:
        self._heard += len(raw)
        tones = [tone.tone for tone in self._detector.feed(raw)]
        if tones or self._heard > LISTEN_S * RATE:
            self._close()
        if not tones:
            return
        if tones[0] in lines.DIAL_TONES:
            self._sending = asyncio.ensure_future(self._send(because("late dial tone"), anew=False))
        elif tones[0] in REFUSALS:
            self._sending = asyncio.ensure_future(self._send(because("refused without dial tone"), anew=True))

    async def _send(self, why: Reason, *, anew: bool) -> None:
        self._call.note("dialled", why, number=self._number)
        with contextlib.suppress(Gone, LinkError):
            await bridges.unbridge(self._line, self._handset)
            try:
                if anew:
                    await lines.take_again(self._line, self._country)
                await lines.send(self._line, self._number)
                self._again()
            except (Gone, LinkError):
                raise
            except Exception:  # the person hears the line again, and can dial on
                log.exception("line %s: the number could not be sent again", self._line.port.name)
            await bridges.bridge(self._handset, self._line)
