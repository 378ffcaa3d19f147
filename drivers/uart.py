"""Bytes to and from the HAT: a serial device opened with pyserial, read and written by the event loop.

Life cycle: open (raises LinkError naming the device), ``send`` at any time, ``close``. ``on_bytes`` gets what arrives;
``on_gone`` is told once, with a reason, when the device or the board behind it has gone.

In lockstep a second Unix socket says how many bytes the board has written by the end of each block; exactly these are
read, and when the loop has nothing left to do the answer says how many bytes were written here (docs/architecture.md).
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
from collections.abc import Callable

import serial

from drivers.clock import SampleLoop

BAUD = 921600
TICK = struct.Struct("<II")  # lockstep record: block number, total bytes written to the serial line


class LinkError(Exception):
    """Anything that goes wrong between the Pi and the HAT."""


class Uart:
    """One open serial device, at either pace."""

    def __init__(
        self,
        loop: SampleLoop,
        device: str,
        lockstep: str | None,
        on_bytes: Callable[[bytes], None],
        on_gone: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._on_bytes = on_bytes
        self._on_gone = on_gone
        try:
            self._serial = serial.Serial(device, BAUD, timeout=0, exclusive=True)
        except (OSError, serial.SerialException) as error:
            if error.errno == errno.EWOULDBLOCK:  # the lock is another's
                raise LinkError(f"serial device {device}: in use; stop the supervisor first") from error
            raise LinkError(f"serial device {device}: {error}") from error
        with contextlib.suppress(ValueError, OSError, NotImplementedError):  # a pty has no low-latency mode
            self._serial.set_low_latency_mode(True)
        self._fd = self._serial.fileno()
        self.alive = True
        self._out = bytearray()
        self._read_total = 0
        self._written_total = 0
        self._owed: int | None = None
        self._lockstep: socket.socket | None = None
        if lockstep is None:
            loop.add_reader(self._fd, self._readable)
        else:
            self._lockstep = socket.socket(socket.AF_UNIX)
            try:
                self._lockstep.connect(lockstep)
            except OSError as error:
                raise LinkError(f"lockstep socket {lockstep}: {error}") from error
            loop.add_reader(self._lockstep.fileno(), self._tick)
            loop.on_idle = self._idle

    def send(self, data: bytes) -> None:
        """Queues bytes for the line; they leave in order, as fast as it takes them."""
        if self._lockstep is not None:
            self._serial.write(data)
            self._written_total += len(data)
            return
        self._out += data
        self._flush()

    def close(self) -> None:
        """Lets go of the device; a second call does nothing."""
        if not self._serial.is_open:
            return
        if self._lockstep is not None:
            self._loop.on_idle = None
            self._loop.remove_reader(self._lockstep.fileno())
            self._lockstep.close()
        else:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
        self._serial.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._gone(f"serial device: {error.strerror}")
            return
        self._on_bytes(data)

    def _flush(self) -> None:
        try:
            written = os.write(self._fd, self._out)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self._gone(f"serial device: {error.strerror}")
            return
        del self._out[:written]
        if self._out:
            self._loop.add_writer(self._fd, self._flush)
        else:
            self._loop.remove_writer(self._fd)

    def _gone(self, why: str) -> None:
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._out.clear()
        self.alive = False
        self._on_gone(why)

    def _tick(self) -> None:
        """One lockstep record: reads the line up to the total it names; the answer goes out when the loop is idle."""
        assert self._lockstep is not None
        if self._owed is not None:
            return  # the board is one block ahead: its word stays in the socket until this block is answered
        try:
            record = self._lockstep.recv(TICK.size, socket.MSG_WAITALL)
        except ConnectionResetError:
            record = b""
        if len(record) < TICK.size:
            self._loop.remove_reader(self._lockstep.fileno())
            self.alive = False
            self._on_gone("the board has gone")
            return
        number, total = TICK.unpack(record)
        self._owed = number  # whatever a handler raises: a block that is not answered puts the board out of step
        while self._read_total < total:
            select.select([self._fd], [], [])
            data = os.read(self._fd, total - self._read_total)
            self._read_total += len(data)
            self._on_bytes(data)
        self._loop.beat()

    def _idle(self) -> None:
        if self._owed is not None and self._lockstep is not None:
            number, self._owed = self._owed, None
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the next record says that it has gone
                self._lockstep.sendall(TICK.pack(number, self._written_total))
