"""Telephone numbers as lines, fingers and people give them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals.countries import countries, country
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


@pytest.mark.parametrize(
    ("area", "number", "digits"),
    [
        ("514", "+15145550123", "5145550123"),
        ("514", "+14165550123", "14165550123"),
        ("", "+15145550123", "15145550123"),
        ("514", "+18005550123", "18005550123"),
        ("514", "+442079460018", "011442079460018"),
        ("514", "+911", "911"),
        ("514", "+1911", "911"),
        ("514", "+12", ""),
        ("514", "+", ""),
    ],
)
def test_a_number_with_its_plus_is_dialled_as_the_line_wants_it(area: str, number: str, digits: str) -> None:
    assert Numbers(country("CA"), area).to_dial(number) == digits


ONLY_BY_A_CARRIER = {"BR"}  # which carrier's code stands between prefix and number is each customer's choice


@pytest.mark.parametrize("code", countries())
@pytest.mark.parametrize("kind", [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE])
def test_every_countrys_numbers_are_dialled_at_home_and_abroad(code: str, kind: int) -> None:
    """Judged by libphonenumber's reading of what was dialled: it must be the number that was meant."""
    row = country(code)
    numbers = Numbers(row)
    home = phonenumbers.example_number_for_type(row.dialling.region, kind)
    abroad = phonenumbers.example_number_for_type("JP" if code != "JP" else "FR", kind)
    for meant in (home, abroad):
        assert meant is not None
        digits = numbers.to_dial(phonenumbers.format_number(meant, phonenumbers.PhoneNumberFormat.E164))
        assert digits.isdigit()
        if code in ONLY_BY_A_CARRIER and meant is abroad:
            continue
        assert phonenumbers.parse(digits, row.dialling.region) == meant
        if meant is abroad or row.dialling.trunk == str(row.dialling.country_code):
            prefix = row.dialling.international if meant is abroad else row.dialling.trunk
            assert digits.startswith(prefix)


def test_abroad_is_shown_with_its_country() -> None:
    assert MONTREAL.display("+33123456789") == "+33 1 23 45 67 89"
    assert MONTREAL.display("*69") == "*69"


def test_emergency_numbers_are_the_countrys_and_stay_short() -> None:
    assert MONTREAL.emergency("911") and not MONTREAL.emergency("9911") and not MONTREAL.emergency("91")
    assert Numbers(country("GB")).emergency("999") and not MONTREAL.emergency("999")
    assert MONTREAL.dialled("911").e164 is None


def test_a_code_before_the_number_belongs_to_the_call_not_to_the_number() -> None:
    number = MONTREAL.dialled("*674185550123")
    assert (number.raw, number.e164) == ("*674185550123", "+14185550123")
    assert Numbers(country("GB")).dialled("14102079460123").e164 == "+442079460123"
    assert Numbers(country("GB")).dialled("116123").e164 is None  # the crisis line is a short number


@given(st.text(max_size=60))
def test_nothing_from_the_wire_does_harm(text: str) -> None:
    e164 = MONTREAL.received(text).e164
    assert e164 is None or (e164.startswith("+") and e164[1:].isdigit() and len(e164) <= 17)
    assert isinstance(display(text, "CA"), str)
