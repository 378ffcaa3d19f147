"""What the office is doing when: hours of the week, events, days that come again; each against another reckoning."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from dateutil import rrule  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.recurrence import Every, Recurrence
from firmware.supervisor.rules.schedule import Event, Hours, Schedule, status_at

QUARTERS = st.tuples(st.integers(0, 23), st.sampled_from((0, 15, 30, 45))).map(lambda at: time(*at))
HOURS = st.builds(Hours, st.just("working"), st.frozensets(st.integers(0, 6), min_size=1), QUARTERS, QUARTERS)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))
FIRST = date(2024, 1, 1)
WEEK = [datetime(2026, 3, 2) + timedelta(minutes=15 * n) for n in range(7 * 24 * 4)]


@given(HOURS, MOMENTS)
def test_hours_hold_from_their_beginning_to_their_end_on_each_of_their_days(hours: Hours, at: datetime) -> None:
    def covers(day: date) -> bool:
        begins, ends = datetime.combine(day, hours.begins), datetime.combine(day, hours.ends)
        if ends <= begins:
            ends += timedelta(days=1)
        return day.weekday() in hours.days and begins <= at < ends

    assert hours.holds(at) == (covers(at.date()) or covers(at.date() - timedelta(days=1)))


@given(HOURS, HOURS)
def test_hours_overlap_where_some_quarter_of_the_week_lies_in_both(one: Hours, other: Hours) -> None:
    assert one.overlaps(other) == any(one.holds(at) and other.holds(at) for at in WEEK)


@given(
    st.sampled_from(("day", "weekday", "week", "month", "year")),
    st.booleans(),
    st.dates(FIRST, date(2024, 12, 31)),
)
def test_days_come_again_as_dateutil_reckons_them(every: Every, by_weekday: bool, first: date) -> None:
    place = rrule.weekdays[first.weekday()]((first.day - 1) // 7 + 1) if by_weekday else None
    of_month = {"byweekday": place} if by_weekday else {"bymonthday": first.day}
    if not by_weekday and first.day > 28:
        of_month = {"bymonthday": list(range(28, first.day + 1)), "bysetpos": -1}  # else the month's last day
    forms = {
        "day": {"freq": rrule.DAILY},
        "weekday": {"freq": rrule.DAILY, "byweekday": rrule.weekdays[:5]},
        "week": {"freq": rrule.WEEKLY},
        "month": {"freq": rrule.MONTHLY, **of_month},
        "year": {"freq": rrule.YEARLY, "bymonth": first.month, **of_month},
    }
    begin = datetime.combine(first, time())
    recurs, days = Recurrence(first, every, by_weekday), range(1500)
    reckoned = rrule.rrule(dtstart=begin, until=begin + timedelta(days=days[-1]), **forms[every])
    assert [first + timedelta(days=n) for n in days if recurs.on(first + timedelta(days=n))] == [
        moment.date() for moment in reckoned
    ]


@pytest.mark.parametrize(
    ("first", "by_weekday", "days"),
    [
        ("2024-02-29", False, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"]),
        ("2024-09-16", True, ["2024-09-16", "2025-09-15", "2026-09-21", "2027-09-20"]),
    ],
)
def test_what_comes_each_year_comes_once_a_year(first: str, by_weekday: bool, days: list[str]) -> None:
    yearly = Recurrence(date.fromisoformat(first), "year", by_weekday)
    walked = (date(2024, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1))
    assert [day.isoformat() for day in walked if yearly.on(day)] == days


def test_a_recurrence_begins_ends_and_leaves_days_out() -> None:
    weekly = Recurrence(date(2026, 3, 2), "week", last=date(2026, 3, 23), but_not=frozenset({date(2026, 3, 16)}))
    on = [day for n in range(-14, 60) if weekly.on(day := date(2026, 3, 2) + timedelta(days=n))]
    assert on == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 23)]


@given(
    st.builds(
        Recurrence, st.dates(FIRST, date(2026, 12, 31)), st.sampled_from(("once", "day", "week", "month", "year"))
    ),
    QUARTERS,
    st.integers(1, 744),
    MOMENTS,
)
def test_an_event_holds_while_some_occurrence_lasts_and_only_where_it_comes(
    recurs: Recurrence, begins: time, hours: int, at: datetime
) -> None:
    event = Event("Trip", "trip", recurs, begins, timedelta(hours=hours))
    began = [datetime.combine(at.date() - timedelta(days=back), begins) for back in range(40)]
    held = any(recurs.on(begin.date()) and begin <= at < begin + event.lasts for begin in began)
    assert event.holds(at) == held
    assert event.comes(at.date(), 1) or not held


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (datetime(2026, 12, 23, 12, 0), "working"),
        (datetime(2026, 12, 24, 12, 0), "vacation"),
        (datetime(2026, 12, 25, 12, 0), "after hours"),  # the shorter event counts
        (datetime(2026, 12, 26, 0, 0), "vacation"),
        (datetime(2027, 1, 2, 12, 0), "weekend"),
        (datetime(2027, 12, 25, 12, 0), "after hours"),  # every year
        (datetime(2026, 12, 22, 8, 59), "after hours"),
        (datetime(2026, 12, 22, 17, 0), "after hours"),
        (datetime(2026, 12, 20, 12, 0), "weekend"),
    ],
)
def test_an_event_comes_before_the_week_and_the_shorter_before_the_longer(at: datetime, status: str) -> None:
    week = Hours("working", frozenset(range(5)), time(9), time(17))
    christmas = Event("Christmas", "after hours", Recurrence(date(2026, 12, 25), "year"), time(), timedelta(days=1))
    holidays = Event("Holidays", "vacation", Recurrence(date(2026, 12, 24)), time(12), timedelta(days=8))
    assert status_at(at, Schedule(events=(holidays, christmas), week=(week,)))[0] == status


def test_an_event_that_lasts_over_midnight_holds_on_the_day_after() -> None:
    inventory = Event("Inventory", "unavailable", Recurrence(date(2026, 3, 1), "month"), time(22), timedelta(hours=36))
    held = [at for n in range(14 * 24) if inventory.holds(at := datetime(2026, 4, 25) + timedelta(hours=n))]
    assert (held[0], held[-1], len(held)) == (datetime(2026, 5, 1, 22), datetime(2026, 5, 3, 9), 36)
