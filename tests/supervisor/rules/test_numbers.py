"""Telephone numbers as lines, fingers and people give them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals.countries import countries, country
from firmware.supervisor.rules.numbers import Number, Numbers, display

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


@pytest.mark.parametrize("code", countries())
def test_every_countrys_numbers_are_known_in_every_form_people_and_lines_use(code: str) -> None:
    """By phonenumbers' own examples: as it is read, with +, from abroad, and as the box dials it."""
    row = country(code)
    numbers = Numbers(row)
    for kind in phonenumbers.PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(row.dialling.region, kind)
        whole = phonenumbers.ValidationResult.IS_POSSIBLE
        if example is None or phonenumbers.is_possible_number_with_reason(example) != whole:
            continue  # 310-1234 in Canada: dialled in seven digits, and nowhere but there
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        forms = [e164, national, row.dialling.international + e164.removeprefix("+"), numbers.to_dial(e164)]
        for form in forms:
            assert {numbers.typed(form).e164, numbers.received(form).e164, numbers.dialled(form).e164} == {e164}, form


@pytest.mark.parametrize("code", [code for code, row in countries().items() if row.dialling.local_digits])
def test_a_number_without_its_area_code_is_of_this_area_or_of_none(code: str) -> None:
    row = country(code)
    example = phonenumbers.example_number_for_type(row.dialling.region, phonenumbers.PhoneNumberType.FIXED_LINE)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.national_significant_number(example)
    lengths = [length for length in row.dialling.local_digits if length < len(national)]
    assert lengths
    for length in lengths:
        area, local = national[:-length], national[-length:]
        if local.startswith(row.dialling.local_never):
            continue
        assert Numbers(row, area).typed(local).e164 == e164
        assert Numbers(row).typed(local).e164 is None
        assert local in Numbers(row, area).ways(Number("", e164))


@pytest.mark.parametrize(
    ("code", "area", "raw", "e164"),
    [
        ("DE", "030", "12345678", "+493012345678"), ("RU", "812", "1234567", "+78121234567"),
        ("DE", "30", "12345678", "+493012345678"), ("IN", "22", "23456789", "+912223456789"),
        ("GB", "161", "496 0123", "+441614960123"), ("GB", "", "4960123", None), ("NL", "", "1234567", None),
        ("JP", "", "12345678", None), ("JP", "3", "12345678", "+81312345678"), ("AT", "", "123456", None),
        ("AU", "", "91234567", None), ("DE", "", "1234", None), ("IN", "22", "9812345678", "+919812345678"),
        ("GB", "", "+44 (0)20 7946 0123", "+442079460123"), ("GB", "", "+44 0161 496 0123", "+441614960123"),
        ("GB", "", "(0044) 020 7946 0123", "+442079460123"), ("GB", "", "442079460123", "+442079460123"),
        ("IT", "", "0612345678", "+390612345678"), ("CA", "", "01133142685300", "+33142685300"),
        ("CA", "", "514.555.0123 ext. 42", "+15145550123"), ("CA", "514", "555.0123 ext. 42", "+15145550123"),
        ("AU", "", "0011 1 416 555 0123", "+14165550123"), ("IN", "", "09812345678", "+919812345678"),
        ("KR", "2", "1544-1234", "+8215441234"), ("TR", "212", "444 1 444", "+904441444"),
        ("GB", "161", "116123", None), ("DE", "30", "116117", None),
    ],
)  # fmt: skip
def test_numbers_as_other_people_had_trouble_with(code: str, area: str, raw: str, e164: str | None) -> None:
    assert Numbers(country(code), area).typed(raw).e164 == e164


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("01511987654321", "+5511987654321"), ("0 15 11 3333-4444", "+551133334444"), ("33334444", "+551133334444"),
        ("987654321", "+5511987654321"), ("901511987654321", "+5511987654321"), ("0021 1 416 555 0123", "+14165550123"),
        ("005511987654321", "+5511987654321"), ("111987654321", "+5511987654321"), ("11133334444", "+551133334444"),
        ("1133334444", "+551133334444"), ("4004-1234", "+5540041234"),
    ],
)  # fmt: skip
def test_brazilian_numbers_with_and_without_the_carriers_code_and_the_callers_category(raw: str, e164: str) -> None:
    assert Numbers(country("BR"), "11").received(raw).e164 == e164


@pytest.mark.parametrize(
    ("carrier", "number", "digits"),
    [
        ("21", "+5511987654321", "987654321"), ("21", "+5521987654321", "02121987654321"),
        ("", "+5521987654321", "021987654321"), ("21", "+14165550123", "002114165550123"),
        ("21", "+55800123456", "0800123456"), ("21", "+5540041234", "40041234"),
        ("2", "+5521987654321", "021987654321"),
    ],
)  # fmt: skip
def test_in_brazil_the_carriers_code_is_dialled_before_other_areas_and_countries(
    carrier: str, number: str, digits: str
) -> None:
    assert Numbers(country("BR"), "11", carrier).to_dial(number) == digits


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
