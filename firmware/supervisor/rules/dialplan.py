"""What the keys pressed on a handset mean: a pure function from the keys so far to a decision.

Emergency numbers come before everything: the moment the keys equal one (bare, after the outside prefix, behind a code)
the answer is ``emergency``. Where they may as well be the beginning of another number, PAUSE_S of silence decide: the
country table marks the numbers that others begin with (``may_be_longer``); outside prefix and first digits of a number
(9 95267847 in Singapore, where 995 calls an ambulance) are found by ``beginnings``.

After them come the office's extensions, the short numbers of the country table (988, which is no 9 and 88), and what
goes outside. Codes of the table pass, bare or after the outside prefix; every other code is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import phonenumbers

from drivers.signals.countries import Country
from firmware.supervisor.rules.beginnings import begins

PAUSE_S = 2.0  # of silence after a short number that may be the beginning of another one
DIGITS = "0123456789"
LONGEST = 32  # keys; longer is nobody's number
NO_CODE = "not a code that may be dialled"

UNKNOWN_CODES = tuple(re.compile(rf"[*#]{{1,2}}\d{{{width}}}[*#]?(\d+)#?") for width in (2, 3))
"""A code that is no row of the table, such as *70, #21# or *#31#, and the number behind it."""


class Kind(Enum):
    """What to do with the keys so far."""

    WAIT = "wait"  # more may come; after ``wait_s`` of silence ask again with ``final``
    EMERGENCY = "emergency"
    EXTENSION = "extension"
    OUTSIDE = "outside"
    OURS = "ours"
    WRONG = "wrong"


@dataclass(frozen=True)
class Decision:
    """``number``: what to send on the line, the handset's name for an extension, or what a code of ours asks for.

    ``code``: the code that the number begins with, if it does. ``why``: NO_CODE or empty, of what is wrong.
    """

    kind: Kind
    number: str = ""
    wait_s: float | None = None
    code: str = ""
    why: str = ""


@dataclass(frozen=True)
class _Reading:
    """One way to read the keys: what goes outside is ``code`` and ``number``."""

    code: str
    number: str


