"""The link's byte loops: the same vectors under CPython and MicroPython, against the definition of COBS and CRC."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.hat import cobs, stuffing_plain
from firmware.hat.cobs import FrameError, Receiver, decode, encode, frame, parse
from tests.hat.conftest import micropython, needs_micropython

payloads = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([0, 1, 254, 255]), max_size=600).map(bytes),
    st.integers(250, 260).flatmap(lambda n: st.just(b"\x07" * n)),
    st.integers(505, 515).flatmap(lambda n: st.just(b"\x00" + b"\xff" * n)),
)


def test_cobs_of_the_paper() -> None:
    assert encode(b"") == b"\x01"
    assert encode(b"\x00") == b"\x01\x01"
    assert encode(b"\x11\x22\x00\x33") == b"\x03\x11\x22\x02\x33"
    assert encode(b"\x01" * 254) == b"\xff" + b"\x01" * 254 + b"\x01"
    assert cobs.crc(b"123456789") == 0x29B1


@given(payloads)
def test_what_is_stuffed_comes_out_again(data: bytes) -> None:
    coded = encode(data)
    assert 0 not in coded and len(coded) <= len(data) + len(data) // 254 + 1
    assert decode(coded) == data


@given(payloads, st.binary(max_size=40))
def test_a_receiver_is_in_step_after_any_garbage(data: bytes, garbage: bytes) -> None:
    receiver = Receiver()
    wire = bytearray(garbage + frame(0x10, 3, 77, 1234, data[:1000]))
    got = []
    more = receiver.feed(wire, len(wire))
    while more:
        got.append(bytes(receiver.frame[: receiver.length - 2]))
        more = receiver.more()
    assert got[-1] == parse_head(0x10, 3, 77, 1234) + data[:1000]


def parse_head(*fields: int) -> bytes:
    import struct

    return struct.pack("<BBHI", *fields)


@given(st.lists(payloads, min_size=1, max_size=4), st.integers(1, 50))
def test_frames_may_come_in_any_pieces(many: list[bytes], piece: int) -> None:
    wire = b"".join(frame(1, 2, i, i, data) for i, data in enumerate(many))
    receiver = Receiver()
    got = []
    for start in range(0, len(wire), piece):
        chunk = bytearray(wire[start : start + piece])
        more = receiver.feed(chunk, len(chunk))
        while more:
            got.append(bytes(receiver.frame[8 : receiver.length - 2]))
            more = receiver.more()
    assert got == many and receiver.bad == 0


@given(payloads, st.data())
def test_a_flipped_bit_never_makes_a_frame(data: bytes, draw: st.DataObject) -> None:
    wire = bytearray(frame(1, 2, 3, 4, data))
    at = draw.draw(st.integers(1, len(wire) - 2))
    wire[at] ^= 1 << draw.draw(st.integers(0, 7))
    receiver = Receiver()
    assert not receiver.feed(wire, len(wire))


@pytest.mark.parametrize("kind", ["lost", "doubled", "inserted"])
def test_a_byte_lost_or_too_many_makes_no_other_frame(kind: str) -> None:
    """At each place of frames whose checksum ends in every byte there is, 0x00 among them."""
    ends = set()
    for seq in range(700):
        wire = frame(0x30, 2, seq, 160 * seq, b"\x05\x00\x00")
        ends.add(decode(wire[1:-1])[-1])
        for at in range(1, len(wire) - 1):
            extra = {"lost": b"", "doubled": wire[at : at + 1] * 2, "inserted": b"\x01" + wire[at : at + 1]}[kind]
            spoilt = bytearray(wire[:at] + extra + wire[at + 1 :])
            receiver = Receiver()
            if receiver.feed(spoilt, len(spoilt)):
                got = bytes(receiver.frame[: receiver.length])
                assert got == decode(wire[1:-1]), f"{got.hex()} out of {wire.hex()}"
    assert 0 in ends and len(ends) > 200


def test_a_frame_cut_short_is_an_error() -> None:
    with pytest.raises(FrameError):
        parse(frame(1, 2, 3, 4, b"hello")[1:-3])


@given(st.integers(0, 2**27 - 1), st.integers(-100, 100))
def test_time_stamps_wrap_with_the_blocks(block: int, blocks_on: int) -> None:
    data = bytearray(8)
    stuffing_plain.put_ts(data, 4, block, 0)
    assert stuffing_plain.age(data, 4, (block + blocks_on) % 2**27) == blocks_on * 160


@needs_micropython
def test_the_same_vectors_under_micropython() -> None:
    """Every function of the byte loops gives in viper what it gives in Python."""
    payload_list = [bytes(n % 256 for n in range(size)) for size in (0, 1, 2, 253, 254, 255, 640, 1000)]
    payload_list += [b"\0" * 30, b"\xff" * 508, bytes([1, 0]) * 300]
    wires = [frame(0x21, 15, i, i * 160, data).hex() for i, data in enumerate(payload_list)]
    out = micropython(
        f"WIRES = {json.dumps(wires)}\n"
        + """
import json
from hat import cobs
from hat.cobs import stuffing
assert 'viper' in stuffing.__name__
result = []
receiver = cobs.Receiver()
for wire in WIRES:
    chunk = bytearray(bytes.fromhex(wire))
    assert receiver.feed(chunk, len(chunk))
    data = bytes(receiver.frame[:receiver.length - 2])
    again = bytearray(cobs.MAX_WIRE)
    n = cobs.stuff(cobs.CRC_TABLE, data, 8, data[8:], len(data) - 8, again)
    assert bytes(again[:n]) == bytes(chunk)
    result.append(data.hex())
up = bytes(range(256)) * 2 + bytes(128)
packed = bytearray(640)
for mask in range(16):
    n = stuffing.gather(up, 160, mask, packed)
    back = bytearray(640)
    end = stuffing.scatter(packed, 0, 160, mask, mask & 5, 255, back)
    result.append((bytes(packed[:n]) + bytes(back)).hex())
    assert end == n
stamp = bytearray(4)
for block in (0, 1, 2**27 - 1, 26843546):
    stuffing.put_ts(stamp, 0, block, 3)
    result.append([stamp.hex(), stuffing.age(stamp, 0, (block + 2) % 2**27)])
print(json.dumps(result))
"""
    )
    theirs = json.loads(out)
    ours: list[object] = [parse_head(0x21, 15, i, i * 160).hex() + data.hex() for i, data in enumerate(payload_list)]
    up = bytes(range(256)) * 2 + bytes(128)
    packed, back = bytearray(640), bytearray(640)
    for mask in range(16):
        n = stuffing_plain.gather(up, 160, mask, packed)
        stuffing_plain.scatter(packed, 0, 160, mask, mask & 5, 255, back)
        ours.append((bytes(packed[:n]) + bytes(back)).hex())
    stamp = bytearray(4)
    for block in (0, 1, 2**27 - 1, 26843546):
        stuffing_plain.put_ts(stamp, 0, block, 3)
        ours.append([stamp.hex(), stuffing_plain.age(stamp, 0, (block + 2) % 2**27)])
    assert theirs == ours
