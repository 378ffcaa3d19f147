"""The HAT's ID EEPROM CAT24C32 (0x50, on the ID pins' bus): read, verify, decode; write with JP1 set.

16-bit addresses, pages of 32 bytes, 5 ms a write, during which the part does not acknowledge (onsemi, CAT24C32
datasheet). With the write protection on, the part acknowledges and keeps nothing: only reading back tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.i2c.bus import Bus, I2cError, NoAnswer
from hardware import id_eeprom
from hardware.id_eeprom import EepromError, Identity

ADDRESS = 0x50
NAME = "ID EEPROM CAT24C32"
PAGE = 32
WRITE_S = 0.005
_CHUNK = 128  # bytes a read: short transfers leave the bus to others


class IdEeprom:
    """The EEPROM on a bus."""

    def __init__(self, bus: Bus, sleep: Callable[[float], None] = time.sleep) -> None:
        self._bus = bus
        self._sleep = sleep

    def read(self, offset: int, count: int) -> bytes:
        """Bytes from an address on. Raises I2cError, ValueError."""
        _check(offset, count)
        data = b""
        while len(data) < count:
            at = offset + len(data)
            data += self._bus.transfer(NAME, ADDRESS, at.to_bytes(2, "big"), min(_CHUNK, count - len(data)))
        return data

    def identity(self) -> Identity:
        """Who the board is, checksums verified. Raises I2cError, also for contents that are no identity's."""
        try:
            size = id_eeprom.length(self.read(0, id_eeprom.HEADER.size))
            return id_eeprom.unpack(self.read(0, size))
        except EepromError as error:
            raise I2cError(f"{NAME}: {error}") from error

    def write(self, data: bytes, offset: int = 0) -> None:
        """Writes page by page and reads all of it back. Raises I2cError; JP1 must be set."""
        _check(offset, len(data))
        at = 0
        while at < len(data):
            room = PAGE - (offset + at) % PAGE
            page = data[at : at + room]
            self._bus.transfer(NAME, ADDRESS, (offset + at).to_bytes(2, "big") + page)
            self._await_written()
            at += len(page)
        if self.read(offset, len(data)) != data:
            raise I2cError(f"{NAME}: it did not keep what was written (write protection: set JP1)")

    def _await_written(self) -> None:
        """Asks until the part acknowledges again, three write times at the most."""
        for _ in range(3):
            self._sleep(WRITE_S)
            try:
                self._bus.transfer(NAME, ADDRESS, b"\0\0", 1, tries=1)
            except NoAnswer:
                continue
            return
        raise NoAnswer(f"{NAME} (0x{ADDRESS:02x}) does not finish writing")


def _check(offset: int, count: int) -> None:
    if offset < 0 or count < 0 or offset + count > id_eeprom.SIZE:
        raise ValueError(f"bytes {offset} to {offset + count} of {id_eeprom.SIZE}")
