"""How long a line is listened to for its dial tone before digits go out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.office import Office

WEAK_OHM = 5000.0  # a feed that gives a closed loop 8 mA: below what a line chip works with


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.board.exchange.subscribers["5145550188"] = made.board.exchange.operator
    yield made
    made.stage.close()


def wait_s(office: Office, number: str) -> float:
    """Seconds from off hook on line A until the exchange has heard the first digit."""
    circuit, loop = office.board.exchange.circuits["A"], office.board.lines["A"].loop
    office.board.handsets["C"].lift()
    office.run(1.0)
    office.board.handsets["C"].dial(number)
    seized = 0
    for _ in range(600):
        office.stage.tick()
        seized = seized or (office.board.now if loop.now.closed else 0)
        if circuit.state == "dialling":
            return (office.board.now - seized) / 8000
    raise AssertionError("nothing was dialled")


def test_digits_go_out_as_soon_as_dial_tone_is_heard(office: Office) -> None:
    assert wait_s(office, "95145550188") == pytest.approx(0.8, abs=0.15)  # the exchange's 0.2 s, and 0.46 s of tone


def test_a_call_for_help_waits_a_second_and_a_half_on_a_line_that_feeds(office: Office) -> None:
    office.board.exchange.set_dial_tone(200, heard=False)
    assert wait_s(office, "911") == pytest.approx(1.6, abs=0.15)


def test_a_line_that_feeds_too_little_is_given_more_time(office: Office) -> None:
    office.board.exchange.set_dial_tone(200, heard=False)
    office.board.lines["A"].loop.source_ohm = WEAK_OHM
    assert wait_s(office, "911") == pytest.approx(4.1, abs=0.15)


def test_other_calls_wait_longer_since_a_lost_digit_calls_somebody_else(office: Office) -> None:
    office.board.exchange.set_dial_tone(200, heard=False)
    assert wait_s(office, "95145550188") == pytest.approx(4.1, abs=0.15)
