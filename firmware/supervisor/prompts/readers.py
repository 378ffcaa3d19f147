"""How each language says numbers, telephone numbers, lengths, times and dates.

Everything is spelled in words, so that no engine's own guess at digits is heard. Telephone numbers are said in the
groups people use: 514, 555, 0123 digit by digit in North America; by pairs in France (``country`` decides). Lengths are
rounded ("about two minutes"), times are as people say them ("ten past three", « quinze heures dix »).
"""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

import phonenumbers

MOST = 999_999


@dataclass(frozen=True)
class Moment:
    """A point in local time and the moment it is spoken at: "yesterday" needs both."""

    at: dt.datetime
    now: dt.datetime


class Reader(ABC):
    """One language's way of saying things. All methods return words; each raises ValueError where it cannot."""

    DIGITS: tuple[str, ...]

    def __init__(self, country: str) -> None:
        self.country = country

    @abstractmethod
    def cardinal(self, number: int) -> str:
        """A whole number, 0 to MOST, in words."""

    @abstractmethod
    def duration(self, seconds: float) -> str:
        """A length of time, rounded as people do."""

    @abstractmethod
    def time(self, at: dt.time) -> str:
        """A time of day."""

    @abstractmethod
    def day(self, at: dt.date, today: dt.date) -> str:
        """A date seen from today."""

    @abstractmethod
    def when(self, moment: Moment) -> str:
        """A day with its time."""

    @abstractmethod
    def _group(self, digits: str) -> str:
        """One group of a telephone number."""

    PLUS: str

    def digits(self, text: str) -> str:
        """Digits one by one: an extension, a PIN. Other characters are refused."""
        if not text.isascii() or not text.isdigit() or len(text) > 32:
            raise ValueError(f"{text!r} is not 1 to 32 digits")
        return " ".join(self.DIGITS[int(digit)] for digit in text)

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

    def _checked(self, number: int) -> int:
        if not 0 <= number <= MOST:
            raise ValueError(f"{number} is not between 0 and {MOST}")
        return number


_EN_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_EN_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_EN_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_EN_MONTHS = "January February March April May June July August September October November December".split()
_EN_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class English(Reader):
    """English as it is said in North America and Britain."""

    DIGITS = tuple(_EN_SMALL[:10])
    PLUS = "plus"

    def cardinal(self, number: int) -> str:
        self._checked(number)
        if number < 20:
            return _EN_SMALL[number]
        if number < 100:
            tens, ones = divmod(number, 10)
            return _EN_TENS[tens] + (f"-{_EN_SMALL[ones]}" if ones else "")
        size, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
        high, low = divmod(number, size)
        return f"{self.cardinal(high)} {word}" + (f" {self.cardinal(low)}" if low else "")

    def ordinal(self, number: int) -> str:
        """A day of the month: first, second ... thirty-first."""
        head, dash, last = self.cardinal(number).rpartition("-")
        if last not in _EN_ORDINALS:
            last = f"{last[:-1]}ie" if last.endswith("y") else last
        return head + dash + _EN_ORDINALS.get(last, f"{last}th")

    def duration(self, seconds: float) -> str:
        if seconds < 55:
            whole = round(seconds) if seconds < 9.5 else round(seconds / 10) * 10
            about = "about " if seconds >= 9.5 else ""
            return f"{about}{self.cardinal(whole)} second{'' if whole == 1 else 's'}"
        minutes = round(seconds / 60)
        if minutes < 60:
            return "about a minute" if minutes == 1 else f"about {self.cardinal(minutes)} minutes"
        hours, minutes = divmod(minutes, 60)
        said = "about an hour" if hours == 1 else f"about {self.cardinal(hours)} hours"
        return said + (f" and {self.cardinal(minutes)} minute{'' if minutes == 1 else 's'}" if minutes else "")

    def time(self, at: dt.time) -> str:
        hour, minute = at.hour, at.minute
        if minute == 0 and hour in (0, 12):
            return "noon" if hour else "midnight"
        this, following = (_EN_SMALL[(h % 12) or 12] for h in (hour, hour + 1))
        if minute == 0:
            said = f"{this} o'clock"
        elif minute in (15, 30):
            said = f"{'quarter' if minute == 15 else 'half'} past {this}"
        elif minute == 45:
            said = f"quarter to {following}"
        elif minute % 5 == 0:
            said = (
                f"{self.cardinal(minute)} past {this}"
                if minute < 30
                else f"{self.cardinal(60 - minute)} to {following}"
            )
        else:
            said = f"{this} {'oh ' if minute < 10 else ''}{self.cardinal(minute)}"
        if 8 <= hour < 20:  # working hours need no part of the day
            return said
        return f"{said} in the {'morning' if hour < 12 else 'evening'}"

    def day(self, at: dt.date, today: dt.date) -> str:
        distance = (at - today).days
        near = {0: "today", -1: "yesterday", 1: "tomorrow"}
        if distance in near:
            return near[distance]
        if -7 < distance < 0:
            return f"last {_EN_DAYS[at.weekday()]}"
        if 0 < distance < 7:
            return f"on {_EN_DAYS[at.weekday()]}"
        said = f"on {_EN_MONTHS[at.month - 1]} {self.ordinal(at.day)}"
        return said if at.year == today.year else f"{said}, {self._year(at.year)}"

    def _year(self, year: int) -> str:
        high, low = divmod(year, 100)
        if year % 1000 < 10 or low == 0:
            return self.cardinal(year)
        return f"{self.cardinal(high)} {'oh ' if low < 10 else ''}{self.cardinal(low)}"

    def when(self, moment: Moment) -> str:
        return f"{self.day(moment.at.date(), moment.now.date())} at {self.time(moment.at.time())}"

    def _group(self, digits: str) -> str:
        return self.digits(digits)


