"""On the Pi's 5 V one handset rings at a time; with 12 V at the jack both do. The same on every kind of HAT."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from board.virtual.board import Board
from board.virtual.hat.engines import maker
from board.virtual.mcu import interpreter
from firmware.hat import protocol as p
from tests.board.conftest import Host

C, D = 2, 3
micropython = pytest.param(
    "micropython",
    marks=pytest.mark.skipif(interpreter.command() is None, reason="no MicroPython (make setup says why)"),
)


class Ear:
    """When bells sounded: samples of C alone, D alone, both, and how often each began."""

    def __init__(self, board: Board) -> None:
        self._on = {"C": False, "D": False}
        self.ms = {"C": 0.0, "D": 0.0, "both": 0.0}
        self.began: list[str] = []
        self._at = board.now
        board.on_tick(self._hear)

    def _hear(self, board: Board) -> None:
        loops = {name: board.lines[name].loop for name in "CD"}
        edges = sorted((change.sample, name, change.ring_on) for name, loop in loops.items() for change in loop.changes)
        for sample, name, on in [*edges, (board.now, "", False)]:
            sounding = [one for one, rings in self._on.items() if rings]
            if sounding:
                self.ms["both" if len(sounding) == 2 else sounding[0]] += (sample - self._at) / 8
            self._at = sample
            if name and on != self._on[name]:
                self._on[name] = on
                if on:
                    self.began.append(name)


Make = Callable[[str], tuple[Host, Ear]]


@pytest.fixture
def make() -> Iterator[Make]:
    hosts: list[Host] = []

    def made(kind: str) -> tuple[Host, Ear]:
        host = Host(Board("CA", 1, hat=maker(kind)))
        hosts.append(host)
        host.run(1.5)
        host.hello()
        host.set_country()
        return host, Ear(host.board)

    yield made
    for host in hosts:
        host.board.close()


CADENCES = {
    "Canada": (2000, 4000),
    "Britain, in pairs": (400, 200, 400, 2000),
    "one that rings more than it pauses": (3000, 1000),
}


@pytest.mark.parametrize("cadence", CADENCES.values(), ids=CADENCES)
@pytest.mark.parametrize("kind", ["standin", "twin", micropython])
def test_on_5_v_the_bells_never_sound_together(make: Make, kind: str, cadence: tuple[int, ...]) -> None:
    host, ear = make(kind)
    host.config(p.CFG_CADENCE, 0, *(cadence + (0,) * 8)[:8])
    assert [host.command(p.OP_RING, port, 0) for port in (C, D)] == [p.OK, p.OK]
    host.run(24.0)
    assert ear.ms["both"] == 0.0
    assert min(ear.ms["C"], ear.ms["D"]) > 4000 and abs(ear.ms["C"] - ear.ms["D"]) <= sum(cadence)
    rounds = len(cadence) // 2
    turns = ear.began[::rounds]
    assert ear.began[: 2 * rounds] == ["C"] * rounds + ["D"] * rounds, "one round of the cadence each, unbroken"
    assert all(a != b for a, b in itertools.pairwise(turns))


@pytest.mark.parametrize("kind", ["standin", "twin", micropython])
def test_with_12_v_both_sound_at_once(make: Make, kind: str) -> None:
    host, ear = make(kind)
    assert host.config(p.CFG_SUPPLY, 1) == p.OK
    for port in (C, D):
        host.command(p.OP_RING, port, 0)
    host.run(12.0)
    assert ear.ms["both"] > 3900 and ear.ms["C"] + ear.ms["D"] <= 100


@pytest.mark.parametrize("kind", ["standin", "twin"])
def test_the_jack_is_pulled_and_plugged_while_nobody_rings(make: Make, kind: str) -> None:
    host, ear = make(kind)
    host.config(p.CFG_SUPPLY, 1)
    host.config(p.CFG_SUPPLY, 0)
    for port in (C, D):
        host.command(p.OP_RING, port, 0)
    host.run(6.0)
    assert ear.ms["both"] == 0.0
    assert host.config(p.CFG_SUPPLY, 2) == p.ERR_ARGS


@pytest.mark.parametrize("kind", ["twin", micropython])
def test_the_jack_is_pulled_while_both_ring(make: Make, kind: str) -> None:
    """From then on one at a time: the second falls silent at once and has its turn afterwards."""
    host, ear = make(kind)
    host.config(p.CFG_SUPPLY, 1)
    for port in (C, D):
        host.command(p.OP_RING, port, 0)
    host.run(0.6)
    assert ear.ms["both"] > 300
    host.config(p.CFG_SUPPLY, 0)
    ear.ms["both"] = 0.0
    host.run(12.0)
    assert ear.ms["both"] < 60 and min(ear.ms["C"], ear.ms["D"]) > 1900


@pytest.mark.parametrize("kind", ["standin", "twin"])
@pytest.mark.parametrize("how", ["lifted", "stopped"])
def test_the_turn_of_one_that_rings_no_more_goes_to_the_other(make: Make, kind: str, how: str) -> None:
    host, ear = make(kind)
    for port in (C, D):
        host.command(p.OP_RING, port, 0)
    host.run(0.5)
    assert ear.began == ["C"]
    if how == "lifted":
        host.board.handsets["C"].bounce = False
        host.board.handsets["C"].lift()
    else:
        host.command(p.OP_RING_STOP, C)
    host.run(0.7)
    assert ear.began == ["C", "D"] and ear.ms["both"] == 0.0
    host.run(11.0)
    assert ear.began == ["C", "D", "D"] and (how == "stopped" or host.of("RINGTRIP"))


def test_a_self_test_waits_for_the_bell_of_the_other_handset(make: Make) -> None:
    """It rings each handset for half a second, in a pause of the one that rings."""
    host, ear = make("twin")
    host.command(p.OP_RING, C, 0)
    host.run(0.2)
    host.request(p.SELFTEST, p.NO_PORT, p.pack(p.SELFTEST, D + 1))
    host.run(5.0)
    assert ear.began == ["C", "D"] and ear.ms["both"] == 0.0
