"""Who calls and who is blocked: marks in a name, beginnings and ranges of numbers, the office before the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.callers import Caller, Screen, screened


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("[V] ROY PAUL", "verified"),
        ("[V]ROY PAUL", "verified"),
        ("Spam Risk", "spam"),
        ("SCAM LIKELY", "spam"),
        ("Potential Spam", "spam"),
        ("SPAM? ACME LTD", "spam"),
        ("ROY PAUL", ""),
        ("SPAMBERG J", ""),
        ("V ROY", ""),
        ("LIKELY MARY", ""),
        ("", ""),
    ],
)
def test_the_carriers_mark_is_read_out_of_the_name(name: str, mark: str) -> None:
    assert Caller("+15145550123", name=name).mark == mark


@pytest.mark.parametrize(
    ("screen", "caller", "matches"),
    [
        (Screen(True, number="+15145550123"), Caller("+15145550123"), True),
        (Screen(True, number="+15145550123"), Caller("+151455501234"), False),
        (Screen(True, number="+1514*"), Caller("+15145550123"), True),
        (Screen(True, number="+1514*"), Caller("+14185550123"), False),
        (Screen(True, number="+15145550100-+15145550199"), Caller("+15145550199"), True),
        (Screen(True, number="+15145550100-+15145550199"), Caller("+15145550200"), False),
        (Screen(True, number="+15145550100-+15145550199"), Caller("+1514555015"), False),
        (Screen(True, number="+1514*"), Caller(withheld=True), False),
        (Screen(True, number="+1514*"), Caller(), False),
        (Screen(True, withheld=True), Caller(withheld=True), True),
        (Screen(True, withheld=True), Caller(), False),
        (Screen(True, name="ltd"), Caller("+15145550123", name="ACME LTD"), True),
        (Screen(True, name="ltd", number="+1418*"), Caller("+15145550123", name="ACME LTD"), False),
        (Screen(True, mark="spam"), Caller("+15145550123", name="Spam Risk"), True),
        (Screen(True), Caller("+15145550123"), False),
    ],
)
def test_a_screen_is_about_callers_that_fit_all_it_says(screen: Screen, caller: Caller, matches: bool) -> None:
    assert screen.matches(caller) == matches


@given(st.integers(10**9, 10**10 - 1), st.integers(0, 10**6), st.integers(10**9, 10**10 - 1))
def test_a_range_holds_the_numbers_between_its_ends(low: int, size: int, number: int) -> None:
    high = min(low + size, 10**10 - 1)
    screen = Screen(True, number=f"+{low}-+{high}")
    assert screen.matches(Caller(f"+{number}")) == (low <= number <= high)
    assert screen.matches(Caller(f"+{low}")) and screen.matches(Caller(f"+{high}"))


def test_the_reason_names_the_rule() -> None:
    rules = [Screen(True, number="+1514*", listed=True), Screen(True, number="+1514*", name="Ltd")]
    reason = screened(Caller("+15145550123", name="ACME LTD"), rules)
    assert reason is not None and (reason.id, reason.fields) == ("blocked", (("rule", '+1514* "Ltd"'),))
