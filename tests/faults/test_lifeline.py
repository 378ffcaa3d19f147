"""The lifeline on the whole box: its relay needs the HAT's pin and the Pi's; whichever of them fails, handset C is a
telephone on line A. What is said of it on the Health page, and that a conversation is not cut off by the relay.

Times are the board's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from board.virtual.farcall import Behaviour, Call
from hardware import tables
from tests.faults.test_hat_chips import ENGINE, HatOffice
from tests.supervisor.office import CLOCK
from tools.scenario.stage import Stage

MARIE = "+14185550123"
OTHER = "+14185550199"


class LifelineOffice(HatOffice):
    """A box with pins on a board whose HAT runs the firmware. ``keeps_outputs``: what the Pi's kernel does."""

    def __init__(self, folder: Path, keeps_outputs: bool = True, **settings: object) -> None:
        self.stage = Stage(folder, settings, clock=CLOCK, seed=5, hat=ENGINE)  # type: ignore[arg-type]
        self.board = self.stage.board
        self.header = self.stage.header(keeps_outputs)
        self.died = threading.Event()
        abandon = self.header.gpio.abandon

        def told(channel: list[int]) -> None:
            abandon(channel)
            self.died.set()

        self.header.gpio.abandon = told  # type: ignore[method-assign]
        self.calls: list[Call] = []
        self.board.exchange.on_call(self.calls.append)
        for number in (MARIE, OTHER):
            self.board.exchange.subscribers[number] = Behaviour(answer_after_s=1.0)
        self.stage.start()
        self.run(3.0)

    @property
    def on_the_box(self) -> bool:
        return self.board.hat.lifeline.relay.pulled_in

    def kill(self) -> None:
        """kill -9 of the supervisor; the kernel has closed its files when this returns."""
        self.stage.kill()
        assert self.died.wait(20)

    def check(self, name: str) -> tuple[str, str]:
        """State and text of a check of the Health page; empty when there is none."""
        for one in self.ask("health.get")["result"]["checks"]:
            if one["name"] == name:
                assert one["state"] == "ok" or one["remedy"]
                return one["state"], one["text"]
        return "", ""

    def telephones_on_line_a(self) -> Call:
        """Handset C lifts and dials as any telephone on the line would; the call."""
        before = len(self.calls)
        handset = self.board.handsets["C"]
        handset.lift()
        self.run(1.0)
        handset.dial("4185550123")
        self.until(lambda: len(self.calls) > before and self.calls[-1].state == "connected", 8.0)
        assert self.calls[-1].line == "A"
        return self.calls[-1]

    def talks_on_line_b(self) -> Call:
        """Handset C talks through the box with Marie, on line B, because A is not the box's to use."""
        handset = self.board.handsets["C"]
        handset.lift()
        self.run(1.0)
        handset.dial("94185550123")
        self.until(lambda: self.calls and self.calls[-1].state == "connected", 15.0)
        self.run(1.0)
        assert self.calls[-1].line == "B" and self.on_the_box
        return self.calls[-1]


Maker = Callable[..., LifelineOffice]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Maker]:
    offices: list[LifelineOffice] = []

    def make(keeps_outputs: bool = True, **settings: object) -> LifelineOffice:
        offices.append(LifelineOffice(tmp_path, keeps_outputs, **settings))
        return offices[-1]

    yield make
    for office in offices:
        office.stage.close()


def only_line_b(make: Maker, keeps_outputs: bool = True) -> LifelineOffice:
    return make(keeps_outputs, **{"lines.A.enabled": False})


@pytest.mark.parametrize("keeps_outputs", [True, False])
def test_kill_9_of_the_supervisor_leaves_a_telephone_that_works_within_10_s(made: Maker, keeps_outputs: bool) -> None:
    office = made(keeps_outputs)
    assert office.on_the_box and office.check("Lifeline")[0] == "ok"
    office.kill()
    killed = office.board.now
    while office.on_the_box:
        office.stage.tick()
        assert office.board.now - killed <= 10.0 * 8000
    took = (office.board.now - killed) / 8000
    assert took <= 0.04 or keeps_outputs, "a pin that has fallen releases the relay at once"
    call = office.telephones_on_line_a()
    office.board.handsets["C"].put_down()
    office.until(lambda: call.state == "cleared", 3.0)


