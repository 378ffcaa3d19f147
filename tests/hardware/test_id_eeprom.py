"""The ID EEPROM's form: against bytes laid out by hand from the specification, and against damage of every kind."""

from __future__ import annotations

import struct
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.id_eeprom import SIZE, EepromError, GpioUse, Identity, crc16_arc, pack, unpack

UNIQUE = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
PLAIN = Identity(2, UNIQUE, 0x0102, 0x0304, "Maker", "Board", overlay="some-overlay")


def test_the_checksum_is_that_of_the_specification() -> None:
    assert crc16_arc(b"123456789") == 0xBB3D


def test_the_bytes_are_those_of_the_specification() -> None:
    """eepmake keeps the UUID as four little-endian words, the last group of the text first."""
    vendor = bytes.fromhex("ffeeddccbbaa99887766554433221100") + b"\x02\x01\x04\x03\x05\x05MakerBoard"
    first = struct.pack("<HHI", 1, 0, len(vendor) + 2) + vendor
    first += struct.pack("<H", crc16_arc(first))
    second = struct.pack("<HHI", 3, 1, 12 + 2) + b"some-overlay"
    second += struct.pack("<H", crc16_arc(second))
    header = b"R-Pi\x02\x00" + struct.pack("<HI", 2, 12 + len(first) + len(second))
    assert pack(PLAIN) == header + first + second


def test_a_gpio_map_has_its_bits_where_the_specification_has_them() -> None:
    uses = {0: GpioUse(0, "none"), 17: GpioUse(7, "up"), 27: GpioUse(1, "down")}
    data = pack(Identity(1, UNIQUE, 1, 1, "M", "B", gpios=uses))
    start = 12 + 8 + 22 + 2 + 2 + 8  # header, vendor atom of two one-letter names, the map's own head
    gpio_map = data[start : start + 30]
    assert gpio_map[:2] == b"\0\0"
    assert gpio_map[2 + 0] == 0b1110_0000
    assert gpio_map[2 + 17] == 0b1010_0111
    assert gpio_map[2 + 27] == 0b1100_0001
    assert sum(1 for byte in gpio_map[2:] if byte) == 3


names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255)
identities = st.builds(
    Identity,
    version=st.just(1),
    uuid=st.uuids(),
    product_id=st.integers(0, 0xFFFF),
    product_version=st.integers(0, 0xFFFF),
    vendor=names,
    product=names,
    overlay=st.sampled_from(["", "frontdesk-hat"]),
    gpios=st.dictionaries(
        st.integers(0, 27), st.builds(GpioUse, st.integers(0, 7), st.sampled_from(["up", "down", "none"]))
    ),
    custom=st.lists(st.binary(max_size=64), max_size=4).map(tuple),
)


@given(identities)
def test_what_is_packed_is_read_again(identity: Identity) -> None:
    assert unpack(pack(identity) + b"\xff" * 100) == identity


@given(st.data())
def test_no_single_damaged_byte_passes_unseen(data: st.DataObject) -> None:
    image = bytearray(pack(PLAIN))
    at = data.draw(st.integers(0, len(image) - 1).filter(lambda n: n != 5))  # byte 5 is reserved
    image[at] ^= data.draw(st.integers(1, 255))
    if at == 4 and image[4] == 1:
        return  # version 1 is a valid version
    with pytest.raises(EepromError):
        unpack(bytes(image))


@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer_or_an_error(junk: bytes) -> None:
    for image in (junk, b"R-Pi\x02\x00" + junk):
        try:
            unpack(image)
        except EepromError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (b"\xff" * SIZE, "the chip is blank"),
        (b"\x00" * 64, "no ID EEPROM: it begins with"),
        (b"R-Pi", "4 bytes, a header has 12"),
        (b"R-Pi\x07\x00" + struct.pack("<HI", 1, 12), "version 7, expected 1"),
        (b"R-Pi\x02\x00" + struct.pack("<HI", 1, 50_000), "do not fit the chip"),
        (b"R-Pi\x02\x00" + struct.pack("<HI", 1, 100), "12 bytes, the header says 100"),
        (b"R-Pi\x02\x00" + struct.pack("<HI", 1, 12), "atom 0 at byte 12: the contents end before it"),
        (b"R-Pi\x02\x00" + struct.pack("<HI", 0, 12), "no vendor atom"),
    ],
)
def test_what_is_wrong_is_said(image: bytes, says: str) -> None:
    with pytest.raises(EepromError, match=says):
        unpack(image)


@pytest.mark.parametrize(
    ("identity", "says"),
    [
        (Identity(2, UNIQUE, 1, 1, "", "B"), "1 to 255 characters"),
        (Identity(3, UNIQUE, 1, 1, "M", "B"), "version 3"),
        (Identity(2, UNIQUE, 1, 1, "M", "B", gpios={4: GpioUse(0, "up")}), "no GPIO map"),
        (Identity(1, UNIQUE, 1, 1, "M", "B", gpios={40: GpioUse(0, "up")}), "GPIO 40"),
        (Identity(2, UNIQUE, 1, 1, "M", "B", custom=(b"x" * 5000,)), "the chip holds 4096"),
    ],
)
def test_what_does_not_fit_is_not_packed(identity: Identity, says: str) -> None:
    with pytest.raises(EepromError, match=says):
        pack(identity)
