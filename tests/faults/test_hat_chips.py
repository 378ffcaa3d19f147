"""Faults of the HAT's chips on the whole box: Health names the port and the reason, the rest works, and it heals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from board.virtual.farcall import Behaviour
from board.virtual.mcu import interpreter
from tests.supervisor.office import CLOCK, Office
from tools.scenario.stage import Stage

ENGINE = "micropython" if interpreter.command() else "twin"
PORTS = {"Line A": "A", "Line B": "B", "Handset C": "C", "Handset D": "D"}


def loud(heard: npt.NDArray[np.int16]) -> bool:
    """Whether there is a tone in what was heard."""
    return bool(np.abs(heard).max(initial=0) > 500)


class HatOffice(Office):
    """A box whose HAT runs the firmware, on MicroPython where there is one."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder, {}, clock=CLOCK, seed=5, hat=ENGINE)
        self.board = self.stage.board
        self.stage.start()
        self.run(3.0)

    def faults(self) -> dict[str, str]:
        """Name and text of every check that is a fault."""
        return self._checks("fault")

    def warnings(self) -> dict[str, str]:
        """Name and text of every check of a port that is a warning."""
        return {name: text for name, text in self._checks("warn").items() if name in PORTS}

    def _checks(self, state: str) -> dict[str, str]:
        checks = self.ask("health.get")["result"]["checks"]
        return {check["name"]: check["text"] for check in checks if check["state"] == state}

    def until(self, what: Callable[[], object], seconds: float) -> None:
        """Ticks until ``what()`` is true; fails after ``seconds`` of telephone time."""
        end = self.board.now + round(seconds * 8000)
        while not what():
            assert self.board.now < end, f"did not happen within {seconds} s"
            self.run(0.1)

    def handset_state(self, name: str) -> str:
        handsets = self.ask("status.get")["result"]["handsets"]
        return str(next(one["state"] for one in handsets if one["name"] == name))

    def dials_out(self) -> None:
        """The page dials with C, whose call is answered, and C puts down."""
        self.board.exchange.subscribers["+15145550123"] = Behaviour(answer_after_s=2.0)
        before = len(self.board.exchange.calls)
        placed = self.ask("calls.dial", handset="C", number="95145550123")
        assert placed["ok"], placed
        self.until(lambda: self.board.handsets["C"].ringing, 5.0)
        self.board.handsets["C"].lift()
        self.until(lambda: [one.state for one in self.board.exchange.calls[before:]] == ["connected"], 20.0)
        self.board.handsets["C"].put_down()
        self.run(3.0)

    def rings(self) -> None:
        """C dials D, whose telephone rings."""
        self.board.handsets["C"].lift()
        self.run(1.0)
        self.board.handsets["C"].dial("22")
        self.until(lambda: self.board.handsets["D"].ringing, 8.0)

    def works(self, port: str) -> None:
        """A line is answered; a lifted handset hears dial tone, and its putting down is noticed."""
        if port in "AB":
            call = self.board.exchange.call(port, "+15145550123")
            self.until(lambda: call.state == "connected", 15.0)
            call.hang_up("loop drop")
            self.run(3.0)
            return
        handset = self.board.handsets[port]
        handset.lift()
        start = len(handset.party.heard)
        self.until(lambda: len(handset.party.heard) > start and loud(handset.party.heard[start:][-800:]), 3.0)
        handset.put_down()
        self.until(lambda: self.handset_state(port) in ("idle", "fault"), 5.0)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HatOffice]:
    office = HatOffice(tmp_path)
    yield office
    office.stage.close()


@pytest.mark.parametrize(
    ("fault", "name", "told", "reason"),
    [
        ("isolation lost", "Line A", {"Line A"}, "isolation link to the line side lost"),
        ("clock stop", "Line B", {"Line B"}, "PCM clock missing"),
        ("clock stop", "Handset D", {"Handset D"}, "PCM clock missing"),
        ("battery missing", "Handset D", {"Handset D"}, "no battery voltage"),
    ],
)
def test_health_says_which_port_and_why_and_forgets_it_afterwards(
    office: HatOffice, fault: str, name: str, told: set[str], reason: str
) -> None:
    assert not office.faults()
    port = PORTS[name]
    office.board.fault(fault, 1, line=port)
    office.run(3.0)
    faults = office.faults()
    assert set(faults) == told and reason in faults[name]
    for other in PORTS:
        if other not in told:
            office.works(PORTS[other])
    assert set(office.faults()) == told, "the others' work changed nothing"
    office.board.fault(fault, 0, line=port)
    office.until(lambda: not office.faults(), 10.0)
    office.works(port)


