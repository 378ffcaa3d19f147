"""Who calls: caller ID heard on a line that rings, from 3 s before the first ring until the call is answered.

Every scheme is listened for, whatever the country's: a PBX or an adapter may stand before the line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.ports.port import Port
from drivers.signals.callerid.messages import Message
from drivers.signals.callerid.receiver import CallerId, CallerIdReceiver
from drivers.signals.levels import dbm0
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.rules.reasons import Reason, because

Samples = npt.NDArray[np.int16]
LOUD_DBM0 = -42.0
CORRUPT_BLOCKS = 15  # 300 ms of sound between rings and nothing read from it: caller ID that was damaged
CATCH_UP_BLOCKS = 4  # blocks of history decoded in one tick, some 0.2 ms each here: no lost tick on a small Pi

PRESENTATION = {"private": "private", "unavailable": "unavailable"}


class CallerIdWatch:
    """Listens on one line from now on, history first. ``close`` ends it and may be called twice.

    ``heard`` is called when the caller is known, and again should the line tell of another one.
    """

    def __init__(self, port: Port, heard: Callable[[], None], *, history: bool = True) -> None:
        """``history``: whether what the line sent in the last 3 s is of this caller."""
        self._port = port
        self._heard = heard
        self._receiver = CallerIdReceiver()
        self._waiting: deque[Samples] = deque(port.history if history else ())
        self.found: Message | None = None
        self.another: Message | None = None  # told after ``found``, with another number
        self.receiving = False  # between rings something is being sent
        self._loud = 0  # blocks between rings that sounded like something being sent
        self._listening = port.tap(self._tap)

    def close(self) -> None:
        """Stops listening."""
        self._listening.close()

    def told(self, message: Message) -> None:
        """The port itself knows who calls."""
        if self.found is None:
            self.found = message
            self._heard()
        elif message.number and self.found.number and message.number != self.found.number:
            self.another = message
            self._heard()

    def forget(self) -> None:
        """What was found is another caller's: of this one the line told nothing."""
        self.found = None

    @property
    def scheme(self) -> str | None:
        """How the caller was sent, where it was heard."""
        return self.found.scheme if isinstance(self.found, CallerId) else None

    @property
    def why(self) -> Reason:
        """Why the log has the caller it has."""
        if self.found is not None:
            if self.scheme is None:
                return because("caller told", form=self.found.form)
            return because("caller sent", form=self.found.form.upper(), scheme=self.scheme)
        return because("caller unreadable" if self._loud >= CORRUPT_BLOCKS else "caller not sent")

    def columns(self, numbers: Numbers) -> dict[str, Any]:
        """The caller as columns of the call's row."""
        if self.found is None:
            return {"presentation": "corrupt" if self._loud >= CORRUPT_BLOCKS else "unknown"}
        if self.found.number is None:
            return {"presentation": PRESENTATION.get(self.found.reason or "", "unavailable"), "name": self.found.name}
        number = numbers.received(self.found.number)
        return {
            "presentation": "allowed",
            "number_raw": self.found.number,
            "number_e164": number.e164,
            "name": self.found.name,
        }

    def said(self, numbers: Numbers) -> dict[str, str]:
        """What the line said besides the caller, for the call's timeline: who forwarded it, its type, what was odd."""
        if self.found is None:
            return {}
        said = {}
        if self.found.redirecting is not None:
            said["redirecting"] = numbers.received(self.found.redirecting).e164 or self.found.redirecting
        if self.found.call_type is not None:
            said["call_type"] = self.found.call_type
        if self.found.odd:
            said["odd"] = "; ".join(self.found.odd)
        return said

    def _tap(self, raw: Samples, heard: Samples) -> None:
        self._waiting.append(raw)
        for _ in range(min(CATCH_UP_BLOCKS, len(self._waiting))):
            block = self._waiting.popleft()
            for caller in self._receiver.feed(block):
                told = caller.number is not None or caller.reason is not None or caller.name is not None
                if told:
                    self.told(caller)
        self.receiving = not self._port.ringing and dbm0(raw) > LOUD_DBM0
        if self.receiving:
            self._loud += 1
