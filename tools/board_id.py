"""The ID EEPROM on a board: ``python -m tools.board_id show`` and ``... write IMAGE.bin`` (JP1 set).

The bus is that of the ID pins: ``/dev/i2c-0``, or ``/dev/i2c-9`` where ``dtoverlay=i2c-gpio,i2c_gpio_sda=0,
i2c_gpio_scl=1,bus=9`` made one; ``--bus unix:home/run/i2c.sock`` is a virtual board's. ``python -m board.eeprom pack``
makes an image. What was written is read back and decoded before it counts as done.

Exit codes: 0 done, 1 the chip holds no identity or did not keep it, 2 no such bus, chip or image.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from board.eeprom import describe
from drivers.i2c import I2cError, open_bus
from drivers.i2c.id_eeprom import IdEeprom
from hardware.id_eeprom import EepromError, unpack


def main(arguments: list[str] | None = None) -> int:
    """Shows or writes; the exit status."""
    parser = argparse.ArgumentParser(prog="tools.board_id", description=__doc__)
    parser.add_argument("--bus", default="/dev/i2c-0", help="I2C bus of the ID pins (default: /dev/i2c-0)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="say who the board is")
    commands.add_parser("write", help="write an image and read it back").add_argument("image", type=Path)
    options = parser.parse_args(arguments)
    try:
        image = options.image.read_bytes() if options.command == "write" else b""
        if image:
            unpack(image)
        eeprom = IdEeprom(open_bus(options.bus))
        eeprom.read(0, 1)
    except (OSError, EepromError) as error:
        print(f"{options.image}: {error}", file=sys.stderr)
        return 2
    except I2cError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        if image:
            eeprom.write(image)
        print(describe(eeprom.identity()))
    except I2cError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
