"""The expander TCA9534 (0x20): eight slow pins. P0 sees the 12 V jack, P4 and P5 drive the handsets' lamps.

Registers: Texas Instruments, TCA9534 datasheet (SCPS197), table 4. After a dip of its supply every pin is an input
again and the output register is all ones; ``refresh`` finds and mends that.
"""

from __future__ import annotations

from drivers.i2c.bus import Bus, Device, I2cError

ADDRESS = 0x20
INPUT = 0x00
OUTPUT = 0x01
INVERSION = 0x02
DIRECTION = 0x03  # 1 = input

JACK_12V = 0
LAMPS = {"C": 4, "D": 5}
_OUTPUTS = sum(1 << pin for pin in LAMPS.values())
_DIRECTIONS = 0xFF & ~_OUTPUTS


class Tca9534:
    """The expander on a bus. ``restarts`` counts dips of its supply."""

    def __init__(self, bus: Bus) -> None:
        self._device = Device(bus, ADDRESS, "expander TCA9534")
        self._wanted = 0
        self.restarts = 0

    def start(self) -> None:
        """Lamps off, their pins outputs, all others inputs; reads back. Raises I2cError."""
        self._wanted = 0
        self._set_up()

    def jack_12v(self) -> bool:
        """Whether a supply is plugged into the 12 V jack. Raises I2cError."""
        return bool(self._device.read(INPUT, 1)[0] >> JACK_12V & 1)

    def lamp(self, handset: str, on: bool) -> None:
        """The message lamp beside a handset's jack. Raises I2cError; KeyError for a handset without one."""
        bit = 1 << LAMPS[handset]
        self._wanted = self._wanted | bit if on else self._wanted & ~bit
        self._device.write(OUTPUT, bytes([self._wanted]))

    def refresh(self) -> bool:
        """Mends the pins after a dip of the supply; True where that was needed. Raises I2cError."""
        if self._device.read(DIRECTION, 1)[0] == _DIRECTIONS and self._device.read(OUTPUT, 1)[0] == self._wanted:
            return False
        self.restarts += 1
        self._set_up()
        return True

    def _set_up(self) -> None:
        for register, value in ((OUTPUT, self._wanted), (INVERSION, 0), (DIRECTION, _DIRECTIONS)):
            self._device.write(register, bytes([value]))
            found = self._device.read(register, 1)[0]
            if found != value:
                raise I2cError(f"expander TCA9534: register {register} reads 0x{found:02x}, set to 0x{value:02x}")
