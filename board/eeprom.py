"""Packs and shows the board's ID EEPROM: ``python -m board.eeprom pack OUT.bin`` and ``... show FILE.bin``.

The contents come from here and from ``hardware/pinmap.csv``: who made the board, which one it is, the overlay the Pi
loads for it, and for version 1 (Pis whose boot loader does not know HAT+) the use of each GPIO. The image is written to
the chip at 0x50 with JP1 set, by ``python -m tools.board_id write``.

Exit codes: 0 done, 2 the file is no ID EEPROM's image or cannot be written (one line says why).
"""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

from hardware import tables
from hardware.id_eeprom import EepromError, GpioUse, Identity, pack, unpack

VENDOR = "Frontdesk"
PRODUCT = "LineHAT-4"
PRODUCT_ID = 0x0001
REVISION = 0x0001
OVERLAY = "frontdesk-hat"
"""The overlay's name; its source lies in ``board/overlay``."""

_FUNCTION = {"in": 0, "open_drain": 0, "inout": 0, "out": 1}
_ALTERNATE = {
    # BCM2711 peripherals, table of alternate functions; the codes are those of GPFSEL.
    "uart_txd": 4,
    "uart_rxd": 4,
    "uart_cts": 7,
    "uart_rts": 7,
    "i2c_sda": 4,
    "i2c_scl": 4,
}


def gpio_uses() -> dict[int, GpioUse]:
    """BCM -> how the board uses it. The ID pins are the boot loader's own and stand in no map."""
    uses = {}
    for pin in tables.pins():
        if pin.ref == tables.PI and pin.direction in _FUNCTION and not pin.role.startswith("id_"):
            uses[pin.gpio] = GpioUse(_ALTERNATE.get(pin.role, _FUNCTION[pin.direction]), pin.pull)
    return uses


def identity(version: int = 2, unique: uuid.UUID | None = None) -> Identity:
    """What a new board's EEPROM says; each board gets a UUID of its own."""
    return Identity(
        version=version,
        uuid=unique or uuid.uuid4(),
        product_id=PRODUCT_ID,
        product_version=REVISION,
        vendor=VENDOR,
        product=PRODUCT,
        overlay=OVERLAY,
        gpios=gpio_uses() if version == 1 else {},
    )


def describe(found: Identity) -> str:
    """An identity for people, one fact a line."""
    lines = [
        f"{'HAT+' if found.version == 2 else 'HAT'} {found.vendor} {found.product}",
        f"product 0x{found.product_id:04x}, revision 0x{found.product_version:04x}",
        f"uuid {found.uuid}",
        f"overlay {found.overlay or 'none'}",
    ]
    lines += [f"GPIO{number}: function {use.function}, pull {use.pull}" for number, use in sorted(found.gpios.items())]
    lines += [f"custom data, {len(data)} bytes" for data in found.custom]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="board.eeprom", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="write an image for a new board")
    packing.add_argument("file", type=Path)
    packing.add_argument("--version", type=int, choices=(1, 2), default=2, help="1 HAT, 2 HAT+ (default)")
    packing.add_argument("--uuid", type=uuid.UUID, help="the board's UUID (default: a new one)")
    commands.add_parser("show", help="say what an image holds").add_argument("file", type=Path)
    args = parser.parse_args()
    try:
        if args.command == "pack":
            args.file.write_bytes(pack(identity(args.version, args.uuid)))
        print(describe(unpack(args.file.read_bytes())))
    except (EepromError, OSError) as error:
        print(f"{args.file}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
