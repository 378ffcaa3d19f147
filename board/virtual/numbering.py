"""What dialled digits mean to the exchange: when a number is complete, and whose it is.

The forms in which a subscriber's number may be dialled follow from the country's row: "+15145550188" is 5145550188,
15145550188, 5550188 (where local numbers have seven digits) or 01115145550188. A number that does not begin with + is
dialled as it stands ("0", "*69"). A code of the row ("*67") may stand before any of them and withholds the caller's
number, or releases it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from drivers.signals.countries import Country

MAX_DIGITS = 24
LONGER_MS = 2000  # an emergency number that others begin with: this long a pause decides
END_MS = 4000  # pause after which what was dialled is the number
INCOMPLETE_MS = 10000  # pause after which a number that is the beginning of a known one is given up


@dataclass(frozen=True, slots=True)
class Decision:
    """After ``after_ms`` of silence the number is complete; ``number`` is the subscriber's entry, None for nobody's.

    ``does``: what the code before the number does, "" without one.
    """

    after_ms: int
    number: str | None
    emergency: bool = False
    does: str = ""


class Plan:
    """The numbering plan of one country."""

    def __init__(self, country: Country) -> None:
        self._rules = country.dialling
        self._emergency = country.emergency
        self._codes = {code.dial: code.does for code in country.codes}

    def forms(self, number: str) -> set[str]:
        """Every way to dial a subscriber's number."""
        if not number.startswith("+"):
            return {number}
        digits = number[1:]
        forms = {self._rules.international + digits}
        code = str(self._rules.country_code)
        if digits.startswith(code):
            national = digits[len(code) :]
            forms.add(self._rules.trunk + national)
            forms.update(national[-n:] for n in self._rules.local_digits if n < len(national))
            if not self._rules.trunk or len(national) in self._rules.local_digits:
                forms.add(national)
        return forms

    def decide(self, digits: str, numbers: Iterable[str]) -> Decision:
        """What ``digits`` are, given the numbers that exist."""
        for code, does in self._codes.items():
            if digits.startswith(code):
                return replace(self._number(digits.removeprefix(code), numbers), does=does)
        decision = self._number(digits, numbers)
        if decision.number is None and any(code.startswith(digits) for code in self._codes):
            return Decision(INCOMPLETE_MS, None)
        return decision

    def _number(self, digits: str, numbers: Iterable[str]) -> Decision:
        if digits in self._emergency.numbers:
            return Decision(LONGER_MS if digits in self._emergency.may_be_longer else 0, digits, True)
        exact: str | None = None
        longer = False
        wanted = digits.rstrip("#")
        numbers = tuple(numbers)
        if self._rules.carrier_digits and not any(wanted in self.forms(number) for number in numbers):
            wanted = self._without_carrier(wanted)
        for number in numbers:
            for form in self.forms(number):
                if form == wanted:
                    exact = number
                elif form.startswith(digits):
                    longer = True
        if exact is not None:
            return Decision(END_MS if longer and not digits.endswith("#") else 0, exact)
        if longer:
            return Decision(INCOMPLETE_MS, None)
        if digits.endswith("#") or len(digits) >= MAX_DIGITS or self._full(digits):
            return Decision(0, None)
        return Decision(END_MS, None)

    def _without_carrier(self, digits: str) -> str:
        """The digits without the code of the carrier that the subscriber has chosen for this call."""
        for prefix in (self._rules.international, self._rules.trunk):
            if digits.startswith(prefix):
                return prefix + digits[len(prefix) + self._rules.carrier_digits :]
        return digits

    def _full(self, digits: str) -> bool:
        """Whether no number can be longer than this one: the North American plan's ten digits, with or without 1."""
        if self._rules.country_code != 1:
            return False
        return len(digits) == 11 if digits.startswith("1") else len(digits) == 10 and digits[0] in "23456789"
