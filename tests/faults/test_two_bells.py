"""The 12 V jack on the whole box: the Pi sees it at the expander, tells the HAT, and the HAT rings by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.mcu import interpreter
from tests.board.test_bells import Ear
from tests.faults.test_hat_chips import HatOffice
from tests.supervisor.office import CLOCK
from tools.scenario.stage import Stage

ENGINE = "micropython" if interpreter.command() else "twin"
JACK = 1  # P0 of the expander


class PoweredOffice(HatOffice):
    """A box that sees the devices on its board's bus; ``jack`` plugs 12 V in or pulls it."""

    def __init__(self, folder: Path) -> None:
        device = f"unix:{folder}/box/run/i2c.sock"
        self.stage = Stage(folder, {"i2c.device": device}, clock=CLOCK, seed=5, hat=ENGINE)
        self.board = self.stage.board
        self.header = self.stage.header()
        self.stage.start()
        self.run(3.0)

    def jack(self, plugged: bool) -> None:
        self.header.i2c.expander.inputs = JACK * plugged

    def board_says(self) -> str:
        checks = self.ask("health.get")["result"]["checks"]
        return next(str(check["text"]) for check in checks if check["name"] == "Board")

    def both_ring(self) -> Ear:
        """Both handsets are called from the page, for two rounds of the cadence; afterwards nobody rings."""
        ear = Ear(self.board)
        for handset in "CD":
            assert self.ask("calls.dial", handset=handset, number="95145550123")["ok"]
        self.run(12.0)
        self.until(lambda: not any(self.board.handsets[name].ringing for name in "CD"), 40.0)
        self.until(lambda: {self.handset_state(name) for name in "CD"} == {"idle"}, 30.0)
        return ear


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PoweredOffice]:
    office = PoweredOffice(tmp_path)
    yield office
    office.stage.close()


def test_two_handsets_ring_together_only_while_12_v_is_plugged_in(office: PoweredOffice) -> None:
    assert "no 12 V" in office.board_says()
    ear = office.both_ring()
    assert ear.ms["both"] == 0.0 and min(ear.ms["C"], ear.ms["D"]) > 3900
    office.jack(True)
    office.until(lambda: "12 V is plugged in" in office.board_says(), 35.0)
    ear = office.both_ring()
    assert ear.ms["both"] > 3000
    office.board.fault("stop")  # a HAT that starts anew is told again
    office.board.fault("start")
    office.run(8.0)
    assert office.both_ring().ms["both"] > 3000
    office.jack(False)
    office.until(lambda: "no 12 V" in office.board_says(), 35.0)
    assert office.both_ring().ms["both"] == 0.0
