"""What one fault of the serial link costs, on each engine: no event, and at most two blocks of sound each way."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from firmware.hat import protocol as p
from tests.board.conftest import Samples, tone
from tests.hat.conftest import C, D, FirmwareHost, Maker, needs_micropython

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
