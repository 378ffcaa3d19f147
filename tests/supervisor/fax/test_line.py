"""A line joined to the gateway in real time, where nobody waits for anybody."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivers.clock import SampleLoop
from drivers.link import Link
from drivers.ports.bank import PortBank
from drivers.signals import g711
from firmware.hat import protocol as p
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.fax.line import FaxLine
from tests.supervisor.fax.conftest import NAME, Home, NextProcess

PATIENCE_S = 60.0  # wall clock, to give up
SECONDS = 20  # of the line: the socket between the two holds less than six
SILENCE = np.full((p.BLOCK, 1), g711.SILENCE["mu"], np.uint8)


class Line:
    """A HAT of one line: gives silence, takes what is said to it, a block a beat."""

    def __init__(self, loop: SampleLoop) -> None:
        link: Any = SimpleNamespace(does=Link.does)
        self._link = link
        bank = PortBank(loop, link, "mu")
        bank.configure(bytes([p.FXO]), p.PLAYOUT_DELAY)
        self.leg = Leg(bank["A"])
        self.said = 0
        self._loop = loop
        self._ts = 0

    async def beat(self, blocks: int) -> None:
        for _ in range(blocks):
            self._ts += p.BLOCK
            self._loop.samples += p.BLOCK
            _, codes = self._link.on_block(self._ts, 1, SILENCE)
            self.said += int(codes is not None and np.abs(g711.decode(codes[:, 0])).max() > 64)
            await asyncio.sleep(0)


async def until(come: Callable[[], bool]) -> None:
    """Lets other processes get on; the line's clock stands still."""
    end = time.monotonic() + PATIENCE_S
    while not come():
        assert time.monotonic() < end
        os.sched_yield()
        await asyncio.sleep(0)


def has_heard(fax: FaxLine, frames: int) -> bool:
    """Whether the gateway has sent so many frames."""
    return fax.link.counters.frames >= frames


Body = Callable[[Line, SampleLoop], Coroutine[Any, Any, None]]


@pytest.fixture
def on_line() -> Iterator[Callable[[Body], None]]:
    """Runs a test's body on the loop, with a line."""
    loop = SampleLoop()

    def run(body: Body) -> None:
        async def work() -> None:
            await body(Line(loop), loop)

        loop.run_until_complete(work())

    yield run
    loop.close()


OnLine = Callable[[Body], None]


def test_a_gateway_that_stands_still_for_long_has_its_say_in_the_end(
    home: Home, stopped: NextProcess, on_line: OnLine
) -> None:
    async def body(line: Line, loop: SampleLoop) -> None:
        fax = FaxLine(line.leg, "mu", home.path, NAME, loop=loop)
        process = stopped()
        os.kill(process, signal.SIGCONT)
        await until(lambda: fax.joined)
        os.kill(process, signal.SIGSTOP)
        os.waitid(os.P_PID, process, os.WSTOPPED)
        await line.beat(50 * SECONDS)
        assert line.said == 0, "silence, where an answer is late"
        assert not fax.done
        os.kill(process, signal.SIGCONT)
        fax.close()
        report = await loop.job(fax.finish)
        assert (report.over, report.why, report.pages) == (True, "", 0)

    on_line(body)


def test_what_was_said_while_the_gateway_started_is_not_answered_all_at_once(
    home: Home, stopped: NextProcess, on_line: OnLine
) -> None:
    """Else it would be seconds ahead of the line, and what it says first would be lost."""

    async def body(line: Line, loop: SampleLoop) -> None:
        fax = FaxLine(line.leg, "mu", home.path, NAME, loop=loop, skip_tone=True)
        process = stopped()
        await line.beat(100)
        assert line.said == 0
        os.kill(process, signal.SIGCONT)
        await until(lambda: fax.joined)
        answered = fax.link.counters.frames
        for block in range(1, 11):
            await line.beat(1)
            await until(functools.partial(has_heard, fax, answered + block))
            assert fax.link.counters.frames == answered + block
        assert line.said > 0
        fax.close()
        await loop.job(fax.finish)

    on_line(body)


def test_a_gateway_that_is_killed_ends_the_call(home: Home, stopped: NextProcess, on_line: OnLine) -> None:
    async def body(line: Line, loop: SampleLoop) -> None:
        fax = FaxLine(line.leg, "mu", home.path, NAME, loop=loop)
        process = stopped()
        await line.beat(1)
        os.kill(process, signal.SIGKILL)
        await until(lambda: fax.done)
        fax.close()
        report = await loop.job(fax.finish)
        assert (report.over, report.why) == (False, "fax gateway ended")

    on_line(body)
