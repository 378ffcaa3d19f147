"""The HAT's own test: passes on a healthy board, names each fault, leaves what is in use alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from board.virtual.mcu import interpreter
from drivers.hat_update import Step
from firmware.hat import protocol as p
from tests.hat.conftest import LINE_A, D, FirmwareHost, needs_micropython
from tools import selftest, selftest_report
from tools.console import BoardClient

ROOT = Path(__file__).resolve().parents[2]


def test_a_healthy_board_passes() -> None:
    result = selftest.run(None, "twin")
    assert result.failed == 0
    assert {step.port for step in result.steps} == {0, 1, 2, 3, p.NO_PORT}
    assert all(step.result == p.RESULT_OK for step in result.steps)
    values = {(step.port, step.step): step.value for step in result.steps}
    assert values[0, p.STEP_VOLTAGE] == 48 and 25 <= values[0, p.STEP_CURRENT] <= 32
    assert values[2, p.STEP_REN] == 10 and 70 <= values[3, p.STEP_BATTERY] <= 76


@pytest.mark.parametrize("fault", selftest.FAULTS, ids=lambda fault: fault.name)
def test_each_fault_is_named_on_its_port_alone(fault: selftest.Fault) -> None:
    result = selftest.run(fault, "twin")
    assert result.names(fault.port, fault.words)
    assert result.others_ok(fault.port)
    assert not selftest.run(None, "twin").names(fault.port, fault.words)


@pytest.mark.parametrize("fault", selftest.FAULTS, ids=lambda fault: fault.name)
def test_the_report_says_first_where_the_fault_is_and_what_to_do(fault: selftest.Fault) -> None:
    told = selftest_report.findings(selftest.run(fault, "twin").steps)
    first, remedy = told[:2]
    assert first.startswith(f"  => {selftest_report.NAMES[fault.port]}: ") and fault.words in first
    assert remedy.strip().endswith((".", "?")) and "=>" not in remedy
    for line in told[2::2]:
        assert line.startswith(f"  => {selftest_report.NAMES[fault.port]}: "), "nobody else is suspected"


def test_of_a_healthy_board_nothing_is_to_be_done() -> None:
    steps = selftest.run(None, "twin").steps
    assert selftest_report.findings(steps) == [f"  All {len(steps)} steps are ok: nothing to do."]
    assert all(" ok " in line for line in selftest_report.lines(steps))


def test_there_is_something_to_do_about_every_step_whatever_the_hat_says() -> None:
    for number, name in enumerate(p.STEP_NAMES):
        step = Step(0, number, p.RESULT_FAIL, 0, "something new")
        assert name in selftest_report.findings([step])[0] and selftest_report.remedy(step)


@pytest.mark.parametrize(
    ("before", "finding", "verdict"),
    [
        ("state", "steps are ok: nothing to do.", "passed, 19 steps"),
        ("lift D", "=> handset D: leakage: ", "passed, 1 of "),
    ],
)
def test_the_report_of_a_board_that_is_there(before: str, finding: str, verdict: str, tmp_path: Path) -> None:
    """As a field tech runs it, over the serial device of a board in another process."""
    words = [sys.executable, "-m", "board.virtual", "--hat", "twin", "--home", str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as board:
        try:
            assert board.stdout is not None and "HAT on" in board.stdout.readline()
            console = BoardClient(tmp_path / "run" / "board.sock")
            assert "not done" not in console.tell(before)
            tool = [sys.executable, "-m", "tools.selftest", "--device", str(tmp_path / "run" / "hat")]
            tool += ["--gpio", f"unix:{tmp_path / 'run' / 'gpio.sock'}"]
            done = subprocess.run(tool, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        finally:
            board.terminate()
    assert done.returncode == 0, done.stdout + done.stderr
    assert finding in done.stdout and verdict in done.stdout.splitlines()[-1]


def test_a_step_that_failed_is_in_the_verdict() -> None:
    steps = selftest.run(selftest.FAULTS[0], "twin").steps
    assert selftest.verdict(steps) == f"FAILED: 1 of {len(steps)} steps"


def test_a_device_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest.main(["--device", str(tmp_path / "no-such-device")]) == 2
    assert "no-such-device" in capsys.readouterr().err
    assert selftest.main(["--device", "/dev/null", "--gpio", f"unix:{tmp_path / 'no-pins'}"]) == 2
    assert "no-pins" in capsys.readouterr().err


@needs_micropython
def test_the_report_under_micropython(capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest.main(["--only", "shorted"]) == 0
    assert selftest.main(["--only", "healthy"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "self-test: good: healthy board passes, 0 of 0 faults named"


def test_an_unknown_fault_is_an_error_that_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert selftest.main(["--only", "no such thing"]) == 2
    assert "line A cut" in capsys.readouterr().err


def test_without_an_interpreter_the_twin_serves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interpreter, "command", lambda: None)
    assert selftest.main(["--only", "line A cut"]) == 0
    assert "CPython twin" in capsys.readouterr().out
    assert selftest.main(["--hat", "micropython"]) == 2


def test_a_line_in_use_is_not_touched(twin: FirmwareHost) -> None:
    call = twin.board.exchange.call("A", "+15145550123")
    twin.until(lambda: twin.of("RING_START"))
    twin.command(p.OP_OFFHOOK, LINE_A)
    twin.until(lambda: call.state == "connected")
    twin.board.handsets["D"].lift()
    twin.run(0.5)
    kind, payload = twin.request(p.SELFTEST, p.NO_PORT, p.pack(p.SELFTEST, 0))
    assert (kind, payload) == (p.SELFTEST_R, bytes((p.OK,)))
    twin.run(6.0)
    assert call.state == "connected"
    assert twin.hat.program.ports[D].off_hook and twin.hat.program.ports[LINE_A].off_hook
