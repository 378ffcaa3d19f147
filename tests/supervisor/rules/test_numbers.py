"""Telephone numbers as lines, fingers and people give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals.countries import country
from firmware.supervisor.rules.numbers import Numbers, display

MONTREAL = Numbers(country("CA"), "514")


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("5145550123", "+15145550123"),
        ("15145550123", "+15145550123"),
        ("+15145550123", "+15145550123"),
        ("(514) 555-0123", "+15145550123"),
        ("5550123", "+15145550123"),
        ("555-0123", "+15145550123"),
        ("01133123456789", "+33123456789"),
        ("1112223333", "+11112223333"),  # no numbering plan has it; it is a number all the same
        ("1-800-FLOWERS", "+18003569377"),
        ("21", None),
        ("911", None),
        ("*69", None),
        ("", None),
        ("PRIVATE", None),
        ("5" * 41, None),
        ("\u0665\u0661\u0664", None),
    ],
)
def test_what_a_line_sends_becomes_e164_or_nothing(raw: str, e164: str | None) -> None:
    number = MONTREAL.received(raw)
    assert (number.raw, number.e164) == (raw, e164)


def test_without_an_area_code_a_local_number_stays_local() -> None:
    assert Numbers(country("CA")).received("5550123").e164 is None


@pytest.mark.parametrize(
    ("code", "national", "e164", "shown"),
    [
        ("FR", "0123456789", "+33123456789", "01 23 45 67 89"),
        ("GB", "020 7946 0018", "+442079460018", "020 7946 0018"),
        ("CA", "514-555-0123", "+15145550123", "(514) 555-0123"),
    ],
)
def test_each_country_has_its_own_forms(code: str, national: str, e164: str, shown: str) -> None:
    numbers = Numbers(country(code))
    assert numbers.typed(national).e164 == e164
    assert numbers.display(e164) == shown
    assert numbers.dialled(national).e164 == e164


def test_abroad_is_shown_with_its_country() -> None:
    assert MONTREAL.display("+33123456789") == "+33 1 23 45 67 89"
    assert MONTREAL.display("*69") == "*69"


def test_emergency_numbers_are_the_countrys_and_stay_short() -> None:
    assert MONTREAL.emergency("911") and not MONTREAL.emergency("9911") and not MONTREAL.emergency("91")
    assert Numbers(country("GB")).emergency("999") and not MONTREAL.emergency("999")
    assert MONTREAL.dialled("911").e164 is None


@given(st.text(max_size=60))
def test_nothing_from_the_wire_does_harm(text: str) -> None:
    e164 = MONTREAL.received(text).e164
    assert e164 is None or (e164.startswith("+") and e164[1:].isdigit() and len(e164) <= 17)
    assert isinstance(display(text, "CA"), str)