@pytest.mark.parametrize(
    ("fault", "name", "told", "reason"),
    [
        ("interrupt stuck", "Handset C", {"Handset C"}, "interrupt line stuck low by this chip"),
        ("interrupt stuck", "Line B", {"Line B"}, "interrupt line stuck low by this chip"),
        ("interrupt wire stuck", "Handset D", {"Handset C", "Handset D"}, "interrupt line stuck low"),
        ("interrupt wire stuck", "Line A", {"Line A", "Line B"}, "interrupt line stuck low"),
    ],
)
def test_a_port_that_cannot_call_for_attention_is_named_and_used_all_the_same(
    office: HatOffice, fault: str, name: str, told: set[str], reason: str
) -> None:
    office.board.fault(fault, 1, line=PORTS[name])
    office.run(3.0)
    assert set(office.warnings()) == told and reason in office.warnings()[name]
    assert not office.faults()
    for port in "ABCD":
        office.works(port)
    office.rings()  # C dials D
    office.board.handsets["D"].lift()
    office.until(lambda: office.handset_state("D") == "in use", 3.0)
    office.board.handsets["D"].put_down()
    office.board.handsets["C"].put_down()
    office.run(3.0)
    office.dials_out()
    assert set(office.warnings()) == told, "using them changed nothing"
    office.board.fault(fault, 0, line=PORTS[name])
    office.until(lambda: not office.warnings(), 10.0)


def test_a_call_goes_on_when_its_port_can_no_longer_call_for_attention(office: HatOffice) -> None:
    handsets = office.board.handsets
    office.rings()
    handsets["D"].lift()
    office.run(2.0)
    office.board.fault("interrupt wire stuck", 1, line="D")
    office.until(lambda: set(office.warnings()) == {"Handset C", "Handset D"}, 3.0)
    office.run(2.0)
    assert [office.handset_state(name) for name in "CD"] == ["in use", "in use"]
    handsets["D"].put_down()
    office.until(lambda: office.rows("calls")[0]["outcome"] != "going on", 3.0)
    assert office.rows("calls")[0]["outcome"] == "connected"


@pytest.mark.parametrize(
    ("fault", "name", "reason"),
    [
        ("clock stop", "Handset D", "PCM clock missing: register"),
        ("isolation lost", "Line A", "isolation link to the line side lost: "),
    ],
)
def test_a_fault_that_is_older_than_the_supervisor_is_on_health_too(
    office: HatOffice, fault: str, name: str, reason: str
) -> None:
    """After a restart, and with a chip that was dead before the Pi had started."""
    office.board.fault(fault, 1, line=PORTS[name])
    office.until(office.faults, 5.0)
    office.stage.kill()
    for _ in range(2 * 50):
        office.board.tick()
    office.stage.start()
    office.run(3.0)
    assert set(office.faults()) == {name} and reason in office.faults()[name]
    for other in PORTS:
        if other != name:
            office.works(PORTS[other])
    office.board.fault(fault, 0, line=PORTS[name])
    office.until(lambda: not office.faults(), 10.0)
    office.works(PORTS[name])


def test_a_data_line_stuck_high_fails_all_four_ports_and_calls_nobody(office: HatOffice) -> None:
    office.board.fault("miso high", 1)
    office.until(lambda: set(office.faults()) == set(PORTS), 5.0)
    assert not office.rows("calls")
    office.board.fault("miso high", 0)
    office.until(lambda: not office.faults(), 10.0)
    office.works("A")
    office.works("D")


def test_ringing_into_a_short_names_the_handset(office: HatOffice) -> None:
    office.board.fault("ring short", 1, line="D")
    assert not office.faults(), "nobody has rung it yet"
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial("22")
    office.until(lambda: "Handset D" in office.faults(), 8.0)
    assert "ringing into a short circuit" in office.faults()["Handset D"]
    office.board.handsets["C"].put_down()
    office.run(2.0)
    office.works("A")
    office.works("C")
    office.board.fault("ring short", 0, line="D")
    office.until(lambda: not office.faults(), 10.0)
    office.rings()


def test_a_brown_out_while_ringing_stops_the_bell_and_nothing_else(office: HatOffice) -> None:
    office.rings()
    office.board.fault("brown-out", 1)
    office.until(lambda: "Supply" in office.faults(), 4.0)
    assert "4.2" in office.faults()["Supply"]
    assert not office.board.handsets["D"].ringing
    assert not {"Line A", "Line B"} & set(office.faults())
    office.board.handsets["C"].put_down()
    office.run(2.0)
    office.works("A")
    office.board.fault("brown-out", 0)
    office.until(lambda: not office.faults(), 10.0)
    office.rings()


def test_a_hook_that_bounces_for_30_ms_is_lifted_once_and_dials_nothing(office: HatOffice) -> None:
    office.board.fault("hook bounce", 1, line="D")
    handset, loop = office.board.handsets["D"], office.board.lines["D"].loop
    edges: list[int] = []
    office.board.on_tick(lambda board: edges.extend(change.sample for change in loop.changes))
    for act, state, line in ((handset.lift, "in use", "A"), (handset.put_down, "idle", "B")):
        edges.clear()
        act()
        office.until(lambda state=state: office.handset_state("D") == state, 4.0)  # type: ignore[misc]
        assert len(edges) > 6, "it did bounce"
        office.works(line)
        assert office.handset_state("D") == state
    assert not office.faults()
    assert [row["line"] for row in office.rows("calls")] == ["A", "B"], "no digit of a call was made of the bounces"
