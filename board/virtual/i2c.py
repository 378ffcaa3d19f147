"""The I2C bus of the virtual board with its five chips, register by register, and the ways they fail.

``VirtualI2c.transfer`` is a bus transfer as the kernel does it: it raises OSError with the kernel's errno. Faults: a
chip is absent or misses some transfers (NACK), the bus is held, a chip's supply dips (its registers go back to their
reset values), the clock loses both supplies. Every transfer is kept in ``history`` with the board's sample. One lock;
any thread may transfer.
"""

from __future__ import annotations

import datetime as dt
import errno
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from board.virtual.i2c_chips import Cat24c32, Chip, Ina226, Rv3028, Tca9534, Tmp1075

HISTORY = 10_000
"""Transfers kept; the oldest go first."""


@dataclass(frozen=True)
class Transfer:
    """One transfer: the sample it happened at, what was written and read, and its errno (0 for success)."""

    at: int
    address: int
    written: bytes
    read: bytes
    errno: int


class VirtualI2c:
    """The bus. ``clock`` gives the board's samples, ``now`` the time the clock chip was set to (None: never)."""

    def __init__(self, clock: Callable[[], int] = lambda: 0, now: dt.datetime | None = None) -> None:
        self.clock = Rv3028(clock, now)
        self.thermometer = Tmp1075()
        self.power = Ina226()
        self.expander = Tca9534()
        self.eeprom = Cat24c32()
        chips: list[Chip] = [self.clock, self.thermometer, self.power, self.expander, self.eeprom]
        self._chips = {chip.address: chip for chip in chips}
        self.history: deque[Transfer] = deque(maxlen=HISTORY)
        self.held = False
        """A fault: some part pulls the bus down; every transfer times out."""
        self.on_interrupt: Callable[[bool], None] = lambda asserted: None
        self._samples = clock
        self._asserted = False
        self._lock = threading.Lock()

    def transfer(self, address: int, data: bytes, count: int) -> bytes:
        """Writes, then reads. Raises OSError: ETIMEDOUT with the bus held, EREMOTEIO where nobody acknowledges."""
        with self._lock:
            code, read = self._transfer(address, data, count)
            self.history.append(Transfer(self._samples(), address, data, read, code))
        self.refresh()
        if code:
            raise OSError(code, "Connection timed out" if code == errno.ETIMEDOUT else "Remote I/O error")
        return read

    def refresh(self) -> None:
        """Tells ``on_interrupt`` when the shared interrupt wire changes; call after changing what a chip measures."""
        asserted = any(chip.interrupt() for chip in self._chips.values() if not chip.absent)
        if asserted != self._asserted:
            self._asserted = asserted
            self.on_interrupt(asserted)

    def _transfer(self, address: int, data: bytes, count: int) -> tuple[int, bytes]:
        if self.held:
            return errno.ETIMEDOUT, b""
        chip = self._chips.get(address)
        if chip is None or chip.absent or chip.busy():
            return errno.EREMOTEIO, b""
        if chip.misses:
            chip.misses -= 1
            return errno.EREMOTEIO, b""
        if data:
            chip.write(data)
        return 0, chip.read(count)
