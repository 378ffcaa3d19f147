"""An I2C bus: one transfer at a time, tried again where that is safe, errors told apart.

A transfer is one write, one read, or a write and a read with a repeated start between them. What may go wrong: nobody
acknowledges the address (``NoAnswer``: the part is absent, busy or without power), or the bus itself is held
(``BusStuck``: a part pulls SDA or SCL down; the kernel has tried nine clocks already). Both are I2cError.

Transfers block for well under a millisecond at 400 kHz, a stuck bus for as long as the kernel waits (1 s): call from a
worker.
"""

from __future__ import annotations

import errno
import importlib
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

SOCKET = "unix:"
TRIES = 3
PAUSE_S = 0.002
"""Between tries: a part that woke from its supply's dip, or finished writing, answers the next time."""

_NO_ANSWER = (errno.ENXIO, errno.EREMOTEIO)  # Linux, Documentation/i2c/fault-codes.rst
_STUCK = (errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY)


class I2cError(Exception):
    """Anything that goes wrong on an I2C bus or with what a device says."""


class NoAnswer(I2cError):
    """Raised when a device does not acknowledge its address."""


class BusStuck(I2cError):
    """Raised when the bus is held: no device on it can be reached."""


class Transport(Protocol):
    """What carries a transfer. Raises OSError with the kernel's errno."""

    def transfer(self, address: int, data: bytes, count: int) -> bytes: ...


class SmbusTransport:
    """A bus of this machine, through smbus2. Raises I2cError when it cannot be opened."""

    def __init__(self, device: str) -> None:
        self._smbus2: Any = importlib.import_module("smbus2")
        try:
            self._bus = self._smbus2.SMBus(device)
        except OSError as error:
            raise I2cError(f"I2C bus {device}: {error.strerror} (dtparam=i2c_arm=on?)") from error

    def transfer(self, address: int, data: bytes, count: int) -> bytes:
        """One transfer by I2C_RDWR."""
        message = self._smbus2.i2c_msg
        parts = [message.write(address, data)] if data or not count else []
        if count:
            parts.append(message.read(address, count))
        self._bus.i2c_rdwr(*parts)
        return bytes(parts[-1]) if count else b""


class SocketTransport:
    """A virtual board's bus: JSON lines ``{"address": 72, "write": "00", "read": 2}`` over a Unix socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise I2cError(f"no virtual board's I2C bus at {path}: {error.strerror}") from error
        self._lines = self._socket.makefile("r", encoding="utf-8")

    def transfer(self, address: int, data: bytes, count: int) -> bytes:
        """One transfer on the other side."""
        request = {"address": address, "write": data.hex(), "read": count}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        line = self._lines.readline()
        if not line:
            raise OSError(errno.ENODEV, "the virtual board has gone")
        answer = json.loads(line)
        if not answer["ok"]:
            raise OSError(answer.get("errno", errno.EIO), str(answer.get("error", "refused")))
        return bytes.fromhex(answer["data"])


class Bus:
    """One bus, shared by its devices; safe to use from several threads. ``errors`` counts failed tries by address."""

    def __init__(self, transport: Transport, sleep: Callable[[float], None] = time.sleep) -> None:
        self._transport = transport
        self._sleep = sleep
        self._lock = threading.Lock()
        self.errors: dict[int, int] = {}

    def transfer(self, name: str, address: int, data: bytes, count: int = 0, tries: int = TRIES) -> bytes:
        """Writes ``data``, then reads ``count`` bytes. Raises NoAnswer, BusStuck or I2cError, naming the device."""
        with self._lock:
            for left in reversed(range(tries)):
                try:
                    return self._transport.transfer(address, data, count)
                except OSError as error:
                    self.errors[address] = self.errors.get(address, 0) + 1
                    if left and error.errno in _NO_ANSWER:
                        self._sleep(PAUSE_S)
                        continue
                    raise _told(name, address, error) from error
        raise ValueError("tries must be at least 1")


def _told(name: str, address: int, error: OSError) -> I2cError:
    where = f"{name} (0x{address:02x})"
    if error.errno in _NO_ANSWER:
        return NoAnswer(f"{where} does not answer")
    if error.errno in _STUCK:
        return BusStuck(f"{where} cannot be reached: the I2C bus is held by a part on it")
    return I2cError(f"{where}: {error.strerror or error}")


class Device:
    """A chip at an address, with 8-bit register numbers."""

    def __init__(self, bus: Bus, address: int, name: str) -> None:
        self.bus = bus
        self.address = address
        self.name = name

    def read(self, register: int, count: int) -> bytes:
        """``count`` bytes from a register on. Raises I2cError."""
        return self.bus.transfer(self.name, self.address, bytes([register]), count)

    def write(self, register: int, data: bytes) -> None:
        """Bytes into a register and those behind it. Raises I2cError."""
        self.bus.transfer(self.name, self.address, bytes([register]) + data)

    def word(self, register: int) -> int:
        """A 16-bit register, high byte first. Raises I2cError."""
        return int.from_bytes(self.read(register, 2), "big")

    def write_word(self, register: int, value: int) -> None:
        """A 16-bit register, high byte first. Raises I2cError."""
        self.write(register, value.to_bytes(2, "big"))


def open_bus(device: str = "/dev/i2c-1") -> Bus:
    """The bus of ``device``: a path such as "/dev/i2c-1", or "unix:PATH" for a virtual board. Raises I2cError."""
    if device.startswith(SOCKET):
        return Bus(SocketTransport(Path(device.removeprefix(SOCKET))))
    return Bus(SmbusTransport(device))
