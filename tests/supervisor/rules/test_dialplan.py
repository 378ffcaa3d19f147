"""What dialled digits mean, digit by digit, as a finger dials them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals.countries import countries
from firmware.supervisor.rules.dialplan import EMERGENCY_WAIT_S, Decision, DialPlan, Kind

CANADA = DialPlan("CA", ("911",), extensions={"21": "C", "22": "D", "0": "C"}, trunk="1")
digits = st.text("0123456789*", max_size=20)


def dialled(plan: DialPlan, number: str) -> tuple[int, Decision]:
    """How many digits were needed until the plan decided, and what it decided."""
    for count in range(1, len(number) + 1):
        decision = plan.decide(number[:count])
        if decision.kind is not Kind.WAIT:
            return count, decision
    return len(number), plan.decide(number, final=True)


@pytest.mark.parametrize(
    ("number", "used", "expected"),
    [
        ("911", 3, Decision(Kind.EMERGENCY, "911")),
        ("9911", 4, Decision(Kind.EMERGENCY, "911")),
        ("9115550123", 3, Decision(Kind.EMERGENCY, "911")),
        ("21", 2, Decision(Kind.EXTENSION, "C")),
        ("0", 1, Decision(Kind.EXTENSION, "C")),
        ("95145550123", 11, Decision(Kind.OUTSIDE, "5145550123")),
        ("915145550123", 12, Decision(Kind.OUTSIDE, "15145550123")),
        ("5145550123", 10, Decision(Kind.OUTSIDE, "5145550123")),
        ("95550123", 8, Decision(Kind.OUTSIDE, "5550123")),
        ("9", 1, Decision(Kind.WRONG)),
    ],
)
def test_a_canadian_office(number: str, used: int, expected: Decision) -> None:
    assert dialled(CANADA, number) == (used, expected)


def test_star_codes_that_mean_nothing_are_refused() -> None:
    assert CANADA.decide("*77", final=True).kind is Kind.WRONG


def test_a_number_that_may_be_longer_waits_two_seconds_and_no_more() -> None:
    plan = DialPlan("GB", ("112",), ("112",))
    assert plan.decide("112") == Decision(Kind.WAIT, wait_s=EMERGENCY_WAIT_S)
    assert plan.decide("112", final=True) == Decision(Kind.EMERGENCY, "112")


def test_an_extension_never_hides_an_emergency_number() -> None:
    plan = DialPlan("DE", ("110", "112"), extensions={"11": "C"}, outside_prefix="0")
    assert dialled(plan, "112") == (3, Decision(Kind.EMERGENCY, "112"))
    assert plan.decide("11", final=True) == Decision(Kind.EXTENSION, "C")


def test_the_operators_zero_does_not_hide_french_numbers() -> None:
    plan = DialPlan("FR", ("112",), extensions={"0": "C"}, outside_prefix="9", trunk="0")
    assert dialled(plan, "0144550123") == (10, Decision(Kind.OUTSIDE, "0144550123"))
    assert plan.decide("0", final=True) == Decision(Kind.EXTENSION, "C")


def test_without_a_prefix_numbers_that_begin_with_nine_are_whole() -> None:
    plan = DialPlan("CA", ("911",), outside_prefix="", trunk="1")
    assert dialled(plan, "9055550123") == (10, Decision(Kind.OUTSIDE, "9055550123"))


@pytest.mark.parametrize("prefix", ["9", "0", ""])
@pytest.mark.parametrize("code", sorted(countries()))
def test_every_emergency_number_of_every_country_goes_out(code: str, prefix: str) -> None:
    row = countries()[code]
    extensions = {"0": "C", "21": "C", "22": "D", "11": "D"}
    plan = DialPlan(
        row.dialling.region,
        row.emergency.numbers,
        row.emergency.may_be_longer,
        extensions=extensions,
        outside_prefix=prefix,
        trunk=row.dialling.trunk,
    )
    for number in row.emergency.numbers:
        for typed in (number, prefix + number):
            used, decision = dialled(plan, typed)
            assert decision.kind is Kind.EMERGENCY, f"{code}: {typed}"
            assert decision.number in row.emergency.numbers
            assert used <= len(typed)


@given(digits)
def test_any_digits_come_to_an_end(typed: str) -> None:
    """After the person falls silent there is always an answer: nobody sits in front of a silent handset."""
    assert CANADA.decide(typed, final=True).kind is not Kind.WAIT


@given(digits)
def test_waiting_always_says_for_how_long(typed: str) -> None:
    decision = CANADA.decide(typed)
    if typed and decision.kind is Kind.WAIT:
        assert decision.wait_s is not None and 0 < decision.wait_s <= 15
