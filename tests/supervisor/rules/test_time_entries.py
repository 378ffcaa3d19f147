"""Time entries: quantities, money, shares, and what looks wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.time_entries import Worked, amount_cents, doubts, hours, split

SECONDS = st.integers(0, 200_000)
INCREMENT = st.sampled_from([1, 6, 60, 360, 900])


@pytest.mark.parametrize(
    ("talk_s", "up", "nearest"),
    [(0.0, 0, 0), (0.4, 360, 0), (179.9, 360, 0), (180.0, 360, 360), (360.0, 360, 360), (361.0, 720, 360)],
)
def test_tenths_of_an_hour_up_or_to_the_nearest(talk_s: float, up: int, nearest: int) -> None:
    assert Tariff(360).billable_s(talk_s) == up
    assert Tariff(360, rounding="nearest").billable_s(talk_s) == nearest
    assert Tariff(360, 360, "nearest").billable_s(talk_s) == (0 if talk_s == 0 else max(nearest, 360))


@given(st.floats(0.001, 50_000), INCREMENT, st.integers(0, 900))
def test_rounding_moves_by_less_than_an_increment(talk_s: float, increment_s: int, minimum_s: int) -> None:
    up = Tariff(increment_s).billable_s(talk_s)
    nearest = Tariff(increment_s, rounding="nearest").billable_s(talk_s)
    assert up % increment_s == nearest % increment_s == 0
    assert -0.001 <= up - talk_s < increment_s
    assert abs(nearest - talk_s) <= increment_s / 2 + 0.001
    assert Tariff(increment_s, minimum_s).billable_s(talk_s) == max(up, minimum_s)


@pytest.mark.parametrize(
    ("billed_s", "shown"), [(0, "0.0"), (360, "0.1"), (5400, "1.5"), (100, "0.0278"), (1, "0.0003")]
)
def test_hours_have_one_digit_where_that_is_exact(billed_s: int, shown: str) -> None:
    assert str(hours(billed_s)) == shown


@given(SECONDS, st.integers(0, 100_000))
def test_an_amount_is_the_rate_times_the_hours_that_are_shown(billed_s: int, rate_cents: int) -> None:
    exact = hours(billed_s) * rate_cents
    assert abs(amount_cents(billed_s, rate_cents) - exact) <= Decimal("0.5")
    assert abs(Decimal(billed_s) - hours(billed_s) * 3600) <= Decimal("0.18")


@given(SECONDS, st.lists(st.integers(1, 1000), min_size=2, max_size=20), INCREMENT)
def test_shares_add_up_to_the_call_and_are_fair(billed_s: int, shares: list[int], increment_s: int) -> None:
    parts = split(billed_s, shares, increment_s)
    assert sum(parts) == billed_s and len(parts) == len(shares) and min(parts) >= 0
    for part, share in zip(parts[1:], shares[1:], strict=True):
        assert part % increment_s == 0
        assert abs(part - billed_s * share / sum(shares)) < 2 * increment_s
    assert sum(part // increment_s for part in parts) == billed_s // increment_s


@pytest.mark.parametrize("shares", [[], [1], [1, 0], [1, -1], [1] * 21])
def test_shares_that_are_none_are_refused(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="expected 2 to 20 shares"):
        split(360, shares)


def entry(row: int, call: int | None, start_s: int, worked_s: int, person: str = "user:1", **more: str) -> Worked:
    return Worked(row, call, person, start_s * 1000, worked_s, **more)


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (entry(2, 8, 599, 60), {1: {"overlap"}, 2: {"overlap"}}),
        (entry(2, 8, 600, 60), {}),
        (entry(2, 8, 599, 60, "user:2"), {}),
        (entry(2, None, 100, 60, number="+15145550188"), {1: {"overlap", "duplicate"}, 2: {"overlap", "duplicate"}}),
        (entry(2, None, 100, 60, "user:2", number="+15145550188"), {1: {"duplicate"}, 2: {"duplicate"}}),
        (entry(2, None, 700, 60, number="+15145550188"), {}),
        (entry(2, 7, 0, 600, matter="other"), {}),
        (entry(2, 7, 0, 600, matter="lease"), {1: {"duplicate"}, 2: {"duplicate"}}),
    ],
    ids=["a second too early", "one after the other", "two people", "by hand too", "by hand, a colleague", "later",
         "a share", "the same matter again"],
)  # fmt: skip
def test_two_entries_that_cannot_both_be_right(second: Worked, found: dict[int, set[str]]) -> None:
    first = entry(1, 7, 0, 600, number="+15145550188", matter="lease")
    assert doubts([first, second]) == doubts([second, first]) == found


def test_nobody_knows_who_worked_so_nothing_overlaps() -> None:
    assert doubts([entry(1, 7, 0, 600, ""), entry(2, 8, 0, 600, "")]) == {}


TIMES = st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from(["user:1", "user:2", ""]))


@given(st.lists(TIMES, max_size=12))
def test_overlaps_are_those_that_every_pair_looked_at_shows(drawn: list[tuple[int, int, str]]) -> None:
    entries = [entry(n, 100 + n, start, length, person) for n, (start, length, person) in enumerate(drawn)]
    expected = {
        one.id
        for one in entries
        for other in entries
        if one is not other
        and one.person == other.person != ""
        and one.started_ms < other.ended_ms
        and other.started_ms < one.ended_ms
    }
    assert set(doubts(entries)) == expected
