"""The devices on the board's I2C buses: clock, thermometer, power monitor, expander, ID EEPROM.

``open_bus`` gives the Pi's own bus (smbus2) or a virtual board's (a Unix socket); each device module holds one chip by
its registers. A device that does not answer is an I2cError that names it; the box goes on without it.
"""

from __future__ import annotations

from drivers.i2c.bus import Bus, BusStuck, I2cError, NoAnswer, open_bus

__all__ = ["Bus", "BusStuck", "I2cError", "NoAnswer", "open_bus"]
