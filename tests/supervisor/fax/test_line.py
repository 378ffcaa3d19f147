"""A line joined to the gateway in real time, where nobody waits for anybody."""

from __future__ import annotations

import os
import select
import signal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivers.ports.port import Hears, Tap
from firmware.supervisor.fax.line import FaxLine
from tests.supervisor.fax.conftest import NAME, Home, NextProcess

BLOCK = np.zeros(160, np.int16)
PATIENCE_S = 60.0  # wall clock, to give up
SECONDS = 20  # of the line: the socket between the two holds less than six


@pytest.fixture
def leg() -> Any:
    """What a line has of a leg: taps that hear, a place to play from, and somebody to wake."""
    taps: list[Hears] = []
    port = SimpleNamespace(taps=taps, tap=lambda hears: Tap(taps, hears), play=lambda source: None)
    return SimpleNamespace(port=port, wake=lambda: None)


def hear(leg: Any, blocks: int) -> None:
    """So many blocks come from the line."""
    for _ in range(blocks):
        for tap in leg.port.taps:
            tap(BLOCK, BLOCK)


def test_a_gateway_that_stands_still_for_long_has_its_say_in_the_end(
    home: Home, stopped: NextProcess, leg: Any
) -> None:
    line = FaxLine(leg, "mu", home.path, NAME, lockstep=False)
    process = stopped()
    os.kill(process, signal.SIGCONT)
    select.select([line.socket], [], [], PATIENCE_S)  # it has started
    assert not line.read(160).any()
    os.kill(process, signal.SIGSTOP)
    os.waitid(os.P_PID, process, os.WSTOPPED)
    for _ in range(50 * SECONDS):
        hear(leg, 1)
        assert not line.read(160).any(), "silence, where an answer is late"
        assert not line.done
    os.kill(process, signal.SIGCONT)
    line.close()
    report = line.finish()
    assert (report.over, report.why, report.pages) == (True, "", 0)


def test_what_was_said_while_the_gateway_started_is_not_answered_all_at_once(
    home: Home, stopped: NextProcess, leg: Any
) -> None:
    """Else the beginning of what it has to say is lost: it would be seconds late."""
    line = FaxLine(leg, "mu", home.path, NAME, lockstep=False, skip_tone=True)
    process = stopped()
    hear(leg, 100)
    os.kill(process, signal.SIGCONT)
    select.select([line.socket], [], [], PATIENCE_S)
    line.read(160)
    hear(leg, 1)
    line.close()
    line.finish()
    assert sum(bool(line.read(160).any()) for _ in range(200)) <= 1


def test_a_gateway_that_is_killed_ends_the_call(home: Home, stopped: NextProcess, leg: Any) -> None:
    line = FaxLine(leg, "mu", home.path, NAME, lockstep=False)
    process = stopped()
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    line.read(160)
    report = line.finish()
    assert line.done and (report.over, report.why) == (False, "the fax gateway ended")
