"""The Pi's own pins: reset and boot select of the HAT's MCU, SWD, LEDs, button, lifeline enable.

``open_gpio`` gives the pins of this machine (``RPi.GPIO``) or of a virtual board (a Unix socket), behind the one API of
RPi.GPIO; ``BoardPins`` knows what each pin is for, by ``hardware/pinmap.csv``. Nothing is imported from RPi.GPIO before
a real board is opened: it does not import off a Pi.
"""

from __future__ import annotations

from drivers.gpio.backend import Gpio, open_gpio
from drivers.gpio.board_pins import BoardPins
from drivers.gpio.remote import GpioError

__all__ = ["BoardPins", "Gpio", "GpioError", "open_gpio"]
