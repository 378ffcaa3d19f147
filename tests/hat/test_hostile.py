"""Whatever comes over the link: the program answers or drops it, and goes on."""

from __future__ import annotations

import random
import struct

from firmware.hat import protocol as p
from firmware.hat.cobs import frame
from tests.hat.conftest import D, FirmwareHost, Maker, needs_micropython

KINDS = [
    p.HELLO, p.PING, p.ACK, p.CMD, p.REG, p.CFG, p.AUDIO_DOWN, p.AUDIO_UP, p.EVENT, p.SELFTEST, p.UPDATE_BEGIN,
    p.UPDATE_CHUNK,
    p.UPDATE_END, p.UPDATE_SWITCH, p.UPDATE_CONFIRM, p.UPDATE_ABORT, p.LOG, 0x7F, 0xFF,
]  # fmt: skip


def hostile(dice: random.Random) -> bytes:
    """One frame with a good checksum and anything inside; half of the commands and settings have a fitting length."""
    kind = dice.choice(KINDS)
    payload = dice.randbytes(dice.choice([0, 1, 5, 6, 9, 13, 17, 38, 160, 640]))
    if kind == p.CMD and dice.random() < 0.7:
        op = dice.choice(list(p.OPS))
        at = dice.choice([0, 0, 0, dice.randrange(1 << 32)])
        payload = p.pack(p.CMD, op, at, dice.randbytes(struct.calcsize(p.OPS[op][1])))
    elif kind == p.CFG and dice.random() < 0.7:
        key = dice.choice(list(p.CFG_KEYS))
        payload = bytes((key,)) + dice.randbytes(struct.calcsize(p.CFG_KEYS[key][1]))
    return frame(kind, dice.choice([0, 1, 2, 3, 4, 15, 255]), dice.randrange(1 << 16), dice.randrange(1 << 32), payload)


def storm(host: FirmwareHost, seed: int, blocks: int) -> None:
    dice = random.Random(seed)
    for _ in range(blocks):
        for _ in range(6):
            host.board.receive(hostile(dice) if dice.random() < 0.9 else dice.randbytes(50))
        host.board.tick()


def serves(host: FirmwareHost) -> None:
    host.session += 1
    assert host.hello()[1] == p.OK
    host.run(1.0)
    assert host.hat.running


def test_a_storm_of_frames_breaks_nothing(make_host: Maker) -> None:
    for seed in range(4):
        host = make_host("twin")
        storm(host, seed, 250)
        assert host.hat.restarts <= 1  # SWITCH without a staged program is refused; ABORT and BEGIN are not resets
        serves(host)


@needs_micropython
def test_a_storm_under_micropython(make_host: Maker) -> None:
    host = make_host("micropython")
    storm(host, 77, 400)
    assert host.hat.restarts == 0 and host.hat.running
    serves(host)
    host.set_country()
    host.board.handsets["D"].put_down()
    host.run(2.0)
    host.board.handsets["D"].lift()
    host.run(1.0)
    assert host.board.lines["D"].loop.now.closed and D == 3
