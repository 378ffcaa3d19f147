"""A HAT whose program stands still is found, reset by its RUN pin, and back in service; board and box as processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware import tables
from tests.faults.real_time import PATIENCE_S, RealBox, Watch


@pytest.fixture
def box(tmp_path: Path) -> Iterator[RealBox]:
    made = RealBox(tmp_path, "standin")
    yield made
    made.close()


def test_a_dead_hat_is_reset_and_serves_again(box: RealBox) -> None:
    pins, run = box.pins, tables.pi_pin("mcu_run").gpio
    lamp = box.edges("led_status")
    assert pins.input(tables.pi_pin("lifeline_enable").gpio) == 1, "in service, the box holds its half of the relay"
    pins.setup(run, pins.OUT, initial=pins.LOW)  # the program stands still, until somebody pulls and lets go
    box.watch.until(lambda told: set(told.lines.values()) == {"not in service"})
    assert lamp.get(timeout=PATIENCE_S) == 0
    box.watch.until(Watch.serves)
    assert lamp.get(timeout=PATIENCE_S) == 1
    assert pins.input(run) == 1
    assert pins.input(tables.pi_pin("lifeline_enable").gpio) == 1
