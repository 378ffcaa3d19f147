"""The clock chip RV-3028-C7 (0x52): keeps the time while the box is off. UTC, to the second.

Register numbers and bits: Micro Crystal, RV-3028-C7 application manual, sections 3 and 4. After a loss of both supplies
the chip sets PORF and counts from 2000: the time is then unknown, and reading it is ClockLost until it is set again.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from drivers.i2c.bus import Bus, Device, I2cError

ADDRESS = 0x52
SECONDS = 0x00  # BCD: seconds, minutes, hours, weekday, date, month, year
STATUS = 0x0E
CONTROL_1 = 0x0F
CONTROL_2 = 0x10
ID = 0x28
EE_COMMAND = 0x27
EE_BACKUP = 0x37

PORF = 0x01
EEBUSY = 0x80
HIDVID_MASK = 0xF0
HID = 0x30  # hardware identification of the RV-3028
RESET_SECONDS = 0x01  # CONTROL_2: restarts the second's prescaler
EERD = 0x08
LEVEL_SWITCHING = 0x0C  # EE_BACKUP, both BSM bits
EE_UPDATE_ALL = 0x11

EE_SECONDS = 0.1  # an update of the whole EEPROM takes 46 ms
EE_POLLS = 20

FIRST_YEAR, LAST_YEAR = 2000, 2099


class ClockLost(I2cError):
    """Raised when the chip has lost its supply, or holds no valid time: it must be set first."""


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _from_bcd(value: int, what: str) -> int:
    high, low = value >> 4, value & 0x0F
    if high > 9 or low > 9:
        raise ClockLost(f"clock RV-3028: {what} reads 0x{value:02x}, no decimal digits")
    return high * 10 + low


class Rv3028:
    """The clock on a bus."""

    def __init__(self, bus: Bus, sleep: Callable[[float], None] = time.sleep) -> None:
        self._device = Device(bus, ADDRESS, "clock RV-3028")
        self._sleep = sleep

    def identify(self) -> None:
        """Raises I2cError where another part, or none, answers."""
        found = self._device.read(ID, 1)[0]
        if found & HIDVID_MASK != HID:
            raise I2cError(f"clock RV-3028: its identification reads 0x{found:02x}, expected 0x3_")

    def time(self) -> dt.datetime:
        """The time in UTC. Raises ClockLost when it is not known, I2cError."""
        if self._device.read(STATUS, 1)[0] & PORF:
            raise ClockLost("clock RV-3028: it has been without supply; the time is not known")
        raw = self._device.read(SECONDS, 7)  # one transfer: the chip freezes its counters for it
        names = ("second", "minute", "hour", "weekday", "day", "month", "year")
        masks = (0x7F, 0x7F, 0x3F, 0x07, 0x3F, 0x1F, 0xFF)
        second, minute, hour, _, day, month, year = (
            _from_bcd(value & mask, name) for value, mask, name in zip(raw, masks, names, strict=True)
        )
        try:
            return dt.datetime(FIRST_YEAR + year, month, day, hour, minute, second, tzinfo=dt.UTC)
        except ValueError as error:
            raise ClockLost(f"clock RV-3028: {error}") from error

    def set(self, moment: dt.datetime) -> None:
        """Sets the time (any zone), reads it back and clears PORF. Raises I2cError, ValueError."""
        if moment.tzinfo is None:
            raise ValueError("a time with its UTC offset is expected")
        utc = moment.astimezone(dt.UTC).replace(microsecond=0)
        if not FIRST_YEAR <= utc.year <= LAST_YEAR:
            raise ValueError(f"the chip knows the years {FIRST_YEAR} to {LAST_YEAR}, not {utc.year}")
        fields = (utc.second, utc.minute, utc.hour, utc.weekday(), utc.day, utc.month, utc.year - FIRST_YEAR)
        self._device.write(SECONDS, bytes(map(_bcd, fields)))
        control = self._device.read(CONTROL_2, 1)[0]
        self._device.write(CONTROL_2, bytes([control | RESET_SECONDS]))
        status = self._device.read(STATUS, 1)[0]
        self._device.write(STATUS, bytes([status & ~PORF]))
        kept = self.time()
        if not dt.timedelta(0) <= kept - utc <= dt.timedelta(seconds=2):
            raise I2cError(f"clock RV-3028: set to {utc:%H:%M:%S}, it reads {kept:%H:%M:%S}")

    def use_backup(self) -> bool:
        """Has the chip switch to its cell when the supply fails; True where that had to be stored. Raises I2cError.

        The setting lies in the chip's own EEPROM, good for 100,000 writes: written only where it differs. Blocks for up
        to EE_SECONDS then.
        """
        backup = self._device.read(EE_BACKUP, 1)[0]
        if backup & LEVEL_SWITCHING == LEVEL_SWITCHING:
            return False
        control = self._device.read(CONTROL_1, 1)[0]
        self._device.write(CONTROL_1, bytes([control | EERD]))  # the chip must not refresh from its EEPROM meanwhile
        try:
            self._await_eeprom()
            self._device.write(EE_BACKUP, bytes([backup | LEVEL_SWITCHING]))
            self._device.write(EE_COMMAND, b"\0")
            self._device.write(EE_COMMAND, bytes([EE_UPDATE_ALL]))
            self._await_eeprom()
        finally:
            self._device.write(CONTROL_1, bytes([control & ~EERD]))
        return True

    def _await_eeprom(self) -> None:
        for _ in range(EE_POLLS):
            if not self._device.read(STATUS, 1)[0] & EEBUSY:
                return
            self._sleep(EE_SECONDS / EE_POLLS)
        raise I2cError("clock RV-3028: its EEPROM stays busy")
