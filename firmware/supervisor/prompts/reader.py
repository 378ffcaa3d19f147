"""How a language says numbers, telephone numbers, lengths, times and dates: what all of them have in common.

Everything is spelled in words, so that no engine's own guess at digits is heard. Telephone numbers are said in the
groups people use: 514, 555, 0123 digit by digit in North America; by pairs in France (``country`` decides). Lengths are
rounded ("about two minutes"), times are as people say them ("ten past three", « quinze heures dix »).

A language is a class of its own (``english``, ``french``): its words as constants, its own rules as methods.
"""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import phonenumbers

MOST = 999_999

Unit = Literal["second", "minute", "hour"]


@dataclass(frozen=True)
class Moment:
    """A point in local time and the moment it is spoken at: "yesterday" needs both."""

    at: dt.datetime
    now: dt.datetime


class Reader(ABC):
    """One language's way of saying things. All methods return words; each raises ValueError where it cannot."""

    SMALL: tuple[str, ...]  # 0 to 19
    THOUSAND: str
    HUNDRED: str
    PLUS: str  # before a country's code
    ABOUT: str
    AND: str
    NEAR: dict[int, str]  # days from today
    DAYS: tuple[str, ...]  # from Monday
    LAST: str  # of the week before: with {day}
    NEXT: str
    AT: str  # between a day and its time

    def __init__(self, country: str) -> None:
        self.country = country

    def cardinal(self, number: int) -> str:
        """A whole number, 0 to MOST, in words."""
        if not 0 <= number <= MOST:
            raise ValueError(f"{number} is not between 0 and {MOST}")
        if number < 20:
            return self.SMALL[number]
        if number < 100:
            return self._tens(number)
        size, word = (1000, self.THOUSAND) if number >= 1000 else (100, self.HUNDRED)
        high, low = divmod(number, size)
        said = self._round(high, word, exact=not low)
        return f"{said} {self.cardinal(low)}" if low else said

    @abstractmethod
    def _tens(self, number: int) -> str:
        """20 to 99."""

    def _round(self, count: int, word: str, *, exact: bool) -> str:
        """So many hundreds or thousands; ``exact``: nothing follows."""
        return f"{self.cardinal(count)} {word}"

    def digits(self, text: str) -> str:
        """Digits one by one: an extension, a PIN. Other characters are refused."""
        if not text.isascii() or not text.isdigit() or len(text) > 32:
            raise ValueError(f"{text!r} is not 1 to 32 digits")
        return " ".join(self.SMALL[int(digit)] for digit in text)

    def number(self, text: str) -> str:
        """A telephone number, E.164 or as dialled, in the groups of its country."""
        try:
            parsed = phonenumbers.parse(text, self.country)
        except phonenumbers.NumberParseException as error:
            raise ValueError(f"{text!r} is no telephone number") from error
        home = phonenumbers.country_code_for_region(self.country)
        abroad = parsed.country_code != home
        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL if abroad else phonenumbers.PhoneNumberFormat.NATIONAL
        groups = re.findall(r"\d+", phonenumbers.format_number(parsed, form))
        said = ", ".join(self._group(group) for group in groups)
        return f"{self.PLUS} {said}" if abroad else said

    def _group(self, digits: str) -> str:
        """One group of a telephone number."""
        return self.digits(digits)

    def duration(self, seconds: float) -> str:
        """A length of time, rounded as people do."""
        if seconds < 9.5:
            return self._amount(round(seconds), "second")
        if seconds < 55:
            return f"{self.ABOUT} {self._amount(round(seconds / 10) * 10, 'second')}"
        minutes = round(seconds / 60)
        if minutes < 60:
            return f"{self.ABOUT} {self._some(minutes, 'minute')}"
        hours, minutes = divmod(minutes, 60)
        said = f"{self.ABOUT} {self._some(hours, 'hour')}"
        return f"{said} {self.AND} {self._amount(minutes, 'minute')}" if minutes else said

    @abstractmethod
    def _amount(self, count: int, unit: Unit) -> str:
        """So many seconds, minutes or hours."""

    def _some(self, count: int, unit: Unit) -> str:
        """The same after ``ABOUT``."""
        return self._amount(count, unit)

    @abstractmethod
    def time(self, at: dt.time) -> str:
        """A time of day."""

    def day(self, at: dt.date, today: dt.date) -> str:
        """A date seen from today."""
        distance = (at - today).days
        if distance in self.NEAR:
            return self.NEAR[distance]
        if abs(distance) < 7:
            return (self.LAST if distance < 0 else self.NEXT).format(day=self.DAYS[at.weekday()])
        return self._date(at, with_year=at.year != today.year)

    @abstractmethod
    def _date(self, at: dt.date, *, with_year: bool) -> str:
        """A date that is not near."""

    def when(self, moment: Moment) -> str:
        """A day with its time."""
        return f"{self.day(moment.at.date(), moment.now.date())} {self.AT} {self.time(moment.at.time())}"
