"""Telephone numbers: from what a line, a finger or a person gives, to E.164 and to what people read and lines dial.

The log keeps both, raw and E.164. E.164 is None where the raw number does not say all of it: an extension, a short
code, a number without its area code in an office whose own area code is not set. Where the country is whole (written
with +, with a trunk prefix, or of a plan without area codes) the form counts, not the numbering plan: a caller's
exchange knows its own numbers better than a table does. Emergency numbers come from the country table.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from drivers.signals.countries import Country

LONGEST = 40  # characters; E.164 has 15 digits, the rest is how people write


@dataclass(frozen=True)
class Number:
    """A number as it came and, where it is a full one, as E.164."""

    raw: str
    e164: str | None


class Numbers:
    """The numbers of one country. ``area_code`` is put before numbers of local length that come without one.

    ``carrier``: the code of the office's carrier, where the country has one dialled (Brazil: 0 21 11 ...).
    """

    def __init__(self, country: Country, area_code: str = "", carrier: str = "") -> None:
        self._country = country
        self._region = country.dialling.region
        trunk = country.dialling.trunk if area_code.startswith("0") else ""  # no area code begins with 0, 812 is one
        self._area_code = area_code.removeprefix(trunk)  # "030" is Berlin to people, 30 to the numbering plan
        self._carrier = carrier if len(carrier) == country.dialling.carrier_digits else ""

    def received(self, raw: str) -> Number:
        """A caller's number as the line sent it; a digit before it may say what sort of subscriber calls."""
        e164 = self._e164(raw)
        category = self._country.caller_id.category_digits
        if category and not (e164 and _valid(e164, self._region)):
            behind = self._e164(raw[category:])
            e164 = behind if behind and _valid(behind, self._region) else e164
        return Number(raw, e164)

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
            return f"{rules.international}{self._carrier}{parsed.country_code}{national}"
        here = bool(self._area_code) and national.startswith(self._area_code)
        if rules.trunk == str(rules.country_code):
            return national if here else rules.trunk + national
        if rules.carrier_digits and phonenumbers.is_number_geographical(parsed):
            return national.removeprefix(self._area_code) if here else rules.trunk + self._carrier + national
        form = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(letter for letter in form if letter.isdigit())

    def ways(self, number: Number) -> tuple[str, ...]:
        """The digits by which people of this office write a number whose area or country goes without saying."""
        rules = self._country.dialling
        raw = phonenumbers.normalize_digits_only(number.raw)
        parsed = _parse(number.e164, self._region) if number.e164 else None
        if parsed is None or parsed.country_code != rules.country_code:
            return (raw,) if raw else ()
        national = phonenumbers.national_significant_number(parsed)
        local = national.removeprefix(self._area_code) if self._area_code else national
        return tuple(dict.fromkeys((raw, rules.trunk + national, national, local)))

    def emergency(self, digits: str) -> bool:
        """Whether exactly these digits (no outside prefix) call for help in this country."""
        return digits in self._country.emergency.numbers

    def short(self, digits: str) -> bool:
        """Whether these are one of this country's short numbers, one that calls for help included."""
        return self.emergency(digits) or any(digits == short.number for short in self._country.short_numbers)

    def display(self, number: str) -> str:
        """How people of this country read a number, E.164 or raw; what is no full number stays as it is."""
        return display(number, self._region)

    def _e164(self, raw: str) -> str | None:
        text = raw.strip()
        if len(text) > LONGEST or any(text == short.number for short in self._country.short_numbers):
            return None
        rules = self._country.dialling
        abroad = "+" + text.removeprefix(rules.international)
        if rules.carrier_digits and text.startswith(rules.international) and _valid(abroad, self._region):
            return _e164(abroad, self._region)  # as people write it, with no carrier's code
        digits = _bare(text, self._region)
        if digits is None:
            return _e164(text, self._region)
        if self._local(digits):
            local = rules.trunk + self._area_code + digits if self._area_code else ""
            return _e164(text if _without_area(text, self._region) else local, self._region)
        whole = rules.trunk in ("", str(rules.country_code))
        return _e164(text, self._region) if whole or _valid(text, self._region) else None

    def _local(self, digits: str) -> bool:
        """Whether digits without a prefix have a length at which the area code is left out."""
        rules = self._country.dialling
        metadata: Any = PhoneMetadata.metadata_for_region(self._region)
        whole = max(metadata.fixed_line.possible_length)
        return len(digits) in rules.local_digits and len(digits) < whole


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


def _bare(text: str, region: str) -> str | None:
    """The digits of a number given without +, trunk prefix or country code; None where one of them stands there."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension:
        text = re.sub(r"\D+$", "", text.rpartition(parsed.extension)[0])
    digits = phonenumbers.normalize_digits_only(phonenumbers.convert_alpha_characters_in_number(text))
    same = digits == phonenumbers.national_significant_number(parsed)
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    return digits if same and home and not text.startswith("+") else None


@functools.lru_cache(maxsize=1024)
def _valid(text: str, region: str) -> bool:
    parsed = _parse(text, region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _without_area(text: str, region: str) -> bool:
    """Whether it is one of the short nationwide numbers that have no trunk prefix: 1544-1234 in Korea, 4004-1234."""
    parsed = _parse(text, region)
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        return False
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.normalize_digits_only(national) == phonenumbers.national_significant_number(parsed)
