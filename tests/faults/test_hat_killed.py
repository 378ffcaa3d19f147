"""kill -9 of the HAT's program in a call: found dead, reset by its RUN pin, back in service, the call interrupted."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.mcu import interpreter
from firmware.control_client import ControlClient, ControlError
from tests.faults.test_hat_reset_by_gpio import ROOT, in_service, until
from tools.console import BoardClient

pytestmark = pytest.mark.skipif(
    interpreter.command() is None, reason="no MicroPython on this machine (python -m tools.mpy)"
)


def program(board: int) -> int:
    """The process of the HAT's program: the board's one child."""
    children = Path(f"/proc/{board}/task/{board}/children").read_text().split()
    return int(children[0])


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A running box on a virtual board with the firmware on MicroPython: its folder, and the board's process."""
    gpio = f"unix:{tmp_path / 'run' / 'gpio.sock'}"
    device = str(tmp_path / "run" / "hat")
    board = subprocess.Popen(
        [sys.executable, "-m", "board.virtual", "--home", str(tmp_path), "--hat", "micropython"], cwd=ROOT
    )
    supervisor = None
    try:
        until(lambda: (tmp_path / "run" / "board.sock").exists())
        words = ["--home", str(tmp_path), "--device", device, "--gpio", gpio]
        supervisor = subprocess.Popen([sys.executable, "-m", "firmware.supervisor", *words], cwd=ROOT)
        until(lambda: (tmp_path / "run" / "control.sock").exists())
        until(lambda: in_service(tmp_path))
        yield tmp_path, board.pid
    finally:
        for process in (supervisor, board):
            if process is not None:
                process.terminate()
                process.wait(20)


def state(home: Path, line: int) -> str:
    """The state of a line as the page shows it; empty when the box does not answer."""
    try:
        return str(ControlClient(home / "run" / "control.sock").request("status.get")["lines"][line]["state"])
    except (ControlError, IndexError):
        return ""


def outcome(home: Path) -> str:
    """Of the first call in the log."""
    with sqlite3.connect(f"file:{home / 'frontdesk.db'}?mode=ro", uri=True) as database:
        return str(database.execute("SELECT outcome FROM calls ORDER BY id LIMIT 1").fetchone()[0])


def test_the_program_is_killed_in_a_call_and_serves_again(box: tuple[Path, int]) -> None:
    home, board = box
    console = BoardClient(home / "run" / "board.sock")
    console.tell("call from +15145550123")
    until(lambda: state(home, 0) == "in use")
    os.kill(program(board), signal.SIGKILL)
    until(lambda: state(home, 1) == "not in service")
    until(lambda: state(home, 1) == "idle")
    console.close()
    until(lambda: outcome(home) == "interrupted")
