"""Runs ``firmware/hat`` on a native MicroPython in the virtual board's time: ``native.py DESCRIPTOR FIRMWARE FLASH
CAUSE [bytewise]``.

DESCRIPTOR is the wire's, FIRMWARE the folder that holds the package ``hat``, FLASH stands for the board's flash,
CAUSE is what reset it. SPI lists go over the wire in one message each; with ``bytewise`` every byte takes the way
through ``machine.SPI`` and its chip select.
"""

import sys

number, firmware, flash, cause = sys.argv[1:5]
sys.path.append(firmware)

import gc  # noqa: E402

import machine  # noqa: E402
from collector import Collector  # noqa: E402
from wire import descriptor, world  # noqa: E402

sys.modules["gc"] = Collector(gc, world)

from hat import spi  # noqa: E402
from hat.main import start  # noqa: E402

descriptor.number = int(number)
machine.cause = int(cause)
if "bytewise" not in sys.argv:

    def clock(bus, who, tx, rx, n):
        world.clock(bus, who, tx, rx, n)

    spi.Bus.clock = clock

world.next_tick(world.end_tick())
hat = start(flash)
while True:
    hat.step()
