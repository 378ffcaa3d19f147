"""A period as a reader asks for it: by name, or from one day to another."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from webui.fields import Fields

PERIODS = ("all", "today", "yesterday", "week", "month", "last_month", "dates")


@dataclass(frozen=True)
class Period:
    """``since`` and ``until``: the dates as typed; ``first`` day and ``end``, the day after the last; None: open.

    ``since_ms``, ``until_ms``: the same as milliseconds since 1970 UTC, midnights of the office.
    """

    name: str
    since: str
    until: str
    first: datetime.date | None
    end: datetime.date | None
    since_ms: int | None
    until_ms: int | None


def asked_period(query: Fields, now: datetime.datetime, otherwise: str = "all") -> Period:
    """Reads the fields ``period``, ``since`` and ``until``; a name that is none counts as ``otherwise``."""
    name = query.choice("period", PERIODS, otherwise)
    since, until = _date(query.text("since", 10)), _date(query.text("until", 10))
    if since or until:
        name = "dates"  # a date that is filled in counts, whatever stands beside it
    first, end = _bounds(name, since, until, now)
    return Period(
        name,
        since.isoformat() if since else "",
        until.isoformat() if until else "",
        first,
        end,
        None if first is None else midnight_ms(first, now),
        None if end is None else midnight_ms(end, now),
    )


def _bounds(
    period: str, since: datetime.date | None, until: datetime.date | None, now: datetime.datetime
) -> tuple[datetime.date | None, datetime.date | None]:
    """First day, and the day after the last."""
    today, one = now.date(), datetime.timedelta(days=1)
    month = today.replace(day=1)
    if period == "today":
        return today, None
    if period == "yesterday":
        return today - one, today
    if period == "week":
        return today - 6 * one, None
    if period == "month":
        return month, None
    if period == "last_month":
        return (month - one).replace(day=1), month
    if period == "dates":
        return since, until + one if until else None
    return None, None


def midnight_ms(day: datetime.date, now: datetime.datetime) -> int:
    """The beginning of a day of the office, milliseconds since 1970 UTC; ``now``: of its zone."""
    return int(datetime.datetime.combine(day, datetime.time(), now.tzinfo).timestamp() * 1000)


def _date(text: str) -> datetime.date | None:
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1971 <= found.year <= 9000 else None
