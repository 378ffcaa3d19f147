"""Telephone numbers: from what a line, a finger or a person gives, to E.164 and to what people read.

The log keeps both, raw and E.164; E.164 is None where the raw number is not a full one (an extension, a short code,
digits cut short). The form counts, not the numbering plan: a number of possible length is a number, since a caller's
exchange knows its own numbers better than a table does. Emergency numbers come from the country table.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import phonenumbers

from drivers.signals.countries import Country

LONGEST = 40  # characters; E.164 has 15 digits, the rest is how people write


@dataclass(frozen=True)
class Number:
    """A number as it came and, where it is a full one, as E.164."""

    raw: str
    e164: str | None


class Numbers:
    """The numbers of one country. ``area_code`` is put before numbers of local length that come without one."""

    def __init__(self, country: Country, area_code: str = "") -> None:
        self._country = country
        self._region = country.dialling.region
        self._area_code = area_code

    def received(self, raw: str) -> Number:
        """A caller's number as the line sent it."""
        return Number(raw, self._e164(raw))

    def dialled(self, digits: str) -> Number:
        """A number as it goes out on the line: no outside prefix, maybe a code before it; short numbers stay short."""
        codes = (code.dial for code in self._country.codes if digits.startswith(code.dial))
        number = digits.removeprefix(next(codes, ""))
        short = any(number == short.number for short in self._country.short_numbers)
        return Number(digits, None if short else self._e164(number))

    def typed(self, text: str) -> Number:
        """A number as a person wrote it for a contact, letters on keys included."""
        return Number(text, self._e164(text))

    def to_dial(self, number: str) -> str:
        """The digits by which this country's lines reach a number that is written with its +; "" where none do.

        At home the national form with its trunk prefix, abroad the international prefix first. An emergency number
        stays itself, with or without the country's code before it. Where the trunk prefix is the country's code (North
        America) numbers of the office's own area go without: some exchanges refuse a local call that has it.
        """
        rules = self._country.dialling
        parsed = _parse(number[:LONGEST], self._region)
        if parsed is None:
            digits = number.removeprefix("+")
            short = (digits, digits.removeprefix(str(rules.country_code)))
            return next((one for one in short if self.emergency(one)), "")
        national = phonenumbers.national_significant_number(parsed)
        if parsed.country_code != rules.country_code:
            return f"{rules.international}{parsed.country_code}{national}"
        if rules.trunk == str(rules.country_code):
            here = bool(self._area_code) and national.startswith(self._area_code)
            return national if here else rules.trunk + national
        form = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(letter for letter in form if letter.isdigit())

    def emergency(self, digits: str) -> bool:
        """Whether exactly these digits (no outside prefix) call for help in this country."""
        return digits in self._country.emergency.numbers

    def display(self, number: str) -> str:
        """How people of this country read a number, E.164 or raw; what is no full number stays as it is."""
        return display(number, self._region)

    def _e164(self, raw: str) -> str | None:
        text = raw.strip()
        if not text or len(text) > LONGEST:
            return None
        digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
        # Of several lengths within a country the shorter are those without the area code (7 of 7 and 10).
        local = self._country.dialling.local_digits
        if self._area_code and digits == text.replace("-", "").replace(" ", "") and len(digits) in local[:1]:
            text = self._area_code + digits
        return _e164(text, self._region)


def display(number: str, region: str) -> str:
    """``number`` (E.164 or raw) as people of ``region`` (ISO 3166) read it: national at home, else international."""
    parsed = _parse(number[:LONGEST], region)
    if parsed is None:
        return number
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


@functools.lru_cache(maxsize=1024)
def _e164(text: str, region: str) -> str | None:
    parsed = _parse(text, region)
    return None if parsed is None else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _parse(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    whole = phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    return parsed if whole else None
