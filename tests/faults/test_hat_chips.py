"""Faults of the HAT's chips on the whole box: Health names the port and the reason, the rest works, and it heals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.micro_hat import MicroHat
from tests.supervisor.test_calls_on_the_box import CLOCK, Office
from tools.scenario.stage import Stage


class HatOffice(Office):
    """A box whose HAT runs the firmware on its twin."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder, {}, clock=CLOCK, seed=5, hat="twin")
        self.board = self.stage.board
        self.stage.start()
        self.run(3.0)

    @property
    def hat(self) -> MicroHat:
        hat = self.board.hat
        assert isinstance(hat, MicroHat)
        return hat

    def faults(self) -> dict[str, str]:
        """Name and text of every check that is a fault."""
        checks = self.ask("health.get")["result"]["checks"]
        return {check["name"]: check["text"] for check in checks if check["state"] == "fault"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HatOffice]:
    office = HatOffice(tmp_path)
    yield office
    office.stage.close()


@pytest.mark.parametrize(
    ("fault", "port", "name", "reason"),
    [
        ("isolation lost", 0, "Line A", "frame lock"),
        ("battery missing", 3, "Handset D", "V"),
        ("interrupt stuck", 2, "Handset C", "interrupt line stuck low"),
    ],
)
def test_health_says_which_port_and_why_and_forgets_it_afterwards(
    office: HatOffice, fault: str, port: int, name: str, reason: str
) -> None:
    assert not office.faults()
    office.hat.fault(fault, port)
    office.run(3.0)
    faults = office.faults()
    assert reason in faults[name]
    if port == 0:
        call = office.board.exchange.call("B", "+15145550123")
        office.run(12.0)
        assert call.state == "connected", "the other line is answered as ever"
        call.hang_up("loop drop")
    office.hat.fault(fault, port, False)
    office.run(8.0)
    assert not office.faults()
