"""The power monitor INA226 (0x40) in the 5 V from the Pi: volts, milliamps, and an alert above the limit.

Registers: Texas Instruments, INA226 datasheet (SBOS547), table 7. After a dip of its supply the chip holds its reset
values and measures no current; every reading checks that, sets the chip up again and counts it in ``restarts``.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.i2c.bus import Bus, Device, I2cError

ADDRESS = 0x40
CONFIG = 0x00
BUS_VOLTAGE = 0x02
CURRENT = 0x04
CALIBRATION = 0x05
MASK = 0x06
ALERT_LIMIT = 0x07
MANUFACTURER = 0xFE
TEXAS_INSTRUMENTS = 0x5449

SHUNT_OHM = 0.020  # RS1
CURRENT_STEP_MA = 0.1
BUS_STEP_MV = 1.25
SHUNT_STEP_V = 2.5e-6
CALIBRATION_VALUE = round(0.00512 / (CURRENT_STEP_MA / 1000 * SHUNT_OHM))
CONFIG_VALUE = 0x4527  # 16 averages of 1.1 ms each, shunt and bus, continuous
OVER_SHUNT = 0x8000  # MASK: alert when the shunt's voltage is over the limit
RESET_CONFIG = 0x4127
MOST_MA = 0x7FFF * CURRENT_STEP_MA


@dataclass(frozen=True)
class Supply:
    """One reading."""

    millivolts: int
    milliamps: float


class Ina226:
    """The power monitor on a bus. ``restarts`` counts dips of its supply."""

    def __init__(self, bus: Bus) -> None:
        self._device = Device(bus, ADDRESS, "power monitor INA226")
        self._limit_ma: float | None = None
        self.restarts = 0

    def identify(self) -> None:
        """Raises I2cError where another part, or none, answers."""
        found = self._device.word(MANUFACTURER)
        if found != TEXAS_INSTRUMENTS:
            raise I2cError(f"power monitor INA226: its maker reads 0x{found:04x}, expected 0x{TEXAS_INSTRUMENTS:04x}")

    def start(self, limit_ma: float) -> None:
        """Sets the chip up, with an alert above ``limit_ma``; reads back. Raises I2cError, ValueError."""
        if not 0 < limit_ma <= MOST_MA:
            raise ValueError(f"{limit_ma} mA; the chip measures up to {MOST_MA:.0f}")
        self._limit_ma = limit_ma
        limit = round(limit_ma / 1000 * SHUNT_OHM / SHUNT_STEP_V)
        settings = ((CONFIG, CONFIG_VALUE), (CALIBRATION, CALIBRATION_VALUE), (ALERT_LIMIT, limit), (MASK, OVER_SHUNT))
        for register, value in settings:
            self._device.write_word(register, value)
            found = self._device.word(register)
            if register != MASK and found != value:  # MASK holds flags of its own
                raise I2cError(f"power monitor INA226: register {register} reads 0x{found:04x}, set to 0x{value:04x}")

    def read(self) -> Supply:
        """Voltage and current now. Raises I2cError; start first."""
        if self._limit_ma is None:
            raise I2cError("power monitor INA226: not started")
        if self._device.word(CALIBRATION) != CALIBRATION_VALUE:
            self.restarts += 1
            self.start(self._limit_ma)
        current = self._device.word(CURRENT)
        signed = current - 0x10000 if current & 0x8000 else current
        return Supply(round(self._device.word(BUS_VOLTAGE) * BUS_STEP_MV), signed * CURRENT_STEP_MA)
