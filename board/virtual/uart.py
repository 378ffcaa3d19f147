"""The serial line as a pseudo-terminal: the Pi opens ``device``, the board reads and writes the other end.

Raw, non-blocking. The board keeps the Pi's end open too, so that a Pi that comes and goes is no error. With nobody
reading, what does not fit into the terminal's buffer is dropped and counted, as on a wire.
"""

from __future__ import annotations

import os
import pty
import select
import termios
import tty
from pathlib import Path

CHUNK = 65536


class Pty:
    """One pseudo-terminal. ``link``: a path that is made to point at ``device``, for a name that stays."""

    def __init__(self, link: Path | None = None) -> None:
        """Raises OSError if there is no pseudo-terminal, or ``link`` is taken by something that is no link."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        self.dropped = 0
        self._link = link
        if link is not None:
            if link.is_symlink():
                link.unlink()
            link.symlink_to(self.device)

    def write(self, data: bytes) -> int:
        """Writes what fits; the number of bytes written."""
        try:
            written = os.write(self._master, data)
        except BlockingIOError:
            written = 0
        self.dropped += len(data) - written
        return written

    def write_all(self, data: bytes, timeout_s: float) -> None:
        """Writes everything, waiting for the reader. Raises TimeoutError when it does not read for ``timeout_s``."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._master, view) :]
            except BlockingIOError:
                if not select.select([], [self._master], [], timeout_s)[1]:
                    raise TimeoutError(f"{self.device}: the Pi has not read for {timeout_s} s") from None

    def read(self) -> bytes:
        """What the Pi has written so far."""
        try:
            return os.read(self._master, CHUNK)
        except BlockingIOError:
            return b""

    def read_exactly(self, count: int, timeout_s: float) -> bytes:
        """``count`` bytes of the Pi's. Raises TimeoutError when they do not come."""
        data = b""
        while len(data) < count:
            try:
                data += os.read(self._master, count - len(data))
            except BlockingIOError:
                if not select.select([self._master], [], [], timeout_s)[0]:
                    raise TimeoutError(
                        f"{self.device}: {count - len(data)} bytes that the Pi counted did not come"
                    ) from None
        return data

    def flush(self) -> None:
        """Throws away what is under way in both directions."""
        termios.tcflush(self._slave, termios.TCIOFLUSH)
        termios.tcflush(self._master, termios.TCIOFLUSH)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()
