"""A HAT whose program has died is found, reset by its RUN pin, and back in service; board and box as processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.gpio.remote import RemoteGpio
from firmware.control_client import ControlClient, ControlError
from hardware import tables

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # a busy machine's; what is asserted is that it comes, not when


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A running box on a virtual board, in a folder of its own."""
    gpio = f"unix:{tmp_path / 'run' / 'gpio.sock'}"
    commands = (
        ["board.virtual", "--home", str(tmp_path)],
        ["firmware.supervisor", "--home", str(tmp_path), "--device", str(tmp_path / "run" / "hat"), "--gpio", gpio],
    )
    running = []
    try:
        for command, made in zip(commands, ("run/board.sock", "run/control.sock"), strict=True):
            running.append(subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT))
            until(lambda path=tmp_path / made: path.exists())  # type: ignore[misc]
        yield tmp_path
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(20)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def in_service(home: Path) -> bool:
    try:
        lines = ControlClient(home / "run" / "control.sock").request("status.get")["lines"]
    except ControlError:
        return False
    return bool(lines) and all(line["state"] == "idle" for line in lines)


def test_a_dead_hat_is_reset_and_serves_again(home: Path) -> None:
    until(lambda: in_service(home))
    pins = RemoteGpio(home / "run" / "gpio.sock")
    try:
        run, lifeline = tables.pi_pin("mcu_run").gpio, tables.pi_pin("lifeline_enable").gpio
        assert pins.input(lifeline) == 1, "in service, the box holds its half of the relay"
        pins.setup(run, pins.OUT, initial=pins.LOW)  # the program stands still, until somebody pulls and lets go
        until(lambda: not in_service(home))
        until(lambda: pins.input(lifeline) == 0)
        until(lambda: in_service(home))
        assert pins.input(run) == 1
        assert pins.input(lifeline) == 1
    finally:
        pins.close()
