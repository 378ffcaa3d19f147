"""Which bursts of ringing are one ring, and whose."""

from __future__ import annotations

import pytest

from drivers.ports.rings import Rings, pattern

CANADA, BRITAIN = (2000, 4000), (400, 200, 400, 2000)


def rung(rings: Rings, *cadence_ms: int, at_ms: int = 0) -> int:
    """Rings once by a cadence of on and off; the time at which the next ring begins, in ms."""
    for on, off in zip(cadence_ms[::2], cadence_ms[1::2], strict=True):
        rings.burst(8 * (at_ms + on), on)
        at_ms += on + off
    return at_ms


@pytest.mark.parametrize(
    ("cadence", "name"),
    [
        ((2000, 4000), "single"),
        ((800, 400, 800, 4000), "double"),
        ((400, 200, 400, 200, 800, 4000), "short-short-long"),
        ((300, 200, 1000, 200, 300, 4000), "short-long-short"),
        ((400, 200, 400, 2000), "double"),
        ((250, 950, 250, 950, 250, 2500), "triple"),
    ],
)
def test_bursts_less_than_a_second_apart_are_one_ring(cadence: tuple[int, ...], name: str) -> None:
    rings = Rings(CANADA)
    at_ms = 0
    for number in (1, 2, 3):
        at_ms = rung(rings, *cadence, at_ms=at_ms)
        assert (rings.number, rings.count, rings.pattern) == (number, number, name)
    assert not rings.another


@pytest.mark.parametrize(
    ("country", "cadence", "bursts"),
    [(CANADA, (800, 400, 800, 4000), 1), (BRITAIN, BRITAIN, 2), (BRITAIN, (1000, 4000), 1)],
)
def test_a_second_ring_is_worth_what_the_countrys_is_and_no_more_than_the_first_was(
    country: tuple[int, ...], cadence: tuple[int, ...], bursts: int
) -> None:
    rings = Rings(country)
    at_ms = rung(rings, *cadence)
    for done in range(1, len(cadence) // 2 + 1):
        at_ms = rung(rings, *cadence[2 * done - 2 : 2 * done], at_ms=at_ms)
        assert rings.rung == (2 if done >= bursts else 1)


def test_a_ring_counts_from_its_first_burst_and_is_whole_a_while_after_its_last() -> None:
    rings = Rings(CANADA)
    rings.burst(8 * 800, 800)
    assert rings.number == 1
    assert not rings.whole(8 * 1900)
    rings.burst(8 * 2000, 800)
    assert rings.number == 1
    assert not rings.whole(8 * 3100)
    assert rings.whole(8 * 3300)


@pytest.mark.parametrize("gap_ms", [2500, 3000, 6000])
def test_a_ring_out_of_a_known_pace_is_another_callers(gap_ms: int) -> None:
    rings = Rings(CANADA, 6.0)
    rung(rings, 2000, gap_ms)
    rung(rings, 2000, 4000, at_ms=2000 + gap_ms)
    assert rings.of_another
    theirs = rings.of_the_newest()
    assert (theirs.number, theirs.another, theirs.pattern) == (1, False, "single")


def test_the_pace_of_a_line_that_does_not_ring_as_the_country_does_is_learnt() -> None:
    rings = Rings(BRITAIN)
    at_ms = rung(rings, 1000, 4000)
    at_ms = rung(rings, 1000, 4000, at_ms=at_ms)
    assert (rings.number, rings.count, rings.another, rings.pace_s) == (2, 2, False, 5.0)
    rung(rings, 1000, 4000, at_ms=at_ms - 1500)
    assert (rings.number, rings.count, rings.of_another) == (3, 1, True)


def test_a_ring_too_soon_for_the_countrys_pace_is_a_doubt_until_the_next() -> None:
    rings = Rings(CANADA)
    at_ms = rung(rings, 2000, 2500)
    at_ms = rung(rings, 2000, 4000, at_ms=at_ms)
    assert (rings.number, rings.count, rings.another, rings.of_another) == (2, 1, True, False)
    rung(rings, 2000, 4000, at_ms=at_ms)
    assert (rings.number, rings.count, rings.another, rings.pace_s) == (3, 2, False, 6.0)


def test_a_ring_that_was_not_heard_makes_no_other_caller() -> None:
    rings = Rings(CANADA, 6.0)
    rung(rings, 2000, 4000)
    rung(rings, 2000, 4000, at_ms=12_000)
    assert not rings.another


@pytest.mark.parametrize(("bursts", "reminder"), [((500,), True), ((2000,), False), ((400, 400), False)])
def test_one_short_burst_alone_is_a_reminder(bursts: tuple[int, ...], *, reminder: bool) -> None:
    rings = Rings(CANADA)
    for place, ms in enumerate(bursts):
        rings.burst(8 * (600 * place + ms), ms)
    assert rings.reminder is reminder


def test_before_the_first_ring_there_is_none() -> None:
    assert Rings(CANADA).rung == 0


def test_nothing_and_a_great_many_bursts_have_names() -> None:
    assert pattern([]) == ""
    assert pattern([200] * 7) == "7 bursts"
