"""Home: what is going on now, what did I miss, what will happen to the next call.

The parts that change by themselves have addresses of their own (`/home/...`, quiet), which the page fetches when the
stream tells of something.
"""

from __future__ import annotations

import datetime
from typing import Any

from firmware.supervisor.rules.schedule import status_at
from firmware.supervisor.settings.answering import office_of
from firmware.supervisor.store.mailbox import FAXES
from firmware.supervisor.store.queries_calls import CallFilter, each_call
from firmware.supervisor.store.queries_home import home as stored_home
from firmware.supervisor.store.queries_home import missed_callers
from webui.access import Site
from webui.attention import missed_since_ms
from webui.live_state import live_state
from webui.outlines import outline_of
from webui.pictures import hours
from webui.visit import Visit

site = Site()


@site.get("/", access="user")
def show(visit: Visit) -> str:
    return page(visit)


@site.get("/home/now", access="user", quiet=True)
def now(visit: Visit) -> str:
    return visit.page("home_now", live=live_state(visit))


@site.get("/home/messages", access="user", quiet=True)
def messages(visit: Visit) -> str:
    return visit.page("home_messages", **_stored(visit))


@site.get("/home/day", access="user", quiet=True)
def day(visit: Visit) -> str:
    return visit.page("home_day", **_stored(visit))


def page(visit: Visit, demo_sentence: str = "", demo_answer: str = "") -> str:
    """The whole page; after a demo sentence with the board's answer."""
    return visit.page(
        "home",
        live=live_state(visit),
        office=status_at(visit.now.replace(tzinfo=None), office_of(visit.db, visit.stored).schedule),
        done=visit.query.whole("done", 0, 0, 2**53),
        dialling=visit.query.choice("dialling", visit.handsets),
        demo=visit.web.board is not None,
        demo_sentence=demo_sentence,
        demo_answer=demo_answer,
        **_stored(visit),
    )


def _stored(visit: Visit) -> dict[str, Any]:
    midnight = visit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    counts = [0] * 24
    for call in each_call(visit.db, CallFilter(mailbox=visit.log_of, since_ms=_ms(midnight))):
        begun = datetime.datetime.fromtimestamp(call.started_ms / 1000, midnight.tzinfo)
        counts[begun.hour] += 1
    today = stored_home(visit.db, mailbox=visit.me.mailbox, since_ms=_ms(midnight))
    return {
        "today": today,
        "new_faxes": FAXES.count_new(visit.db, visit.me.mailbox),
        "hours": hours(counts, visit.now.hour, visit.t),
        "missed": missed_callers(visit.db, visit.me.mailbox, missed_since_ms(visit.now)),
        "outline": lambda message: outline_of(visit.web.box.recordings, message.path),
    }


def _ms(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)
