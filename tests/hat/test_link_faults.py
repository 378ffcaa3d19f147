"""What one fault of the serial link costs, on each engine: no event, and at most two blocks of sound each way."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from board.virtual.faults import KINDS, LinkNoise
from drivers.signals.callerid.receiver import CallerIdReceiver
from firmware.hat import protocol as p
from tests.board.conftest import Samples, tone
from tests.hat.conftest import LINE_A, C, D, FirmwareHost, Maker, needs_micropython

GAP = 2  # blocks: 40 ms
AFTER = 15  # blocks looked at after each fault
FAULTS = [f"{kind} {way}" for kind in ("flip", "lose", "double", "insert") for way in ("in", "out")]
ENGINES = ["twin", pytest.param("micropython", marks=needs_micropython)]


def make_fault(host: FirmwareHost, fault: str) -> None:
    """In the bytes of the block that comes next."""
    kind, _, way = fault.partition(" ")
    if kind == "pause":
        host.board.fault("pause", 10)
    else:
        noise = host.board.noise_in if way == "in" else host.board.noise_out
        noise.strike(kind)


def longest_silence(samples: Samples) -> int:
    """Samples in a row in which a tone of 1 kHz is not there, at most 8 of which belong to its own passage by zero."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 500)
    edges = np.concatenate([[-1], loud, [samples.size]])
    return int(np.diff(edges).max()) - 1