def test_a_power_cut_of_the_hat_leaves_the_telephone_on_the_line_at_once(made: Maker) -> None:
    office = made()
    office.board.fault("stop")
    office.stage.tick()
    assert not office.on_the_box
    second = office.board.exchange.call("A", "+15145550123")
    office.until(lambda: office.board.handsets["C"].ringing, 3.0)
    second.hang_up()


def test_a_pin_that_never_rises_is_said_on_health_and_c_stays_on_the_line(made: Maker) -> None:
    office = made()
    office.header.gpio.stick("lifeline_enable", 0)
    office.run(0.1)
    assert not office.on_the_box
    state, text = office.check("Lifeline")
    assert state == "fault" and f"header pin {tables.pi_pin('lifeline_enable').number}" in text
    call = office.telephones_on_line_a()
    office.board.handsets["C"].put_down()
    office.until(lambda: call.state == "cleared", 3.0)
    office.header.gpio.stick("lifeline_enable", None)
    office.run(0.1)
    assert office.on_the_box and office.check("Lifeline")[0] == "ok"


def test_a_box_without_pins_says_that_c_is_not_served(tmp_path: Path) -> None:
    office = HatOffice(tmp_path)
    try:
        checks = {check["name"]: check for check in office.ask("health.get")["result"]["checks"]}
        assert checks["Lifeline"]["state"] == "warn" and "gpio.device" in checks["Lifeline"]["remedy"]
    finally:
        office.stage.close()


def test_a_conversation_through_the_box_outlives_the_supervisor(made: Maker) -> None:
    """The Pi's kernel keeps the pin, the HAT keeps the bridge; the box that comes back leaves both alone."""
    office = only_line_b(made)
    call = office.talks_on_line_b()
    office.kill()
    office.run(12.0)
    assert call.state == "connected" and office.on_the_box
    office.stage.start()
    office.run(5.0)
    assert call.state == "connected" and office.on_the_box
    office.board.handsets["C"].put_down()
    office.until(lambda: call.state == "cleared", 3.0)
    office.until(lambda: [row["outcome"] for row in office.rows("calls")] == ["connected"], 3.0)


def test_a_link_that_fails_for_a_moment_does_not_cut_c_off(made: Maker) -> None:
    office = only_line_b(made)
    call = office.talks_on_line_b()
    office.board.fault("noise", 0.1, kinds=("lose",))
    office.run(1.5)
    office.board.fault("noise", 0)
    office.run(6.0)
    assert call.state == "connected" and office.on_the_box
    office.board.handsets["C"].put_down()
    office.until(lambda: call.state == "cleared", 3.0)


def test_a_conversation_on_the_lifeline_is_not_cut_off_by_the_box_that_comes_back(made: Maker) -> None:
    """Where the kernel lets the pin fall, C is on the line at once, while the HAT still drives its half."""
    office = made(keeps_outputs=False)
    office.kill()
    call = office.telephones_on_line_a()
    office.stage.start()
    office.run(6.0)
    assert call.state == "connected" and not office.on_the_box
    assert office.check("Lifeline") == (
        "warn", "Telephone C is on line A itself; the box takes it back when that line is idle."
    )  # fmt: skip
    office.board.handsets["C"].put_down()
    office.until(lambda: call.state == "cleared", 3.0)
    office.until(lambda: office.on_the_box, 3.0)
    office.works("C")


def test_a_hat_that_stays_silent_gets_no_lifeline_from_the_pi_either(made: Maker) -> None:
    """A board that no reset brings back, whose own pin might hang high: after 8 s LIFELINE_EN falls as well."""
    office = made()
    office.header.gpio.stick("mcu_run", 0)
    office.run(7.0)
    assert office.header.gpio.level("lifeline_enable") == 1
    office.run(2.5)
    assert office.header.gpio.level("lifeline_enable") == 0
    office.header.gpio.stick("mcu_run", None)
    office.until(lambda: office.on_the_box, 15.0)
