"""kill -9 of the HAT's program in a call: found dead within 2 s, reset by its RUN pin, back in service within 5 s, the
call logged as interrupted.

Times are the board's: its pins tell what the box does, each change with its sample. The same once more in real time,
where only the order counts.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.gpio import Change
from board.virtual.hat.micro import MicroHat
from board.virtual.mcu import interpreter
from firmware.hat.protocol import RATE
from hardware import tables
from tests.faults.real_time import RealBox, Watch
from tests.faults.test_lifeline import LifelineOffice

NOTICED_S, SERVES_S = 2.0, 5.0

pytestmark = pytest.mark.skipif(
    interpreter.command() is None, reason="no MicroPython on this machine (python -m tools.mpy)"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LifelineOffice]:
    made = LifelineOffice(tmp_path)
    yield made
    made.stage.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[RealBox]:
    made = RealBox(tmp_path, "micropython")
    yield made
    made.close()


def since(office: LifelineOffice, role: str, start: int) -> list[Change]:
    """Changes of a pin from sample ``start`` on."""
    gpio = tables.pi_pin(role).gpio
    return [change for change in office.header.gpio.history if change.gpio == gpio and change.at >= start]


@pytest.mark.parametrize("at_s", [1.0, 4.0])
def test_within_2_s_noticed_and_within_5_s_in_service(office: LifelineOffice, at_s: float) -> None:
    """While the line rings, and while a caller hears the greeting."""
    hat = office.board.hat
    assert isinstance(hat, MicroHat) and hat.pid is not None
    call = office.board.exchange.call("A", "+15145550123")
    office.until(lambda: call.state == "connected", 30.0)
    office.run(at_s)
    before = hat.pid
    os.kill(before, signal.SIGKILL)
    killed = office.board.now
    office.until(lambda: len(since(office, "led_status", killed)) == 2, 2 * SERVES_S)
    lamp, run = since(office, "led_status", killed), since(office, "mcu_run", killed)
    assert [change.level for change in lamp] == [0, 1], "out of service, and in service again"
    assert (lamp[0].at - killed) / RATE <= NOTICED_S
    assert (lamp[1].at - killed) / RATE <= SERVES_S
    assert [(change.level, change.by) for change in run] == [(0, "pi"), (1, "pi")], "one reset"
    assert lamp[0].at <= run[0].at <= run[1].at <= lamp[1].at
    assert hat.pid not in (None, before)
    office.run(1.0)
    (row,) = office.rows("calls")
    assert (row["outcome"], row["hung_up_by"]) == ("interrupted", "link")
    office.works("A")
    office.works("C")


def test_the_same_in_real_time(box: RealBox) -> None:
    box.console.tell("call from +15145550123")
    box.watch.until(lambda told: told.lines["A"] == "in use")
    run = box.edges("mcu_run")
    os.kill(box.program(), signal.SIGKILL)
    box.watch.until(lambda told: told.lines["B"] == "not in service")
    assert (run.get(timeout=60), run.get(timeout=60)) == (0, 1)
    box.watch.until(lambda told: [call["outcome"] for call in told.calls.values()] == ["interrupted"])
    box.watch.until(Watch.serves)
