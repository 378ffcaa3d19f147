"""The audio path: nothing allocated, no block lost over a long run and under every fault of the link, late and
missing told."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from firmware.hat import protocol as p
from firmware.hat.cobs import Splitter, frame, parse
from tests.hat.conftest import LINE_A, LINE_B, C, D, FirmwareHost, Maker, micropython, needs_micropython

HEAP_LOCK = """
import micropython
from hat import protocol as p
from hat.cobs import frame, stuffing
from hat.hat import Hat
from wire import world

class Uart:
    def __init__(self):
        self.waiting = b''
        self.held = 0
        self.written = 0
    def any(self):
        return self.held
    def readinto(self, into, n):
        n = min(n, self.held)
        stuffing.copy(self.waiting, n, into)
        self.held = 0
        return n
    def write(self, data, n=0):
        self.written += n
        return n

hat = Hat('/nonexistent')
uart = Uart()
hat.link._uart = uart
hat.requests.session = 1
hat.ports[0].off_hook = hat.ports[1].off_hook = True
hat.ports[2].monitor = hat.ports[3].monitor = MONITOR
hat.tdm.start()
up = bytes(range(160)) * 4
for block in range(300):
    if block >= 2:
        ports = 4 if block % 3 else 2
        mask = 15 if block % 3 else 5
        uart.waiting = frame(p.AUDIO_DOWN, mask, block & 0xFFFF, (block - 2) * 160, b"\x55" * (ports * 160))
        uart.held = len(uart.waiting)
    down = None
    micropython.heap_lock()
    try:
        hat.link.receive()
    finally:
        micropython.heap_unlock()
    world.on_down()
    world.on_up(up)
    world.now_us += 20000
    micropython.heap_lock()
    try:
        caught = hat.tdm.captured()
        hat.send_audio(hat.tdm.up)
    finally:
        micropython.heap_unlock()
    assert caught and bytes(hat.tdm.up) == up
