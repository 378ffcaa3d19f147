"""The virtual board's header: resets, boot loader, the life sign and the two sockets, as the Pi uses them."""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.board import Board
from board.virtual.header import Header
from drivers.gpio import BoardPins, open_gpio
from drivers.i2c import open_bus
from drivers.i2c.devices import BoardDevices

ROOT = Path(__file__).resolve().parents[2]
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


class Bench:
    """A board with its header; samples pass when told."""

    def __init__(self) -> None:
        self.board = Board()
        self.header = Header(lambda: self.board.now, NOON)
        self.header.attach(self.board)

    def blocks(self, count: int) -> list[int]:
        """The level of ALIVE after each block."""
        levels = []
        for _ in range(count):
            self.board.tick()
            levels.append(self.header.gpio.level("mcu_alive"))
        return levels

    def pass_time(self, seconds: float) -> None:
        self.blocks(round(seconds * 50))

    def pins(self) -> BoardPins:
        return BoardPins(self.header.gpio, self.pass_time)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.header.close()


def toggles(levels: list[int]) -> int:
    return sum(one != other for one, other in itertools.pairwise(levels))


def test_the_life_sign_toggles_once_a_second_while_the_program_runs(bench: Bench) -> None:
    assert toggles(bench.blocks(500)) == 9
    bench.board.fault("stop")
    bench.blocks(1)
    assert toggles(bench.blocks(200)) == 0


def test_a_program_that_died_is_started_by_a_reset(bench: Bench) -> None:
    pins = bench.pins()
    bench.board.fault("stop")
    bench.blocks(10)
    assert not bench.board.hat.running
    pins.reset()
    bench.blocks(1)
    assert bench.board.hat.running
    assert toggles(bench.blocks(200)) in (3, 4)


def test_held_in_reset_nothing_runs(bench: Bench) -> None:
    pins = bench.pins()
    bench.blocks(5)
    pins.hold_in_reset(True)
    bench.blocks(1)
    assert not bench.board.hat.running
    assert bench.board.tick() == b""
    pins.hold_in_reset(False)
    bench.blocks(1)
    assert bench.board.hat.running


def test_the_boot_loader_is_no_running_program_until_the_next_reset(bench: Bench) -> None:
    pins = bench.pins()
    pins.start_boot_loader()
    bench.blocks(1)
    assert bench.header.boot_loader
    assert not bench.board.hat.running
    pins.reset()
    bench.blocks(1)
    assert bench.board.hat.running


def test_the_box_reaches_pins_and_devices_through_the_sockets(bench: Bench, tmp_path: Path) -> None:
    bench.header.serve(tmp_path)
    remote = open_gpio(f"unix:{tmp_path / 'gpio.sock'}")
    pins = BoardPins(remote)
    pins.lifeline(True)
    assert bench.header.gpio.level("lifeline_enable") == 1
    pins.reset()
    assert bench.header.resets == 1
    found = BoardDevices(open_bus(f"unix:{tmp_path / 'i2c.sock'}")).survey()
    assert found.faults == {}
    assert found.time == NOON
    bench.header.i2c.thermometer.celsius = 80.0
    bench.header.i2c.refresh()
    assert bench.header.gpio.level("aux_int") == 0
    bench.header.close()
    assert list(tmp_path.iterdir()) == []


def test_the_boards_own_process_has_the_sockets(tmp_path: Path) -> None:
    board = subprocess.Popen(
        [sys.executable, "-m", "board.virtual", "--home", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert board.stdout is not None
        assert "virtual board" in board.stdout.readline()
        pins = BoardPins(open_gpio(f"unix:{tmp_path / 'run' / 'gpio.sock'}"))
        toggled = threading.Event()
        pins.on_alive(toggled.set)
        assert toggled.wait(10), "the firmware is well"
        devices = BoardDevices(open_bus(f"unix:{tmp_path / 'run' / 'i2c.sock'}"))
        found = devices.survey()
        assert found.faults == {}
        assert found.time is not None
        assert abs(found.time - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    finally:
        board.terminate()
        board.wait(10)
    assert not (tmp_path / "run" / "gpio.sock").exists()
