"""English as it is said in North America and Britain."""

from __future__ import annotations

import datetime as dt

from firmware.supervisor.prompts.reader import Reader, Unit

_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_MONTHS = "January February March April May June July August September October November December".split()


class English(Reader):
    """Words and rules of English."""

    SMALL = tuple(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
    THOUSAND = "thousand"
    HUNDRED = "hundred"
    PLUS = "plus"
    ABOUT = "about"
    AND = "and"
    NEAR = {0: "today", -1: "yesterday", 1: "tomorrow"}  # noqa: RUF012
    DAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
    LAST = "last {day}"
    NEXT = "on {day}"
    AT = "at"

    def _tens(self, number: int) -> str:
        tens, ones = divmod(number, 10)
        return f"{_TENS[tens]}-{self.SMALL[ones]}" if ones else _TENS[tens]

    def ordinal(self, number: int) -> str:
        """A day of the month: first, second ... thirty-first."""
        head, dash, last = self.cardinal(number).rpartition("-")
        if last not in _ORDINALS:
            last = f"{last[:-1]}ie" if last.endswith("y") else last
        return head + dash + _ORDINALS.get(last, f"{last}th")

    def _amount(self, count: int, unit: Unit) -> str:
        return f"{self.cardinal(count)} {unit}{'' if count == 1 else 's'}"

    def _some(self, count: int, unit: Unit) -> str:
        if count == 1:
            return f"{'an' if unit == 'hour' else 'a'} {unit}"
        return self._amount(count, unit)

    def time(self, at: dt.time) -> str:
        if at.minute == 0 and at.hour in (0, 12):
            return "noon" if at.hour else "midnight"
        said = self._clock(at.hour, at.minute)
        if 8 <= at.hour < 20:  # working hours need no part of the day
            return said
        return f"{said} in the {'morning' if at.hour < 12 else 'evening'}"

    def _clock(self, hour: int, minute: int) -> str:
        this, following = (self.SMALL[(h % 12) or 12] for h in (hour, hour + 1))
        if minute == 0:
            return f"{this} o'clock"
        if minute in (15, 30):
            return f"{'quarter' if minute == 15 else 'half'} past {this}"
        if minute == 45:
            return f"quarter to {following}"
        if minute % 5:
            return f"{this} {'oh ' if minute < 10 else ''}{self.cardinal(minute)}"
        if minute < 30:
            return f"{self.cardinal(minute)} past {this}"
        return f"{self.cardinal(60 - minute)} to {following}"

    def _date(self, at: dt.date, *, with_year: bool) -> str:
        said = f"on {_MONTHS[at.month - 1]} {self.ordinal(at.day)}"
        return f"{said}, {self._year(at.year)}" if with_year else said

    def _year(self, year: int) -> str:
        high, low = divmod(year, 100)
        if year % 1000 < 10 or low == 0:
            return self.cardinal(year)
        return f"{self.cardinal(high)} {'oh ' if low < 10 else ''}{self.cardinal(low)}"
