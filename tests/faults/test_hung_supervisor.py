"""A supervisor that hangs is killed and started anew, by the stand-in for systemd that ``make run`` has.

In real time, since that is what a watchdog goes by: each waits for what is printed, never for a time.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.control_client import ControlClient
from tests.faults.real_time import PATIENCE_S
from tests.tools.test_run import Running, started
from tools import children, run

MODULE = "tests.faults.hanging"
SHORT = f"import tools.run as r; r.SUPERVISOR, r.WATCHDOG_S, r.SHORTEST_LIFE_S = {MODULE!r}, 5.0, 0.0; r.main()"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = started(tmp_path_factory.mktemp("s"), "-c", SHORT)
    yield running
    running.process.send_signal(signal.SIGTERM)
    running.process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("fault", "ended_by", "told"),
    [
        (signal.SIGSTOP, "SIGKILL", ""),
        (signal.SIGUSR1, "SIGABRT", "_never_yields"),
        (signal.SIGUSR2, "SIGABRT", ""),
    ],
    ids=["stopped", "a coroutine that never yields", "no thread for jobs"],
)
def test_a_supervisor_that_hangs_is_killed_and_serves_again(
    box: Running, fault: signal.Signals, ended_by: str, told: str
) -> None:
    before = box.children()[MODULE]
    patience = threading.Timer(PATIENCE_S, box.process.kill)
    patience.start()
    os.kill(before, fault)
    printed = box.until("it is started again")
    patience.cancel()
    assert "the supervisor hangs: no sign of life for 5 s" in printed
    assert f"the supervisor was ended by {ended_by}" in printed
    assert told in printed, "where it hung is said"
    assert box.children()[MODULE] != before
    log = box.home / "log" / "supervisor.log"
    while "in service" not in log.read_text():  # the process that replaced it writes the log anew
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the box has ended with {box.process.wait(0.1)}")
    assert ControlClient(box.home / "run" / "control.sock").request("status.get")["in_service"]


def test_the_unit_waits_as_long_as_the_stand_in_does() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "board" / "systemd" / "frontdesk.service")
    service = unit["Service"]
    assert (service["Type"], service["NotifyAccess"], service["Restart"]) == ("notify", "main", "always")
    assert float(service["WatchdogSec"]) == run.WATCHDOG_S
    assert float(service["TimeoutAbortSec"]) == children.ABORT_S
    assert "adjtimex" in service["SystemCallFilter"].split(), "a call that is not allowed kills the box"
