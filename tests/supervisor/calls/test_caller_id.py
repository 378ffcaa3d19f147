"""Who calls, as the box learns it on one line: from what came before the ring, between the rings, or not at all."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivers.ports.abilities import HAT_LINE
from drivers.ports.port import Port
from drivers.signals.callerid import writing as writing
from drivers.signals.callerid.sending import modulate
from drivers.signals.countries import country
from firmware.supervisor.calls.caller_id import CORRUPT_BLOCKS, CallerIdWatch
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.rules.reasons import because

BLOCK = 160
WHEN = datetime(2026, 3, 2, 10, 0)
MDMF = writing.mdmf("5145550123", "Paul Roy", WHEN)


class Line:
    """A line's port that hears sound block by block, and what a watch on it finds."""

    def __init__(self, code: str) -> None:
        self.country = country(code)
        self.port = Port(SimpleNamespace(), 0, "A", "line", HAT_LINE)  # nothing is asked of the bank
        self.told = 0

    def hear(self, sound: Any) -> None:
        for block in np.pad(sound, (0, -sound.size % BLOCK)).reshape(-1, BLOCK):
            self.port.take(block, block, [])

    def quiet(self, seconds: float) -> None:
        self.hear(np.zeros(round(seconds * 8000), np.int16))

    def watch(self) -> CallerIdWatch:
        def heard() -> None:
            self.told += 1

        return CallerIdWatch(self.port, heard)


def columns(line: Line, watch: CallerIdWatch) -> dict[str, Any]:
    return watch.columns(Numbers(line.country))


@pytest.mark.parametrize("code", ["CA", "GB", "DK", "JP"])
@pytest.mark.parametrize(
    "sound",
    [
        modulate(MDMF, "v23", seizure=0, marks=80),
        modulate(MDMF, "bell202"),
        modulate(writing.dtmf_digits("33123456"), "dtmf"),
        modulate(writing.ntt("0312345678"), "ntt"),
    ],
    ids=["v23", "bell202", "dtmf", "ntt"],
)
def test_what_came_before_the_ring_is_heard_by_whatever_scheme(code: str, sound: Any) -> None:
    """The port listens all the time and keeps 3 s; the watch begins with the ring and catches up."""
    line = Line(code)
    line.hear(sound)
    line.quiet(0.5)
    line.port.ringing = True
    watch = line.watch()
    line.quiet(1.0)
    assert watch.found is not None
    assert watch.found.number in ("5145550123", "33123456", "0312345678")
    assert line.told == 1


def test_what_came_longer_ago_is_somebody_elses() -> None:
    line = Line("US")
    line.hear(modulate(MDMF, "bell202"))
    line.quiet(3.2)
    watch = line.watch()
    line.quiet(1.0)
    assert watch.found is None
    assert columns(line, watch) == {"presentation": "unknown"}
    assert watch.why == because("caller not sent")


def test_between_the_rings() -> None:
    line = Line("US")
    line.quiet(3.0)
    watch = line.watch()
    line.port.ringing = True
    line.quiet(2.0)
    line.port.ringing = False
    line.quiet(0.6)
    line.hear(modulate(MDMF, "bell202"))
    line.quiet(0.2)
    assert columns(line, watch) == {
        "presentation": "allowed", "number_raw": "5145550123", "number_e164": "+15145550123", "name": "Paul Roy",
    }  # fmt: skip
    assert watch.why == because("caller sent", form="MDMF", scheme="bell202")


def test_the_first_who_is_told_stays_and_another_number_is_another_callers() -> None:
    line = Line("US")
    watch = line.watch()
    line.hear(modulate(MDMF, "bell202"))
    line.quiet(0.5)
    line.hear(modulate(writing.mdmf("5145550188", None, WHEN), "bell202"))
    line.quiet(0.5)
    assert watch.found is not None
    assert watch.found.number == "5145550123"
    assert watch.another is not None
    assert watch.another.number == "5145550188"
    assert line.told == 2


def test_a_message_lamp_is_no_caller() -> None:
    line = Line("US")
    watch = line.watch()
    line.hear(modulate(writing.mdmf(waiting=True), "bell202"))
    line.quiet(0.5)
    assert watch.found is None
    assert line.told == 0


@pytest.mark.parametrize(
    ("reason", "presentation"),
    [("private", "private"), ("unavailable", "unavailable"), ("payphone", "unavailable")],
)
def test_why_there_is_no_number(reason: str, presentation: str) -> None:
    line = Line("US")
    watch = line.watch()
    line.hear(modulate(writing.mdmf(None, None, WHEN, reason), "bell202"))
    line.quiet(0.5)
    assert columns(line, watch) == {"presentation": presentation, "name": None}


def test_a_message_that_was_damaged_is_told_as_such() -> None:
    line = Line("US")
    watch = line.watch()
    spoilt = bytearray(MDMF)
    spoilt[8] ^= 0x13
    line.hear(modulate(bytes(spoilt), "bell202"))
    line.quiet(0.5)
    assert columns(line, watch) == {"presentation": "corrupt"}
    assert watch.why == because("caller unreadable")


def test_a_message_with_an_odd_part_is_no_damaged_one_and_the_timeline_says_what_was_odd() -> None:
    line = Line("US")
    watch = line.watch()
    line.hear(modulate(writing.checked(b"\x80\x12\x01\x040314\x02\x0a5145550188"), "bell202"))
    line.quiet(0.5)
    assert columns(line, watch)["number_e164"] == "+15145550188"
    assert watch.said(Numbers(line.country)) == {"odd": 'date "0314"'}


def test_ringing_that_leaks_is_not_a_damaged_message() -> None:
    line = Line("US")
    watch = line.watch()
    line.port.ringing = True
    line.hear(np.random.default_rng(1).normal(0, 3000, 2 * CORRUPT_BLOCKS * BLOCK).astype(np.int16))
    line.port.ringing = False
    line.quiet(0.5)
    assert columns(line, watch) == {"presentation": "unknown"}


def test_once_closed_it_hears_no_more() -> None:
    line = Line("US")
    watch = line.watch()
    watch.close()
    watch.close()
    line.hear(modulate(MDMF, "bell202"))
    line.quiet(0.5)
    assert watch.found is None