def longest_gap(host: FirmwareHost, start: int) -> int:
    """Blocks in a row that did not reach the Pi since the one at ``start``."""
    stamps = [start, *(ts for ts, *_ in host.ups), host.board.now]
    return max((b - a) // p.BLOCK - 1 for a, b in itertools.pairwise(stamps))


def talking(make_host: Maker, engine: str) -> FirmwareHost:
    """Handset C hears 1 kHz from the Pi without an end, and the Pi hears the port."""
    host = make_host(engine)
    host.board.handsets["C"].lift()
    host.board.handsets["D"].bounce = False
    host.run(0.6)
    host.play(C, tone(1000, 120.0))
    host.run(0.4)
    return host


def blocks_lost(host: FirmwareHost, blocks: int = AFTER) -> tuple[int, int]:
    """The longest gaps upwards and downwards, in blocks (downwards begun ones count), in the next blocks."""
    host.ups.clear()
    start = host.board.now - p.BLOCK
    heard: list[Samples] = []
    party = host.board.handsets["C"].party
    party.on_block.append(listen := lambda _, block: heard.append(block.copy()))
    for _ in range(blocks):
        host.tick()
    party.on_block.remove(listen)
    silent = longest_silence(np.concatenate(heard))
    return longest_gap(host, start), -(-max(0, silent - 8) // p.BLOCK)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", [*FAULTS, "pause"])
def test_one_fault_costs_two_blocks_at_most_and_no_event(make_host: Maker, engine: str, fault: str) -> None:
    """Faults strike at once and some blocks after a handset was lifted or put down: its event comes, once."""
    host = talking(make_host, engine)
    assert blocks_lost(host) == (0, 0)
    handset = host.board.handsets["D"]
    chance = random.Random(fault)
    for _ in range(3):
        for act in (handset.lift, handset.put_down):
            act()
            host.run(chance.randrange(4) * p.BLOCK / p.RATE)
            for _ in range(5):
                make_fault(host, fault)
                up, down = blocks_lost(host)
                assert up <= GAP and down <= GAP, f"{fault}: {up} blocks up, {down} down"
            host.run(0.3)
    assert [event.name for event in host.events if event.port == D] == ["HOOK_OFF", "HOOK_ON"] * 3
    if fault != "pause":
        assert host.board.noise_in.hits + host.board.noise_out.hits == 30


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fault_in_the_frame_of_an_event_is_mended_by_sending_it_again(make_host: Maker, engine: str) -> None:
    """The block in which the event leaves is struck, whole frames of it are lost: it is told all the same, once."""
    for kind in ("flip", "lose", "double"):
        host = talking(make_host, engine)
        handset = host.board.handsets["D"]
        for act, name in ((handset.lift, "HOOK_OFF"), (handset.put_down, "HOOK_ON")):
            act()
            before = len(host.events)
            for _ in range(100):
                host.board.noise_out.strike(kind)
                up, down = blocks_lost(host, 3)
                assert up <= GAP and down <= GAP
                if len(host.events) > before:
                    break
            host.run(0.5)
            assert [event.name for event in host.events[before:]] == [name]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("stuck", [1, 25])
def test_a_stuck_rts_costs_its_own_time_and_two_blocks_and_no_event(make_host: Maker, engine: str, stuck: int) -> None:
    host = talking(make_host, engine)
    handset = host.board.handsets["D"]
    for act, name in ((handset.lift, "HOOK_OFF"), (handset.put_down, "HOOK_ON")):
        before = len(host.events)
        act()
        host.board.fault("RTS stuck", 1)
        host.ups.clear()
        start = host.board.now - p.BLOCK
        host.run(stuck * p.BLOCK / p.RATE)
        host.board.fault("RTS stuck", 0)
        host.run(0.4)
        assert stuck - 1 <= longest_gap(host, start) <= stuck - 1 + GAP
        host.run(1.6)
        assert [event.name for event in host.events[before:] if event.port == D] == [name]


def story(
    make_host: Maker, engine: str, kinds: tuple[str, ...], seed: int
) -> list[tuple[str, int, tuple[object, ...]]]:
    """What lines and handsets do in half a minute, as the Pi is told of it, over a link with faults of some kinds."""
    host = make_host(engine)
    board = host.board
    for handset in board.handsets.values():
        handset.bounce = False
    parallel = board.parallel_telephone("A")
    parallel.bounce = False
    handset = board.handsets["D"]
    host.run(2.0)
    if kinds:
        board.noise_in, board.noise_out = LinkNoise(2 * seed), LinkNoise(2 * seed + 1)
        board.fault("noise", 1 / 250, kinds=kinds)
    host.forget()
    call = board.exchange.call("B", "+15145550123")
    for act, seconds in (
        (handset.lift, 1.0),
        (handset.flash, 1.5),
        (lambda: handset.dial("31", pulse=True), 2.5),
        (handset.put_down, 1.5),
        (parallel.lift, 1.5),
        (lambda: board.lines["A"].loop.set_reversed(board.now, True), 1.0),
        (parallel.put_down, 1.5),
        (lambda: call.hang_up("loop drop"), 3.0),
        (lambda: board.fault("cut", line="A"), 3.0),
        (lambda: board.fault("mend", line="A"), 3.0),
    ):
        act()
        host.run(seconds)
    board.fault("noise", 0.0)
    host.run(1.0)
    if kinds:
        assert board.noise_in.hits + board.noise_out.hits > 100
    told = sorted(host.events, key=lambda event: (event.at, event.port, event.name))  # a resent one comes later
    return [(event.name, event.port, event.args) for event in told]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_story_of_lines_and_handsets_is_the_same_over_a_bad_link(make_host: Maker, engine: str) -> None:
    """Every kind of event that a line or a handset makes: none lost, none doubled, none changed."""
    told = story(make_host, engine, (), 0)
    assert {name for name, *_ in told} >= {
        "RING_START", "RING_STOP", "HOOK_OFF", "HOOK_ON", "FLASH", "PULSE_DIGIT", "LINE_IN_USE", "LINE_FREE",
        "POLREV", "BATT_LOST", "BATT_BACK",
    }  # fmt: skip
    each = [(kind,) for kind in KINDS] if engine == "twin" else []  # both say the same bytes (test_life.py)
    for seed, kinds in enumerate([KINDS, *each], 1):
        assert story(make_host, engine, kinds, seed) == told, kinds


def test_over_a_bad_link_a_caller_id_is_right_or_not_there(make_host: Maker) -> None:
    """The exchange sends it once, and audio is never sent again: a block lost in it costs it. Nobody else is named."""
    heard = []
    for seed in range(10):
        host = make_host("twin")
        host.command(p.OP_CID_MONITOR, LINE_A, 1)
        host.board.noise_out = LinkNoise(seed)
        host.board.fault("noise", 1e-4)
        host.forget()
        host.board.exchange.call("A", "+15145550188", "ROY PAUL")
        host.run(7.0)
        blocks = host.heard(LINE_A).reshape(-1, p.BLOCK)
        stamps = [ts for ts, mask, *_ in host.ups if mask & 1 << LINE_A]
        whole = np.zeros(stamps[-1] - stamps[0] + p.BLOCK, np.int16)  # as the box hears it: silence for a lost block
        for ts, block in zip(stamps, blocks, strict=True):
            whole[ts - stamps[0] : ts - stamps[0] + p.BLOCK] = block
        heard += [(one.number, one.name) for one in CallerIdReceiver(("bell202",)).feed(whole)]
    assert set(heard) == {("5145550188", "ROY PAUL")}
    assert len(heard) >= 5, "most messages are not hit: one lasts 0.5 s"
