"""The form of a HAT's ID EEPROM: bytes to facts and back. No side effects; the packer and the driver both use it.

Header (12 bytes): "R-Pi", version (1 HAT, 2 HAT+), reserved 0, number of atoms u16, whole length u32. Atom: type u16,
count u16, length u32 of data and CRC, data, CRC-16/ARC over all before it. Little-endian. Source: Raspberry Pi,
"HAT+ specification" (2024) and eeprom-format.md of raspberrypi/hats. The UUID is one 128-bit number, little-endian too.

What comes from a chip may be anything: every length is checked, and damage is an EepromError that says where.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

SIZE = 4096  # bytes of a 24C32
SIGNATURE = b"R-Pi"
VERSIONS = (1, 2)
HEADER = struct.Struct("<4sBBHI")
ATOM = struct.Struct("<HHI")
VENDOR = struct.Struct("<16sHHBB")

VENDOR_INFO = 1
GPIO_MAP = 2
OVERLAY = 3
CUSTOM = 4
GPIOS = 28
MOST_ATOMS = 64

_USED = 0x80
_PULL = {"none": 3, "up": 1, "down": 2}
_PULL_NAMES = {0: "default"} | {code: name for name, code in _PULL.items()}


class EepromError(Exception):
    """Raised for contents that are no ID EEPROM's, or facts that do not fit into one."""


@dataclass(frozen=True)
class GpioUse:
    """One GPIO of a version 1 map: ``function`` 0 input, 1 output, 2-7 as the SoC's FSEL; ``pull`` up, down, none."""

    function: int
    pull: str


@dataclass(frozen=True)
class Identity:
    """All that the EEPROM tells. ``gpios`` (BCM -> use) exists in version 1 only; HAT+ dropped it."""

    version: int
    uuid: uuid.UUID
    product_id: int
    product_version: int
    vendor: str
    product: str
    overlay: str = ""
    gpios: dict[int, GpioUse] = field(default_factory=dict)
    custom: tuple[bytes, ...] = ()


