"""What an office is doing at a moment: what a person has set, else an event (a holiday, a trip), else the week.

Times are those of the office's wall clock: a day's nine o'clock is nine o'clock in summer and in winter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.rules.recurrence import Recurrence
from firmware.supervisor.rules.statuses import Set

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_EVENT_H = 366 * 24
LONGEST_AGAIN_H = 31 * 24  # of one that comes again
WEEK_MIN = 7 * 24 * 60


@dataclass(frozen=True)
class Hours:
    """A part of the week in which the office has ``status``: on ``days`` (0 is Monday) from ``begins`` to ``ends``.

    Where ``ends`` is not after ``begins`` it ends on the day after.
    """

    status: str
    days: frozenset[int]
    begins: time
    ends: time

    def spans(self) -> list[tuple[int, int]]:
        """Each of its days as minutes since Monday 00:00, [begin, end); an end may lie in the week after."""
        begin, end = (moment.hour * 60 + moment.minute for moment in (self.begins, self.ends))
        length = end - begin if end > begin else end - begin + 24 * 60
        return [(day * 24 * 60 + begin, day * 24 * 60 + begin + length) for day in sorted(self.days)]

    def holds(self, at: datetime) -> bool:
        """Whether the wall clock's ``at`` lies in it."""
        minute = (at.weekday() * 24 + at.hour) * 60 + at.minute
        return any(begin <= minute < end or minute < end - WEEK_MIN for begin, end in self.spans())

    def overlaps(self, other: Hours) -> bool:
        """Whether some minute of the week lies in both."""
        return any(
            max(begin + shift, there) < min(end + shift, there_end)
            for begin, end in self.spans()
            for there, there_end in other.spans()
            for shift in (-WEEK_MIN, 0, WEEK_MIN)
        )


@dataclass(frozen=True)
class Event:
    """A stretch of days in which the office has ``status``: it begins at ``begins`` on each day of ``recurs``."""

    name: str
    status: str
    recurs: Recurrence
    begins: time
    lasts: timedelta

    def holds(self, at: datetime) -> bool:
        """Whether the wall clock's ``at`` lies in one of its occurrences."""
        begun = (datetime.combine(day, self.begins) for day in self._begins(at.date(), 1))
        return any(begins <= at < begins + self.lasts for begins in begun)

    def comes(self, day: date, days: int) -> bool:
        """Whether it may hold on any of so many days from ``day`` on."""
        return any(True for _ in self._begins(day, days))

    def _begins(self, day: date, days: int) -> Iterator[date]:
        """The days on which it begins and from which it may reach into ``days`` days from ``day`` on."""
        earliest = max(day.toordinal() - self.lasts.days - 1, self.recurs.first.toordinal())
        for number in range(earliest, day.toordinal() + days):
            if self.recurs.on(date.fromordinal(number)):
                yield date.fromordinal(number)


@dataclass(frozen=True)
class Schedule:
    """All that says what an office is doing. ``set_by_person`` None: nobody has set anything."""

    set_by_person: Set | None = None
    events: Sequence[Event] = ()
    week: Sequence[Hours] = ()


def status_at(at: datetime, schedule: Schedule) -> tuple[str, Reason]:
    """The status at ``at``, wall clock without zone, and why. Of several events the shortest counts."""
    by_person = schedule.set_by_person
    if by_person is not None and by_person.holds(at):
        until = by_person.until.isoformat(timespec="minutes") if by_person.until else ""
        return by_person.status, because("status.set", status=by_person.status, until=until)
    events = [event for event in schedule.events if event.holds(at)]
    if events:
        event = min(events, key=lambda event: (event.lasts, event.name, event.status))
        return event.status, because("status.event", status=event.status, event=event.name)
    for hours in schedule.week:
        if hours.holds(at):
            days = " ".join(DAYS[day] for day in sorted(hours.days))
            begins, ends = hours.begins.isoformat("minutes"), hours.ends.isoformat("minutes")
            return hours.status, because("status.week", status=hours.status, days=days, begins=begins, ends=ends)
    if not schedule.week:
        return "working", because("status.no_week", status="working")
    worked = {begin // (24 * 60) for hours in schedule.week for begin, _ in hours.spans()}
    status = "after hours" if at.weekday() in worked else "weekend"
    return status, because("status.outside", status=status)
