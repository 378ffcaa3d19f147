"""A small stand-in for systemd's ``WatchdogSec``: a socket for signs of life, and how long ago the last one came.

Life cycle: ``Watchdog(path, seconds)``, its ``environment`` for the process, ``begin`` at each start of that; ``hear``
when its ``fileno`` is readable; ``close``. It is armed by the process's own READY, as systemd's is.
"""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path


class Watchdog:
    """Watches over one process. Raises OSError when there can be no socket at ``path``."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.seconds = seconds
        self.environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(round(seconds * 1e6))}
        self._path = path
        self._heard: float | None = None  # monotonic; None: not ready yet
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(path))

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def begin(self) -> None:
        """The process is started: what an earlier one said counts no more."""
        self.hear()
        self._heard = None

    def hear(self) -> None:
        """Takes in what has been said."""
        with contextlib.suppress(BlockingIOError):
            while True:
                words = self._socket.recv(4096).split(b"\n")
                if b"READY=1" in words or (b"WATCHDOG=1" in words and self._heard is not None):
                    self._heard = time.monotonic()
                elif b"STOPPING=1" in words:
                    self._heard = None

    def left_s(self) -> float | None:
        """How long it may still be silent, 0 when it has been for too long; None while nothing is expected of it."""
        self.hear()
        if self._heard is None:
            return None
        return max(0.0, self._heard + self.seconds - time.monotonic())

    def close(self) -> None:
        """Takes the socket away."""
        self._socket.close()
        self._path.unlink(missing_ok=True)