assert hat.link.bad_frames == 0 and hat.late == 0 and hat.bad_audio == 0, (hat.late, hat.bad_audio, hat.link.bad_frames)
print(hat.link.frames_in, hat.underruns, uart.written)
"""


@needs_micropython
@pytest.mark.parametrize("monitor", [True, False])
def test_the_audio_path_allocates_nothing(monitor: bool) -> None:
    """Both ways, all four ports or two, with the heap locked: one allocation would be a MemoryError."""
    out = micropython(HEAP_LOCK.replace("MONITOR", str(monitor)), fakes=True)
    frames, underruns, written = map(int, out.split())
    assert frames == 298 and underruns == 0
    assert written > 300 * (600 if monitor else 300)


def test_an_answer_plays_two_blocks_after_its_time_stamp_on_four_ports(host: FirmwareHost) -> None:
    for port in (LINE_A, LINE_B, C, D):
        host.command(p.OP_LOOPBACK, port, 1)
        host.command(p.OP_CID_MONITOR, port, 1)
    host.run(0.1)
    host.forget()
    marks = {port: np.full(p.BLOCK, 1000 * (port + 1), np.int16) for port in range(4)}
    for port, samples in marks.items():
        host.play(port, samples)
    host.run(0.2)
    answered = host.ups[0][0]
    for port in range(4):
        blocks = host.heard(port).reshape(-1, p.BLOCK)
        when = [ts for (ts, *_), block in zip(host.ups, blocks, strict=True) if np.abs(block).max() > 500]
        assert when == [answered + p.PLAYOUT_DELAY]
        assert (
            abs(int(blocks[[ts for ts, *_ in host.ups].index(when[0])][5]) - 1000 * (port + 1)) <= 130
        )  # mu-law steps


def soak(host: FirmwareHost, blocks: int) -> tuple[int, int]:
    """Loops four ports back for a while; (blocks that came back right, blocks sent)."""
    board = host.board
    for port in range(4):
        host.command(p.OP_LOOPBACK, port, 1)
        host.command(p.OP_CID_MONITOR, port, 1)
    host.run(0.2)
    splitter = Splitter()
    sent: dict[int, bytes] = {}
    right = 0
    dice = random.Random(3)
    for _ in range(blocks):
        for piece in splitter.feed(board.tick()):
            kind, mask, seq, ts, payload = parse(piece)
            if kind != p.AUDIO_UP:
                continue
            assert mask == 15
            flags, _, _, data = p.unpack(p.AUDIO_UP, payload)
            right += data == sent.pop(ts - p.PLAYOUT_DELAY, None) and not flags & p.FLAG_MISSING
            answer = dice.randbytes(640)
            sent[ts] = answer
            board.receive(frame(p.AUDIO_DOWN, 15, seq, ts, answer))
    return right, blocks - 2


@needs_micropython
def test_ten_thousand_blocks_on_four_ports_in_384_kb(make_host: Maker) -> None:
    """``-X heapsize=384K`` on 64 bits is as much as 192 KB on the RP2040: no block lost, the heap does not grow."""
    host = make_host("micropython")
    right, sent = soak(host, 2000)
    free = host.status[-1][0]
    more, again = soak(host, 8000)
    assert (right, more) == (sent, again)
    host.run(1.1)
    assert isinstance(free, int) and isinstance(host.status[-1][0], int)
    assert host.status[-1][0] > free - 4096


FAULTS = ["flip", "lose", "double", "insert"]


@pytest.mark.parametrize("kind", FAULTS)
def test_link_faults_cost_audio_but_no_event(make_host: Maker, kind: str) -> None:
    """One error in 3 kB each way: events all there, once, in order; a fault costs at most two blocks."""
    host = make_host("twin")
    host.board.fault("noise", 1 / 3000, kinds=(kind,))
    host.board.handsets["D"].bounce = False
    for _ in range(8):
        host.board.handsets["D"].lift()
        host.run(0.6)
        host.board.handsets["D"].put_down()
        host.run(1.6)
    hits = host.board.noise_in.hits + host.board.noise_out.hits
    host.board.fault("noise", 0.0)
    host.run(1.0)
    hooks = [event.name for event in host.events if event.port == D and event.name.startswith("HOOK")]
    assert hooks == ["HOOK_OFF", "HOOK_ON"] * 8
    assert hits > 20
    missing = sum(bool(flags & p.FLAG_MISSING) for _, _, flags, _ in host.ups)
    stamps = [ts for ts, *_ in host.ups]
    gaps = sum((b - a) // p.BLOCK - 1 for a, b in itertools.pairwise(stamps))
    assert missing + gaps <= 2 * hits


def test_a_stuck_rts_loses_audio_and_no_event(twin: FirmwareHost) -> None:
    """The Pi takes nothing for half a second: events wait, audio is dropped, both go on afterwards."""
    twin.board.fault("RTS stuck", 1)
    twin.board.handsets["D"].lift()
    for _ in range(25):
        twin.board.receive(b"")
        twin.board.tick()
    assert twin.hat.program.link.audio_dropped >= 20
    twin.board.fault("RTS stuck", 0)
    twin.run(1.0)
    assert [event.name for event in twin.events if event.port == D][:1] == ["HOOK_OFF"]


def test_a_dma_channel_that_was_not_wound_back_spoils_a_block_not_the_heap(twin: FirmwareHost) -> None:
    """The loop stands still for two blocks (a stuck collection): they are counted as lost, time stamps stay true."""
    tdm = twin.hat.program.tdm
    before, block = tdm.overruns, tdm.block
    captured = tdm.captured
    tdm.captured = lambda: False
    twin.board.tick()
    twin.board.tick()
    tdm.captured = captured
    twin.run(0.2)
    assert tdm.overruns + tdm.restarts > before
    assert tdm.block - block == 12
    assert [ts % p.BLOCK for ts, *_ in twin.ups[-5:]] == [0] * 5
