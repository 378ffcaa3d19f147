"""What can begin a number: beside phonenumbers, which knows whole ones."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.signals.countries import countries, country
from firmware.supervisor.rules.beginnings import begins


@pytest.mark.parametrize("code", sorted(countries()))
def test_every_number_that_phonenumbers_gives_as_an_example_can_be_dialled_digit_by_digit(code: str) -> None:
    row = country(code)
    examples = [
        phonenumbers.example_number_for_type(row.dialling.region, kind)
        for kind in phonenumbers.PhoneNumberType.values()
    ]
    national = [phonenumbers.national_significant_number(one) for one in examples if one is not None]
    abroad = row.dialling.international + ("33144550123" if code != "FR" else "15145550123")
    for dialled in (*(row.dialling.trunk + number for number in national), *national, abroad):
        assert all(begins(row, dialled[:count]) for count in range(len(dialled) + 1)), dialled


@example("0624500000")  # 01624 is the Isle of Man, under Britain's country code
@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_what_is_valid_is_never_said_to_begin_nothing(number: str) -> None:
    for code in ("CA", "GB", "PL"):
        row = country(code)
        if phonenumbers.is_valid_number(phonenumbers.PhoneNumber(row.dialling.country_code, int("1" + number[1:]))):
            assert begins(row, "1" + number[1:])


@pytest.mark.parametrize(
    ("code", "digits", "can"),
    [
        ("CA", "11", False), ("CA", "88", True), ("CA", "01", True), ("CA", "02", False), ("CA", "*67", False),
        ("GB", "99", False), ("GB", "9", True), ("SG", "95", True), ("SG", "99", False), ("AU", "00", True),
        ("AU", "000", False), ("VE", "11", False), ("PL", "97", False),
        ("AE", "91", False), ("BR", "60", False),  # nor does a number of the area, dialled without its code
    ],
)  # fmt: skip
def test_beginnings_as_people_know_them(code: str, digits: str, can: bool) -> None:
    assert begins(country(code), digits) is can
