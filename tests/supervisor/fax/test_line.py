"""A line joined to the gateway in real time, where nobody waits for anybody."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivers.ports.port import Hears, Tap
from firmware.supervisor.fax.line import FaxLine
from tests.supervisor.fax.conftest import NAME, Home

BLOCK = np.zeros(160, np.int16)
SECONDS = 20  # of the line: the socket between the two holds less than six


@pytest.fixture
def leg() -> Any:
    """What a line has of a leg: taps that hear, a place to play from, and somebody to wake."""
    taps: list[Hears] = []
    port = SimpleNamespace(taps=taps, tap=lambda hears: Tap(taps, hears), play=lambda source: None)
    return SimpleNamespace(port=port, wake=lambda: None)


def test_a_gateway_that_stands_still_for_long_has_its_say_in_the_end(home: Home, stopped: Path, leg: Any) -> None:
    line = FaxLine(leg, "mu", home.path, NAME, lockstep=False)
    process = int(stopped.read_text())
    for _ in range(50 * SECONDS):
        for tap in leg.port.taps:
            tap(BLOCK, BLOCK)
        assert not line.read(160).any(), "silence, where an answer is late"
        assert not line.done
    os.kill(process, signal.SIGCONT)
    line.close()
    report = line.finish()
    assert (report.over, report.why, report.pages) == (True, "", 0)


def test_a_gateway_that_is_killed_ends_the_call(home: Home, stopped: Path, leg: Any) -> None:
    line = FaxLine(leg, "mu", home.path, NAME, lockstep=False)
    process = int(stopped.read_text())
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    line.read(160)
    report = line.finish()
    assert line.done and (report.over, report.why) == (False, "the fax gateway ended")
