"""AT commands and voice data on one serial line, read and written by the event loop.

Life cycle: open (ModemError names the device), ``command`` and ``enter`` one at a time, ``close``. Lines that nobody
asked for (RING, caller ID) go to ``on_line``; voice data and events to ``on_voice`` while a voice state lasts. When the
device goes, ``on_gone`` is told once and whatever waits gets ModemError.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Literal

import serial

from drivers.modem.dle import CANCEL_PLAY, END_RECORD, ETX, Unshielder
from drivers.uart import LinkError

BAUD = 230400  # USB modems ignore it; a serial one needs more than 80 kbit/s for 8000 bytes a second each way
ANSWER_S = 5.0
CALM_S = 0.3
LONGEST_LINE = 256
MOST_LINES = 64

_FINAL = ("OK", "CONNECT", "VCON", "ERROR", "NO CARRIER", "NO DIALTONE", "NO ANSWER", "BUSY")
_GOOD = ("OK", "CONNECT", "VCON")

State = Literal["command", "play", "record"]


class ModemError(LinkError):
    """Raised when a modem refuses, does not answer, or has gone."""


class Channel:
    """One modem on one device."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.on_line: Callable[[str], None] = lambda line: None
        self.on_voice: Callable[[bytes | int], None] = lambda piece: None
        self.on_gone: Callable[[str], None] = lambda why: None
        self.state: State = "command"
        self._loop = asyncio.get_running_loop()
        try:
            self._serial = serial.Serial(device, BAUD, timeout=0, exclusive=True)
        except (OSError, serial.SerialException) as error:
            raise ModemError(f"modem {device}: {error}") from error
        self._fd = self._serial.fileno()
        os.set_blocking(self._fd, False)
        self._line = bytearray()
        self._lines: list[str] = []
        self._waiting: asyncio.Future[str] | None = None
        self._unshielder = Unshielder()
        self._next_state: State = "command"
        self._skip_newline = False
        self._out = bytearray()
        self._open = True
        self._loop.add_reader(self._fd, self._readable)

    def close(self) -> None:
        """Lets go of the device."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._serial.close()
        self._fail("the modem was closed")

    async def calm(self) -> None:
        """Ends whatever state a box that died may have left the modem in; what it says to that is dropped."""
        self.write(END_RECORD + CANCEL_PLAY + b"\r")
        await asyncio.sleep(CALM_S)
        self._line.clear()

    async def command(self, text: str, timeout: float = ANSWER_S) -> list[str]:
        """Sends ``AT`` and ``text``; the lines before OK. Raises ModemError with the modem's own words."""
        self.write(f"AT{text}\r".encode())
        return await self.answer(f"AT{text}", timeout)

    async def answer(self, what: str, timeout: float = ANSWER_S) -> list[str]:
        """Waits for the final answer to ``what``. Raises ModemError."""
        if not self._open:
            raise ModemError(f"modem {self.device} has gone")
        self._lines.clear()
        self._waiting = self._loop.create_future()
        try:
            async with asyncio.timeout(timeout):
                final = await self._waiting
        except TimeoutError as error:
            raise ModemError(f"modem {self.device}: no answer to {what} in {timeout:g} s") from error
        finally:
            self._waiting = None
        if not final.startswith(_GOOD):
            raise ModemError(f"modem {self.device}: {what} is answered by {final}")
        return list(self._lines)

    async def enter(self, text: str, state: State) -> None:
        """Sends a command that begins a voice state. Raises ModemError."""
        self._next_state = state
        try:
            await self.command(text)
        finally:
            self._next_state = "command"

    def write(self, data: bytes) -> None:
        """Queues bytes for the modem."""
        self._out += data
        self._writable()

    def _writable(self) -> None:
        try:
            while self._out:
                del self._out[: os.write(self._fd, self._out)]
        except BlockingIOError:
            self._loop.add_writer(self._fd, self._writable)
            return
        except OSError as error:
            self._gone(error.strerror or "write error")
            return
        if self._open:
            self._loop.remove_writer(self._fd)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            self._gone(error.strerror or "read error")
            return
        if not data:
            self._gone("end of file")
            return
        self._take(data)

    def _gone(self, why: str) -> None:
        with contextlib.suppress(OSError, serial.SerialException):
            self.close()
        self.on_gone(f"modem {self.device} has gone: {why}")

    def _fail(self, why: str) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ModemError(why))

    def _take(self, data: bytes) -> None:
        """Bytes by state: text, voice while recording, events with text between them while playing."""
        while data:
            if self._skip_newline:
                self._skip_newline = False
                data = data.removeprefix(b"\n")
            elif self.state == "record":
                pieces, data = self._unshielder.feed_to_end(data)
                for piece in pieces:
                    if piece == ETX:
                        self.state = "command"
                    else:
                        self.on_voice(piece)
            elif self.state == "play":
                pieces, data = self._unshielder.feed(data), b""
                for piece in pieces:
                    if isinstance(piece, int):
                        self.on_voice(piece)
                    else:
                        self._text(piece)
            else:
                data = self._text(data)

    def _text(self, data: bytes) -> bytes:
        """Lines, up to one that begins a voice state; what follows it."""
        for position, byte in enumerate(data):
            if byte not in b"\r\n":
                if len(self._line) < LONGEST_LINE:
                    self._line.append(byte)
                continue
            line = self._line.decode("latin-1").strip()
            self._line.clear()
            if line and self._told(line):
                self._skip_newline = byte == ord("\r")
                return data[position + 1 :]
        return b""

    def _told(self, line: str) -> bool:
        """One line; True where it began a voice state, and what follows is voice."""
        waiting = self._waiting
        if waiting is None or waiting.done() or line == "RING" or len(self._lines) >= MOST_LINES:
            self.on_line(line)
        elif line.startswith(_FINAL):
            self.state = self._next_state if line.startswith(_GOOD) else "command"
            self._unshielder = Unshielder()
            waiting.set_result(line)
            return self.state != "command"
        elif not line.startswith("AT"):  # the echo of a modem that was not told ATE0 yet
            self._lines.append(line)
        return False