def crc16_arc(data: bytes) -> int:
    """CRC-16/ARC (polynomial 0x8005 reflected, start 0): "123456789" gives 0xBB3D."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def _atom(kind: int, count: int, data: bytes) -> bytes:
    body = ATOM.pack(kind, count, len(data) + 2) + data
    return body + struct.pack("<H", crc16_arc(body))


def _gpio_map(gpios: dict[int, GpioUse]) -> bytes:
    data = bytearray(2 + GPIOS)  # drive, slew, hysteresis and back-power stay at the Pi's defaults
    for number, use in gpios.items():
        if not 0 <= number < GPIOS or not 0 <= use.function < 8 or use.pull not in _PULL:
            raise EepromError(f"GPIO {number}: {use} does not fit the map")
        data[2 + number] = _USED | _PULL[use.pull] << 5 | use.function
    return bytes(data)


def pack(identity: Identity) -> bytes:
    """The bytes to write. Raises EepromError where a text is too long or the whole does not fit into SIZE."""
    vendor, product = identity.vendor.encode("ascii", "strict"), identity.product.encode("ascii", "strict")
    if not (1 <= len(vendor) <= 255 and 1 <= len(product) <= 255):
        raise EepromError("vendor and product take 1 to 255 characters each")
    if identity.version not in VERSIONS:
        raise EepromError(f"version {identity.version}, expected 1 (HAT) or 2 (HAT+)")
    facts = (
        identity.uuid.int.to_bytes(16, "little"),
        identity.product_id,
        identity.product_version,
        len(vendor),
        len(product),
    )
    chunks: list[tuple[int, bytes]] = [(VENDOR_INFO, VENDOR.pack(*facts) + vendor + product)]
    if identity.version == 1:
        chunks.append((GPIO_MAP, _gpio_map(identity.gpios)))
    elif identity.gpios:
        raise EepromError("a HAT+ has no GPIO map")
    if identity.overlay:
        chunks.append((OVERLAY, identity.overlay.encode("ascii")))
    chunks += [(CUSTOM, data) for data in identity.custom]
    atoms = b"".join(_atom(kind, count, data) for count, (kind, data) in enumerate(chunks))
    whole = HEADER.pack(SIGNATURE, identity.version, 0, len(chunks), HEADER.size + len(atoms)) + atoms
    if len(whole) > SIZE:
        raise EepromError(f"{len(whole)} bytes, the chip holds {SIZE}")
    return whole


def length(header: bytes) -> int:
    """How many bytes the contents have, from their first HEADER.size bytes. Raises EepromError."""
    if len(header) < HEADER.size:
        raise EepromError(f"{len(header)} bytes, a header has {HEADER.size}")
    signature, version, _, atoms, size = HEADER.unpack(header[: HEADER.size])
    if signature != SIGNATURE:
        blank = "the chip is blank" if set(signature) == {0xFF} else f"it begins with {signature!r}"
        raise EepromError(f"no ID EEPROM: {blank}, expected {SIGNATURE!r}")
    if version not in VERSIONS:
        raise EepromError(f"version {version}, expected 1 (HAT) or 2 (HAT+)")
    if not HEADER.size <= size <= SIZE or atoms > MOST_ATOMS:
        raise EepromError(f"{atoms} atoms in {size} bytes do not fit the chip's {SIZE}")
    return int(size)


def _atoms(data: bytes) -> Iterable[tuple[int, bytes]]:
    """The (type, data) pairs of an image whose header was checked. Raises EepromError."""
    count = HEADER.unpack(data[: HEADER.size])[3]
    at = HEADER.size
    for number in range(count):
        where = f"atom {number} at byte {at}"
        if at + ATOM.size + 2 > len(data):
            raise EepromError(f"{where}: the contents end before it")
        kind, counted, size = ATOM.unpack_from(data, at)
        end = at + ATOM.size + size
        if size < 2 or end > len(data):
            raise EepromError(f"{where}: {size} bytes reach past the end")
        if counted != number:
            raise EepromError(f"{where}: it counts itself as {counted}")
        (crc,) = struct.unpack_from("<H", data, end - 2)
        if crc16_arc(data[at : end - 2]) != crc:
            raise EepromError(f"{where}: wrong checksum")
        yield kind, data[at + ATOM.size : end - 2]
        at = end


def _text(where: str, data: bytes) -> str:
    text = data.rstrip(b"\0").decode("ascii", "replace")
    if not text.isascii() or not text.isprintable():
        raise EepromError(f"{where}: not printable ASCII")
    return text


def _gpio_uses(data: bytes) -> dict[int, GpioUse]:
    if len(data) != 2 + GPIOS:
        raise EepromError(f"GPIO map of {len(data)} bytes, expected {2 + GPIOS}")
    used = {number: byte for number, byte in enumerate(data[2:]) if byte & _USED}
    return {number: GpioUse(byte & 7, _PULL_NAMES[byte >> 5 & 3]) for number, byte in used.items()}


def unpack(data: bytes) -> Identity:
    """The facts of an image; what follows its declared length is ignored. Raises EepromError."""
    size = length(data)
    if len(data) < size:
        raise EepromError(f"{len(data)} bytes, the header says {size}")
    vendor: tuple[uuid.UUID, int, int, str, str] | None = None
    overlay = ""
    gpios: dict[int, GpioUse] = {}
    custom = []
    for kind, body in _atoms(data[:size]):
        if kind == VENDOR_INFO:
            if len(body) < VENDOR.size:
                raise EepromError(f"vendor atom of {len(body)} bytes, expected at least {VENDOR.size}")
            unique, product_id, version, vendor_size, product_size = VENDOR.unpack_from(body)
            names = body[VENDOR.size :]
            if len(names) < vendor_size + product_size:
                raise EepromError("vendor atom: its names reach past its end")
            maker = _text("vendor", names[:vendor_size])
            product = _text("product", names[vendor_size : vendor_size + product_size])
            vendor = (uuid.UUID(int=int.from_bytes(unique, "little")), product_id, version, maker, product)
        elif kind == GPIO_MAP:
            gpios = _gpio_uses(body)
        elif kind == OVERLAY:
            overlay = _text("overlay", body)
        elif kind == CUSTOM:
            custom.append(body)
    if vendor is None:
        raise EepromError("no vendor atom")
    return Identity(data[4], *vendor, overlay=overlay, gpios=gpios, custom=tuple(custom))
