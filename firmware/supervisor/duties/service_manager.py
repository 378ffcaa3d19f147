"""The word to systemd, or to what stands in for it: sd_notify(3), a datagram to the socket in ``$NOTIFY_SOCKET``.

Nobody waits for who listens: where the socket is full or gone, the word is lost, and its absence says what it says.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """``watchdog_s``: how long it believes in a silent process (``WatchdogSec``); None: it does not look."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        given = environment.get("WATCHDOG_USEC", "")
        meant_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s = int(given) / 1e6 if self._address and given.isdecimal() and meant_for_us else None

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Within ``watchdog_s`` of the last time, or it is killed and started anew."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """It ends because it was asked to."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        abstract = self._address.startswith("@")
        address = "\0" + self._address[1:] if abstract else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
            one.setblocking(False)
            one.sendto(state.encode(), address)
