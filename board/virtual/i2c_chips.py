"""The chips on the virtual board's I2C bus: RV-3028, TMP1075, INA226, TCA9534, CAT24C32, as their datasheets have them.

Each keeps a register pointer that the first written byte sets; ``brown_out`` is what a dip of the supply does to it.
What they measure is set by the board (``celsius``, ``millivolts``, ``milliamps``, ``inputs``). How long an EEPROM is
busy counts in questions asked, not in samples: in lockstep the board's clock stands while the box asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

RATE = 8000  # samples a second of the board's clock


class Chip:
    """A chip with 8-bit register numbers and 8-bit registers."""

    address = 0

    def __init__(self) -> None:
        self.absent = False
        """A fault: not fitted, or without supply."""
        self.misses = 0
        """A fault: so many transfers are not acknowledged."""
        self.pointer = 0
        self.registers: dict[int, int] = {}
        self.brown_out()

    def brown_out(self) -> None:
        """The supply dips: registers at their reset values."""
        self.pointer = 0
        self.registers = {}

    def busy(self) -> bool:
        """Whether the chip does not acknowledge for now."""
        return False

    def interrupt(self) -> bool:
        """Whether the chip pulls the shared interrupt wire down."""
        return False

    def write(self, data: bytes) -> None:
        """A write transfer: the register number, then bytes for it and those behind it."""
        self.pointer = data[0]
        for value in data[1:]:
            self.store(self.pointer, value)
            self.pointer = self.pointer + 1 & 0xFF

    def read(self, count: int) -> bytes:
        """A read transfer from the pointer on."""
        found = bytes(self.load(self.pointer + offset & 0xFF) for offset in range(count))
        self.pointer = self.pointer + count & 0xFF
        return found

    def store(self, register: int, value: int) -> None:
        """One register written."""
        self.registers[register] = value

    def load(self, register: int) -> int:
        """One register read."""
        return self.registers.get(register, 0)


class WordChip(Chip):
    """A chip whose registers are 16 bits wide, high byte first; the pointer does not move."""

    RESET: dict[int, int] = {}  # noqa: RUF012 - a constant of each chip

    def brown_out(self) -> None:
        super().brown_out()
        self.registers = dict(self.RESET)

    def write(self, data: bytes) -> None:
        self.pointer = data[0]
        if len(data) == 3:
            self.store(self.pointer, int.from_bytes(data[1:], "big"))

    def read(self, count: int) -> bytes:
        word = self.load(self.pointer).to_bytes(2, "big")
        return (word * (count // 2 + 1))[:count]


class Rv3028(Chip):
    """The clock: counts from the moment it was set, in UTC; PORF until then."""

    address = 0x52
    _STATUS, _COMMAND, _BACKUP, _ID, _PORF, _EEBUSY = 0x0E, 0x27, 0x37, 0x28, 0x01, 0x80
    _EE_QUESTIONS = 9  # 46 ms at one question every 5 ms

    def __init__(self, clock: Callable[[], int], now: dt.datetime | None) -> None:
        self._clock = clock
        self.stopped = False
        """A fault: the crystal does not swing."""
        self._kept_backup = 0
        self._lost(None)
        super().__init__()
        if now is not None:
            self._lost(now)
            self._porf = False

    def _lost(self, now: dt.datetime | None) -> None:
        self._base = (now or dt.datetime(2000, 1, 1, tzinfo=dt.UTC)).astimezone(dt.UTC)
        self._since = self._clock()
        self._porf = True
        self._ee_busy = 0

    def lose_supply(self) -> None:
        """Both supplies fail: the time is gone; what lies in its EEPROM is kept."""
        self.brown_out()
        self._lost(None)

    def brown_out(self) -> None:
        """A dip of the main supply only: the cell keeps the time, if the chip was told to switch to it."""
        super().brown_out()
        self.registers[self._BACKUP] = self._kept_backup
        if self._kept_backup & 0x0C != 0x0C:
            self._lost(None)

    def time(self) -> dt.datetime:
        """What it counts."""
        passed = 0 if self.stopped else (self._clock() - self._since) // RATE
        return self._base + dt.timedelta(seconds=passed)

    def load(self, register: int) -> int:
        if register <= 6:
            now = self.time()
            fields = (now.second, now.minute, now.hour, now.weekday(), now.day, now.month, now.year % 100)
            return fields[register] // 10 << 4 | fields[register] % 10
        if register == self._STATUS:
            busy, self._ee_busy = self._ee_busy > 0, max(0, self._ee_busy - 1)
            return (self._PORF if self._porf else 0) | (self._EEBUSY if busy else 0)
        return 0x33 if register == self._ID else super().load(register)

    def write(self, data: bytes) -> None:
        if data[0] == 0 and len(data) == 8:
            values = [byte >> 4 & 0x0F for byte in data[1:]], [byte & 0x0F for byte in data[1:]]
            second, minute, hour, _, day, month, year = (10 * high + low for high, low in zip(*values, strict=True))
            self._base = dt.datetime(2000 + year, month, day, hour, minute, second, tzinfo=dt.UTC)
            self._since = self._clock()
            return
        super().write(data)

    def store(self, register: int, value: int) -> None:
        if register == self._STATUS and not value & self._PORF:
            self._porf = False
        elif register == self._COMMAND and value == 0x11:
            self._kept_backup = self.registers.get(self._BACKUP, 0)
            self._ee_busy = self._EE_QUESTIONS
        super().store(register, value)


class Tmp1075(WordChip):
    """The thermometer; its alert is asserted above the high limit until below the low one."""

    address = 0x48
    RESET = {0x01: 0x00FF, 0x02: 0x4B00, 0x03: 0x5000, 0x0F: 0x7500}  # noqa: RUF012

    def __init__(self) -> None:
        self.celsius = 32.0
        self._alert = False
        super().__init__()

    def load(self, register: int) -> int:
        if register == 0x00:
            return round(self.celsius * 16) << 4 & 0xFFFF
        return super().load(register)

    def store(self, register: int, value: int) -> None:
        if register in (0x01, 0x02, 0x03):
            super().store(register, value)

    def interrupt(self) -> bool:
        low, high = (_signed(self.registers[register]) / 256 for register in (0x02, 0x03))
        self._alert = self.celsius >= high or (self._alert and self.celsius >= low)
        return self._alert


class Ina226(WordChip):
    """The power monitor over a 20 milliohm shunt; without its calibration it tells no current."""

    address = 0x40
    RESET = {0x00: 0x4127, 0xFE: 0x5449, 0xFF: 0x2260}  # noqa: RUF012
    _SHUNT_OHM = 0.020

    def __init__(self) -> None:
        self.millivolts = 5080.0
        self.milliamps = 210.0
        super().__init__()

    def _shunt_steps(self) -> int:
        return round(self.milliamps / 1000 * self._SHUNT_OHM / 2.5e-6)

    def load(self, register: int) -> int:
        if register == 0x01:
            return self._shunt_steps() & 0xFFFF
        if register == 0x02:
            return round(self.millivolts / 1.25) & 0x7FFF
        if register == 0x04:
            return self._shunt_steps() * super().load(0x05) // 2048 & 0xFFFF
        if register == 0x06:
            return super().load(0x06) | (0x0010 if self.interrupt() else 0)
        return super().load(register)

    def store(self, register: int, value: int) -> None:
        if register == 0x00 and value & 0x8000:  # its own reset bit
            self.brown_out()
        elif register in (0x00, 0x05, 0x06, 0x07):
            super().store(register, value)

    def interrupt(self) -> bool:
        armed = self.registers.get(0x06, 0) & 0x8000
        return bool(armed) and self._shunt_steps() > self.registers.get(0x07, 0)


class Tca9534(Chip):
    """The expander; ``inputs`` are the levels on its pins from outside."""

    address = 0x20

    def __init__(self) -> None:
        self.inputs = 0
        super().__init__()

    def brown_out(self) -> None:
        super().brown_out()
        self.registers = {0x01: 0xFF, 0x02: 0x00, 0x03: 0xFF}

    def write(self, data: bytes) -> None:
        for value in data[1:]:
            self.store(data[0] & 3, value)
        self.pointer = data[0] & 3

    def read(self, count: int) -> bytes:
        return bytes([self.load(self.pointer)]) * count

    def load(self, register: int) -> int:
        if register == 0:
            return self.levels() ^ self.registers[0x02]
        return super().load(register)

    def levels(self) -> int:
        """The level on each pin: what it drives where it is an output, what comes from outside elsewhere."""
        inputs = self.registers[0x03]
        return self.inputs & inputs | self.registers[0x01] & ~inputs & 0xFF


class Cat24c32(Chip):
    """The ID EEPROM: 4 KB, 16-bit addresses, pages of 32 bytes, busy after a write, protected unless JP1 is set."""

    address = 0x50
    SIZE, PAGE = 4096, 32
    _BUSY_QUESTIONS = 1  # 5 ms

    def __init__(self) -> None:
        self.memory = bytearray(b"\xff" * self.SIZE)
        self.jumper = False
        """JP1: writing is allowed."""
        self._busy = 0
        super().__init__()

    def busy(self) -> bool:
        busy, self._busy = self._busy > 0, max(0, self._busy - 1)
        return busy

    def write(self, data: bytes) -> None:
        if len(data) < 2:
            return
        self.pointer = int.from_bytes(data[:2], "big") % self.SIZE
        if len(data) == 2:
            return
        page = self.pointer // self.PAGE * self.PAGE
        for offset, value in enumerate(data[2:]):  # an address past the page's end wraps inside it
            if self.jumper:
                self.memory[page + (self.pointer - page + offset) % self.PAGE] = value
        if self.jumper:
            self._busy = self._BUSY_QUESTIONS

    def read(self, count: int) -> bytes:
        found = bytes(self.memory[(self.pointer + offset) % self.SIZE] for offset in range(count))
        self.pointer = (self.pointer + count) % self.SIZE
        return found


def _signed(word: int) -> int:
    return word - 0x10000 if word & 0x8000 else word
