"""The HAT's own test: passes on a healthy board, names each fault, leaves what is in use alone."""

from __future__ import annotations

import pytest

from board.virtual.mcu import interpreter
from firmware.hat import protocol as p
from tests.hat.conftest import LINE_A, D, FirmwareHost, needs_micropython
from tools import selftest


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
