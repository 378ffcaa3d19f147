"""A caller who hangs up in the moment in which a handset takes the call: the line's word counts, whenever it comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.farcall import Call
from board.virtual.voices import from_text
from tests.supervisor.office import Office

OFFSETS_S = [round(0.02 * step, 2) for step in range(61)]  # from hanging up to past the end of what the line tells


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, **{"answering.rings": 1})
    yield made
    made.stage.close()


def leaving_a_message(office: Office, line: str) -> Call:
    """A caller who has just said what he had to say, after the tone."""
    paul = office.board.exchange.call(line, "+15145550188", "Paul Roy")
    while paul.state != "connected":
        office.run(0.1)
    paul.party.press("#")  # greeting and instructions are skipped
    office.run(1.5)
    paul.party.say(from_text("this is paul roy"))
    while not paul.party.silent:
        office.run(0.1)
    return paul


def test_a_call_ends_with_the_callers_hanging_up_whenever_a_handset_is_lifted(office: Office) -> None:
    """Swept over every block: before, in and after the moment in which the line tells that the caller has gone."""
    anna = office.board.handsets["C"]
    for at, offset_s in enumerate(OFFSETS_S):
        paul = leaving_a_message(office, "AB"[at % 2])
        paul.hang_up()
        office.run(offset_s)
        anna.lift()
        office.run(2.0)
        row = office.rows("calls")[at]
        assert (row["hung_up_by"], row["why"]) == ("far end", "loop drop"), f"lifted {offset_s} s after"
        office.run(0.4)
        anna.put_down()
        office.run(1.0)
    taken = [row for row in office.rows("call_events") if row["why"] == "handset takes call"]
    assert 5 < len(taken) < len(OFFSETS_S) - 5, "some handsets took the call, and some came too late"
