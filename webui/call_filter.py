"""The filter of the Calls page: one set of query fields for the list, its links and the CSV."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.supervisor.store.queries_calls import SORTS, CallFilter
from webui.fields import Fields

if TYPE_CHECKING:
    from webui.visit import Visit

PERIODS = ("all", "today", "yesterday", "week", "month", "last_month", "dates")
DIRECTIONS = ("in", "out", "internal")
OUTCOMES = (
    "connected",
    "message",
    "no message",
    "missed",
    "busy",
    "no answer",
    "failed",
    "cancelled",
    "blocked",
    "interrupted",
    "fax",
    "going on",
)


@dataclass(frozen=True)
class Asked:
    """What the reader asked for, as typed, and the store's filter made of it."""

    period: str
    since: str
    until: str
    direction: str
    outcome: str
    line: str
    client: str
    number: str
    contact: int
    search: str
    sort: str
    descending: bool
    wanted: CallFilter

    @property
    def query(self) -> dict[str, str]:
        """The fields for a link that keeps this filter."""
        return {
            "period": "" if self.period == "all" else self.period,
            "since": self.since if self.period == "dates" else "",
            "until": self.until if self.period == "dates" else "",
            "direction": self.direction,
            "outcome": self.outcome,
            "line": self.line,
            "client": self.client,
            "number": self.number,
            "contact": str(self.contact or ""),
            "q": self.search,
            "sort": "" if (self.sort, self.descending) == ("started", True) else self.sort,
            "way": "" if self.descending else "up",
        }

    @property
    def narrowed(self) -> bool:
        """Whether anything but everything is asked for."""
        return any(value for name, value in self.query.items() if name not in ("sort", "way"))


def asked(query: Fields, visit: Visit) -> Asked:
    """Reads the filter; whatever is not one of the choices counts as not asked for."""
    period = query.choice("period", PERIODS, "all")
    since, until = _date(query.text("since", 10)), _date(query.text("until", 10))
    if since or until:
        period = "dates"  # a date that is filled in counts, whatever stands beside it
    begin, end = _bounds(period, since, until, visit.now)
    direction = query.choice("direction", DIRECTIONS)
    outcome = query.choice("outcome", OUTCOMES)
    line = query.choice("line", visit.lines)
    client = query.text("client", 200)
    number = query.text("number", 20)
    contact = query.whole("contact", 0, 0, 2**53)
    search = query.text("q", 80)
    return Asked(
        period=period,
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        direction=direction,
        outcome=outcome,
        line=line,
        client=client,
        number=number,
        contact=contact,
        search=search,
        sort=query.choice("sort", tuple(SORTS), "started"),
        descending=query.choice("way", ("up",)) != "up",
        wanted=CallFilter(
            mailbox=visit.log_of,
            since_ms=_midnight_ms(begin, visit.now),
            until_ms=_midnight_ms(end, visit.now),
            direction=direction,
            outcome=outcome,
            line=line,
            client=client,
            number=number,
            contact=contact or None,
            search=search,
        ),
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


def _midnight_ms(day: datetime.date | None, now: datetime.datetime) -> int | None:
    if day is None:
        return None
    return int(datetime.datetime.combine(day, datetime.time(), now.tzinfo).timestamp() * 1000)


def _date(text: str) -> datetime.date | None:
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1971 <= found.year <= 9000 else None
