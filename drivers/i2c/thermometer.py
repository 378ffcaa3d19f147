"""The thermometer TMP1075 (0x48), beside the line feed of the handsets.

Registers: Texas Instruments, TMP1075 datasheet (SBOS854), table 8. 12 bits, 0.0625 degrees a step, -55 to +125.
"""

from __future__ import annotations

from drivers.i2c.bus import Bus, Device, I2cError

ADDRESS = 0x48
TEMPERATURE = 0x00
LOW_LIMIT = 0x02
HIGH_LIMIT = 0x03
DIE_ID = 0x0F
DIE = 0x7500
STEP = 0.0625
COLDEST, HOTTEST = -55.0, 125.0


def _to_word(celsius: float) -> int:
    if not COLDEST <= celsius <= HOTTEST:
        raise ValueError(f"{celsius} degrees; the chip knows {COLDEST:g} to {HOTTEST:g}")
    return round(celsius / STEP) << 4 & 0xFFFF


def _from_word(word: int) -> float:
    steps = word >> 4
    return (steps - 0x1000 if steps & 0x800 else steps) * STEP


class Tmp1075:
    """The thermometer on a bus."""

    def __init__(self, bus: Bus) -> None:
        self._device = Device(bus, ADDRESS, "thermometer TMP1075")

    def identify(self) -> None:
        """Raises I2cError where another part, or none, answers."""
        found = self._device.word(DIE_ID)
        if found != DIE:
            raise I2cError(f"thermometer TMP1075: its identification reads 0x{found:04x}, expected 0x{DIE:04x}")

    def celsius(self) -> float:
        """The temperature. Raises I2cError."""
        word = self._device.word(TEMPERATURE)
        degrees = _from_word(word)
        if word & 0x0F or not COLDEST <= degrees <= HOTTEST:
            raise I2cError(f"thermometer TMP1075: 0x{word:04x} is no temperature")
        return degrees

    def alarm(self, low: float, high: float) -> None:
        """The alert pin falls above ``high`` and rises again below ``low``; read back. Raises I2cError, ValueError."""
        if low >= high:
            raise ValueError(f"low {low} is not below high {high}")
        for register, celsius in ((LOW_LIMIT, low), (HIGH_LIMIT, high)):
            self._device.write_word(register, _to_word(celsius))
            if self._device.word(register) != _to_word(celsius):
                raise I2cError("thermometer TMP1075: it does not keep its limits")