_FR_SMALL = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
).split()
_FR_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_FR_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_FR_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche".split()
_FR_PAIRS = ("FR",)
"""Countries whose French says telephone numbers by pairs."""


class French(Reader):
    """French as it is said in France and Canada (soixante-dix, quatre-vingt-dix)."""

    DIGITS = tuple(_FR_SMALL[:10])
    PLUS = "plus"

    def cardinal(self, number: int) -> str:
        self._checked(number)
        if number < 20:
            return _FR_SMALL[number]
        if number < 100:
            return self._tens(number)
        size, word = (1000, "mille") if number >= 1000 else (100, "cent")
        high, low = divmod(number, size)
        said = word if high == 1 else f"{self.cardinal(high)} {word}"
        if low:
            return f"{said} {self.cardinal(low)}"
        return f"{said}s" if high > 1 and word == "cent" else said

    def _tens(self, number: int) -> str:
        if number >= 80:
            rest = number - 80
            return f"quatre-vingt-{_FR_SMALL[rest]}" if rest else "quatre-vingts"
        if number >= 70:
            return "soixante et onze" if number == 71 else f"soixante-{_FR_SMALL[number - 60]}"
        tens, ones = divmod(number, 10)
        if ones == 0:
            return _FR_TENS[tens]
        return f"{_FR_TENS[tens]} et un" if ones == 1 else f"{_FR_TENS[tens]}-{_FR_SMALL[ones]}"

    def feminine(self, number: int) -> str:
        """A number before a feminine noun: une, vingt et une."""
        said = self.cardinal(number)
        return said[:-2] + "une" if re.search(r"(?:^|\s|-)un$", said) else said

    def duration(self, seconds: float) -> str:
        if seconds < 55:
            whole = round(seconds) if seconds < 9.5 else round(seconds / 10) * 10
            about = "environ " if seconds >= 9.5 else ""
            return f"{about}{self.feminine(whole)} seconde{'s' if whole > 1 else ''}"
        minutes = round(seconds / 60)
        if minutes < 60:
            return f"environ {self.feminine(minutes)} minute{'s' if minutes > 1 else ''}"
        hours, minutes = divmod(minutes, 60)
        said = f"environ {self.feminine(hours)} heure{'s' if hours > 1 else ''}"
        return said + (f" et {self.feminine(minutes)} minute{'s' if minutes > 1 else ''}" if minutes else "")

    def time(self, at: dt.time) -> str:
        if at.hour in (0, 12):
            said = "midi" if at.hour else "minuit"
        else:
            said = f"{self.feminine(at.hour)} heure{'s' if at.hour > 1 else ''}"
        return f"{said} {self.feminine(at.minute)}" if at.minute else said

    def day(self, at: dt.date, today: dt.date) -> str:
        distance = (at - today).days
        near = {0: "aujourd'hui", -1: "hier", 1: "demain"}
        if distance in near:
            return near[distance]
        if -7 < distance < 0:
            return f"{_FR_DAYS[at.weekday()]} dernier"
        if 0 < distance < 7:
            return f"{_FR_DAYS[at.weekday()]} prochain"
        said = f"le {'premier' if at.day == 1 else self.cardinal(at.day)} {_FR_MONTHS[at.month - 1]}"
        return said if at.year == today.year else f"{said} {self.cardinal(at.year)}"

    def when(self, moment: Moment) -> str:
        return f"{self.day(moment.at.date(), moment.now.date())} à {self.time(moment.at.time())}"

    def _group(self, digits: str) -> str:
        if self.country not in _FR_PAIRS or len(digits) > 2:
            return self.digits(digits)
        zeros = len(digits) - len(digits.lstrip("0"))
        rest = [self.cardinal(int(digits))] if digits.strip("0") else []
        return " ".join(["zéro"] * zeros + rest)


READERS: dict[str, type[Reader]] = {"en": English, "fr": French}
