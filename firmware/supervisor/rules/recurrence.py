"""On which days something comes again: once, daily, on weekdays, weekly, monthly or yearly.

What falls on a day that a month lacks comes on that month's last day: the 31st in April is the 30th, February 29 in a
common year the 28th. ``by_weekday`` counts weekdays instead: the first Monday of September, every September.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

Every = Literal["once", "day", "weekday", "week", "month", "year"]
EVERY: tuple[Every, ...] = get_args(Every)


@dataclass(frozen=True)
class Recurrence:
    """From day ``first`` on, until ``last`` (None: for ever), but not on the days ``but_not``."""

    first: date
    every: Every = "once"
    by_weekday: bool = False
    last: date | None = None
    but_not: frozenset[date] = frozenset()

    def on(self, day: date) -> bool:
        """Whether it comes on ``day``."""
        if day < self.first or (self.last is not None and day > self.last) or day in self.but_not:
            return False
        match self.every:
            case "once":
                return day == self.first
            case "day":
                return True
            case "weekday":
                return day.weekday() < 5
            case "week":
                return day.weekday() == self.first.weekday()
            case "month":
                return self._same_place(day)
            case "year":
                return day.month == self.first.month and self._same_place(day)

    def _same_place(self, day: date) -> bool:
        if self.by_weekday:
            return day.weekday() == self.first.weekday() and (day.day - 1) // 7 == (self.first.day - 1) // 7
        return day.day == min(self.first.day, calendar.monthrange(day.year, day.month)[1])


def next_time(keys: str, now: datetime) -> datetime | None:
    """The next moment at which it is the time of day that ``keys`` say ("1430"); None where they say none."""
    hours, minutes = keys[:2], keys[2:]
    if len(keys) != 4 or not keys.isdigit() or int(hours) > 23 or int(minutes) > 59:
        return None
    at = now.replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)
