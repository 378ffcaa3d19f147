"""The filter of the Calls page: one set of query fields for the list, its links and the CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.supervisor.store.queries_calls import SORTS, CallFilter
from webui.fields import Fields
from webui.periods import asked_period

if TYPE_CHECKING:
    from webui.visit import Visit

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
    period = asked_period(query, visit.now)
    direction = query.choice("direction", DIRECTIONS)
    outcome = query.choice("outcome", OUTCOMES)
    line = query.choice("line", visit.lines)
    client = query.text("client", 200)
    number = query.text("number", 20)
    contact = query.whole("contact", 0, 0, 2**53)
    search = query.text("q", 80)
    return Asked(
        period=period.name,
        since=period.since,
        until=period.until,
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
            since_ms=period.since_ms,
            until_ms=period.until_ms,
            direction=direction,
            outcome=outcome,
            line=line,
            client=client,
            number=number,
            contact=contact or None,
            search=search,
        ),
    )
