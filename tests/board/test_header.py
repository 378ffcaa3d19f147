"""The virtual board's header: resets, boot loader, the life sign and the two sockets, as the Pi uses them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.header import Header
from drivers.gpio import BoardPins, open_gpio
from drivers.i2c import open_bus
from drivers.i2c.devices import BoardDevices

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


class Board:
    """Samples that pass when told, and a count of the firmware's starts."""

    def __init__(self) -> None:
        self.samples = 0
        self.starts = 0
        self.header = Header(lambda: self.samples, NOON)
        self.header.on_reset = self.started

    def started(self) -> None:
        self.starts += 1

    def blocks(self, count: int, well: bool = True) -> list[int]:
        """The level of ALIVE after each block."""
        levels = []
        for _ in range(count):
            self.samples += 160
            self.header.tick(well)
            levels.append(self.header.gpio.level("mcu_alive"))
        return levels


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    yield board
    board.header.close()


def pins(board: Board) -> BoardPins:
    def sleep(seconds: float) -> None:
        board.samples += round(seconds * 8000)

    return BoardPins(board.header.gpio, sleep)


def toggles(levels: list[int]) -> int:
    return sum(one != other for one, other in itertools.pairwise(levels))


def test_the_life_sign_toggles_once_a_second_while_the_firmware_is_well(board: Board) -> None:
    assert toggles(board.blocks(500)) == 9
    assert toggles(board.blocks(500, well=False)) == 0


def test_a_reset_stops_the_firmware_and_starts_it_again(board: Board) -> None:
    one = pins(board)
    one.hold_in_reset(True)
    assert not board.header.running
    assert toggles(board.blocks(200)) == 0
    one.hold_in_reset(False)
    assert board.header.running
    assert board.starts == 1
    one.reset()
    assert board.starts == 2


def test_the_boot_loader_is_no_running_firmware_until_the_next_reset(board: Board) -> None:
    one = pins(board)
    one.start_boot_loader()
    assert board.header.boot_loader
    assert not board.header.running
    one.reset()
    assert board.header.running


def test_the_box_reaches_pins_and_devices_through_the_sockets(board: Board, tmp_path: Path) -> None:
    board.header.serve(tmp_path)
    one = BoardPins(open_gpio(f"unix:{tmp_path / 'gpio.sock'}"))
    one.lifeline(True)
    assert board.header.lifeline_enabled
    one.reset()
    assert board.starts == 1
    found = BoardDevices(open_bus(f"unix:{tmp_path / 'i2c.sock'}")).survey()
    assert "power" not in found.faults
    assert found.time == NOON
    board.header.i2c.thermometer.celsius = 80.0
    board.header.i2c.refresh()
    assert board.header.gpio.level("aux_int") == 0
    board.header.close()
    assert list(tmp_path.iterdir()) == []