@dataclass(frozen=True)
class DialPlan:
    """The office's plan. ``extensions``: digits -> handset name; ``ours``: codes of our own -> what they ask for."""

    country: Country
    extensions: Mapping[str, str] = field(default_factory=dict)
    outside_prefix: str = "9"
    interdigit_s: float = 3.0
    ours: Mapping[str, str] = field(default_factory=dict)

    def decide(self, keys: str, *, final: bool = False) -> Decision:
        """``final``: the person was silent for as long as the last decision said. A # that ends the number is final."""
        if self._ended(keys):
            keys, final = keys[:-1], True
        help_, certain = self._emergency(keys)
        if help_:
            if final or (certain and not self._goes_on(keys)):
                return Decision(Kind.EMERGENCY, help_)
            return Decision(Kind.WAIT, wait_s=PAUSE_S)
        if not keys:
            return Decision(Kind.WRONG if final else Kind.WAIT)
        if keys in self.ours:
            return Decision(Kind.OURS, self.ours[keys])
        if keys in self.extensions:
            if not final and (keys in (self.country.dialling.trunk, self.outside_prefix) or self._longer(keys)):
                return Decision(Kind.WAIT, wait_s=self.interdigit_s)  # 0 may be the operator or begin a number
            return Decision(Kind.EXTENSION, self.extensions[keys])
        if keys in self._short:  # before the reading as outside prefix and the beginning of a number
            if final or not self._goes_on(keys):
                return Decision(Kind.OUTSIDE, keys)
            return Decision(Kind.WAIT, wait_s=PAUSE_S)
        return self._outside(keys, final)

    def _outside(self, keys: str, final: bool) -> Decision:
        readings = [reading for reading in self._readings(keys) if reading.number and not reading.number.strip(DIGITS)]
        if len(keys) > LONGEST:
            return Decision(Kind.WRONG)
        if final:
            whole = [reading for reading in readings if self._valid(reading.number)]
            for reading in (*whole, *readings):
                return Decision(Kind.OUTSIDE, reading.code + reading.number, code=reading.code)
            return Decision(Kind.WRONG, why=NO_CODE if set(keys) & set("*#") else "")
        possible = [reading for reading in readings if begins(self.country, reading.number)]
        if possible and all(self._complete(reading.number) for reading in possible) and not self._longer(keys):
            return Decision(Kind.OUTSIDE, possible[0].code + possible[0].number, code=possible[0].code)
        return Decision(Kind.WAIT, wait_s=self.interdigit_s)

    def _readings(self, keys: str) -> Iterator[_Reading]:
        """What may go outside: behind the prefix, else the keys as they stand; a code of the table apart."""
        body = keys.removeprefix(self.outside_prefix)
        for code in self._codes(body):
            yield _Reading(code, body[len(code) :])
        yield _Reading("", body)
        if body != keys:
            for code in self._codes(keys):
                yield _Reading(code, keys[len(code) :])

    def _emergency(self, keys: str) -> tuple[str, bool]:
        """The emergency number that the keys make, empty if none, and whether no pause is needed to be certain."""
        numbers = self.country.emergency
        for number in self._bare(keys):
            if number in numbers.numbers:
                return number, number not in numbers.may_be_longer
        for body in self._bodies(keys):
            for unknown in filter(None, (code.fullmatch(body) for code in UNKNOWN_CODES)):
                for number in (unknown[1], unknown[1].removeprefix(self.outside_prefix)):
                    if number in numbers.numbers:
                        return number, False
        return "", False

    def _bodies(self, keys: str) -> tuple[str, ...]:
        """The keys as they stand and without the outside prefix."""
        return tuple(dict.fromkeys((keys, keys.removeprefix(self.outside_prefix))))

    def _bare(self, keys: str) -> Iterator[str]:
        """Every number that the keys may make, with the prefix and a code of the table taken off."""
        for body in self._bodies(keys):
            yield body
            for code in self._codes(body):
                yield from self._bodies(body[len(code) :])

    def _goes_on(self, keys: str) -> bool:
        """Whether keys that are a short number may as well be the beginning of another one that is no emergency.

        What begins as a country's emergency number does, and no prefix before it, is the country table's to say.
        """
        longer = any(other != keys and other.startswith(keys) for other in (*self.extensions, *self._short))
        return (
            longer
            or self._in_code(keys)
            or any(
                reading.number not in self.country.emergency.numbers and begins(self.country, reading.number)
                for reading in self._readings(keys)
            )
        )

    def _longer(self, keys: str) -> bool:
        """Whether more keys could make an emergency number or another extension."""
        if any(other != keys and other.startswith(keys) for other in self.extensions):
            return True
        return any(
            help_ != number and help_.startswith(number)
            for number in self._bare(keys)
            if number
            for help_ in self.country.emergency.numbers
        )

    def _codes(self, body: str) -> list[str]:
        return [code.dial for code in self.country.codes if body.startswith(code.dial)]

    def _ended(self, keys: str) -> bool:
        """Whether the last key is a # that ends a number; one within a code ends nothing."""
        body = keys.removeprefix(self.outside_prefix)
        numbers = (body, *(body[len(code) :] for code in self._codes(body)))
        return any(number[-1:] == "#" and number[:-1].isdigit() for number in numbers)

    def _in_code(self, keys: str) -> bool:
        """Whether the keys, with or without the prefix, are a code of the table or its beginning."""
        return any(body and code.dial.startswith(body) for body in self._bodies(keys) for code in self.country.codes)

    @functools.cached_property
    def _short(self) -> frozenset[str]:
        return frozenset(short.number for short in self.country.short_numbers)

    def _valid(self, number: str) -> bool:
        return number in self._short or _valid(number, self.country.dialling.region)

    def _complete(self, number: str) -> bool:
        """Whether the number is valid and nothing longer can be: then nobody waits for a time-out."""
        return _complete(number, self.country.dialling.region)


@functools.lru_cache(maxsize=256)
def _valid(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _complete(number: str, region: str) -> bool:
    if not _valid(number, region):
        return False
    longer = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number + "0", region))
    return longer == phonenumbers.ValidationResult.TOO_LONG
