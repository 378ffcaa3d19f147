"""Time: what was talked, for whom, and what of it is billed. Drafts of calls, reviewed, split, exported, downloaded."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from firmware.control_client import Refused
from firmware.supervisor.rules.time_entries import ACTIVITIES, HOUR_S, WITH_CLIENT, doubts
from firmware.supervisor.store import users
from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.queries_time import (
    SHOWS,
    TimeEntry,
    TimeFilter,
    around,
    each_entry,
    entry_clients,
    list_entries,
    one_entry,
)
from firmware.supervisor.store.time_entries import count_undrafted
from webui import amounts, time_csv
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.formats import plain
from webui.ledes import LedesFault, ledes
from webui.periods import PERIODS
from webui.reply import Reply, see_other
from webui.statement import Heading, statement
from webui.time_filter import ALL, Asked, asked
from webui.time_people import person_name, worked
from webui.visit import Visit

site = Site()

_PER_PAGE = 50
_FAULTS = ("edit_wrong", "split_wrong", "add_wrong", "nothing")
_MOST_HOURS = 24
_MOST_RATE = 100_000


@site.get("/time", access="user")
def show(visit: Visit) -> str:
    return _page(visit)


@site.get("/time/now", access="user", quiet=True)
def now(visit: Visit) -> str:
    """The same, fetched by a page that stands open: no use of the session."""
    return _page(visit)


def _page(visit: Visit) -> str:
    ask = asked(visit.query, visit)
    number = visit.query.whole("page", 1, 1, 10_000_000)
    page, totals = list_entries(visit.db, ask.wanted, page=number, per_page=_PER_PAGE)
    of, since_ms, until_ms = ask.wanted.mailbox, ask.wanted.since_ms, ask.wanted.until_ms
    return visit.page(
        "time",
        ask=ask,
        page=page,
        totals=totals,
        doubtful=_doubtful(visit, page.rows),
        undrafted=0 if ask.export else count_undrafted(visit.db, of, since_ms, until_ms),
        periods=PERIODS,
        shows=(*SHOWS, ALL),
        activities=ACTIVITIES,
        usual_activity=WITH_CLIENT,
        clients=[client for client in entry_clients(visit.db, of) if client == plain(client, 80)],
        people=[user for user in users.everybody(visit.db) if of in (None, user.mailbox)],
        currency=str(visit.setting("billing.currency")),
        person=person_name,
        hours=lambda billed_s: amounts.hours(billed_s, visit.t),
        money=lambda cents: amounts.money(cents, visit.t),
        fault=visit.query.choice("fault", _FAULTS),
        removed=visit.query.whole("removed", 0, 0, 10**11),
        back=with_query("/time", **ask.query, page=page.number),
        now=with_query("/time/now", **ask.query, page=page.number),
        address=lambda **change: with_query("/time", **{**ask.query, **change}),
        file=lambda name: with_query(name, **ask.query),
    )


def _doubtful(visit: Visit, rows: list[TimeEntry]) -> dict[int, list[str]]:
    """What looks wrong with the entries shown, beside all that lies about them."""
    if not rows:
        return {}
    period = TimeFilter(visit.log_of, rows[0].started_ms, rows[-1].started_ms + 1)
    found = doubts(worked(entry) for entry in around(visit.db, period))
    return {entry: sorted(why) for entry, why in found.items()}


@site.post("/time/draft", access="user")
def draft(visit: Visit) -> Reply:
    ask = asked(visit.form, visit)
    visit.ask("time.draft", since_ms=ask.wanted.since_ms, until_ms=ask.wanted.until_ms)
    return see_other(with_query("/time", **ask.query))


@site.post("/time/export", access="user")
def export(visit: Visit) -> Reply:
    ask = asked(visit.form, visit)
    wanted = {"since_ms": ask.wanted.since_ms, "until_ms": ask.wanted.until_ms, "client": ask.client}
    try:
        made = visit.ask("time.export", **wanted, **({"user": ask.user} if ask.user else {}))
    except Refused as refused:
        if refused.code != "conflict":
            raise
        return see_other(with_query("/time", **ask.query, fault="nothing"))
    return see_other(f"/time?export={int(made['export'])}")


@site.post("/time/add", access="user")
def add(visit: Visit) -> Reply:
    """A call that the box did not carry."""
    try:
        begun = datetime.datetime.fromisoformat(f"{visit.form.text('day', 10)}T{visit.form.text('at', 5)}")
    except ValueError:
        return _back(visit, "add_wrong")
    minutes = visit.form.whole("minutes", 0, 0, _MOST_HOURS * 60)
    if not (minutes and 1971 <= begun.year <= 9000):
        return _back(visit, "add_wrong")
    then = begun.astimezone() if begun.tzinfo is None else begun
    offset = then.utcoffset() or datetime.timedelta()
    texts = {name: visit.form.text(name, longest) for name, longest in _TEXTS.items()}
    visit.ask(
        "time.add",
        started_ms=int(then.timestamp() * 1000),
        utc_offset_min=int(offset.total_seconds() // 60),
        worked_s=minutes * 60,
        name=visit.form.text("name", 120),
        number=visit.form.text("number", 40),
        activity=visit.form.choice("activity", ACTIVITIES, WITH_CLIENT),
        **texts,
    )
    return _back(visit)


_TEXTS = {"client": 80, "matter": 200, "note": 500}


@site.post("/time/<number>/edit", access="user")
def edit(visit: Visit, number: str) -> Reply:
    entry = _mine(visit, number)
    hours, rate = _number(visit.form.text("hours", 12)), _number(visit.form.text("rate", 12))
    if hours is None or rate is None or hours > _MOST_HOURS or rate > _MOST_RATE:
        return _back(visit, "edit_wrong")
    texts = {name: visit.form.text(name, longest) for name, longest in _TEXTS.items()}
    visit.ask(
        "time.edit",
        id=entry.id,
        activity=visit.form.choice("activity", ACTIVITIES, entry.activity),
        billed_s=round(hours * HOUR_S),
        rate_cents=round(rate * 100),
        billable=visit.form.given("billable"),
        **texts,
    )
    return _back(visit)


@site.post("/time/<number>/split", access="user")
def split(visit: Visit, number: str) -> Reply:
    """Over several matters, a line each: weight; client; matter."""
    entry = _mine(visit, number)
    shares = [_share(line) for line in visit.form.lines("parts").splitlines() if line.strip()]
    if len(shares) < 2 or None in shares:
        return _back(visit, "split_wrong")
    visit.ask("time.split", id=entry.id, shares=shares)
    return _back(visit)


@site.post("/time/<number>/remove", access="user")
def remove(visit: Visit, number: str) -> Reply:
    entry = _mine(visit, number)
    visit.ask("time.remove", id=entry.id)
    return see_other(with_query(visit.form.text("back", 600) or "/time", removed=entry.id))


@site.post("/time/<number>/restore", access="user")
def restore(visit: Visit, number: str) -> Reply:
    visit.ask("time.restore", id=_mine(visit, number).id)
    return _back(visit)


@site.post("/time/<number>/reopen", access="user")
def reopen(visit: Visit, number: str) -> Reply:
    visit.ask("time.reopen", id=_mine(visit, number).id)
    return _back(visit)


@site.get("/time.csv", access="user")
def csv(visit: Visit) -> Reply:
    return _csv(visit, "time.csv", time_csv.COLUMNS)


@site.get("/time-clio.csv", access="user")
def clio(visit: Visit) -> Reply:
    return _csv(visit, "time-clio.csv", time_csv.CLIO)


@site.get("/time-ledes.txt", access="user")
def ledes_file(visit: Visit) -> Reply:
    """Of one export alone: an invoice keeps its number."""
    ask = asked(visit.query, visit)
    if not ask.export:
        return see_other("/time")
    firm = str(visit.setting("billing.firm_id"))
    try:
        made = ledes(each_entry(visit.db, ask.wanted), firm, ask.export, visit.now.date())
    except LedesFault as fault:
        return visit.problem(409, visit.t("entries.ledes_fault"), visit.t("entries.ledes_remedy"), str(fault))
    return _file(visit, ask, f"ledes {ask.export}.txt", "text/plain; charset=us-ascii", [made])


@site.get("/time.pdf", access="user")
def statement_file(visit: Visit) -> Reply:
    """Of one client, in the reader's language."""
    ask = asked(visit.query, visit)
    if not ask.client:
        return see_other("/time")
    last = ask.period.end - datetime.timedelta(days=1) if ask.period.end else None
    first = None if ask.export else ask.period.first
    firm, currency = (str(visit.setting(key)) for key in ("billing.firm", "billing.currency"))
    heading = Heading(firm, ask.client, first, last, visit.now.date(), currency, visit.web.country)
    made = statement(each_entry(visit.db, ask.wanted), heading, visit.t)
    return _file(visit, ask, "statement.pdf", "application/pdf", [made])


def _csv(visit: Visit, name: str, columns: time_csv.Columns) -> Reply:
    ask = asked(visit.query, visit)
    return _file(visit, ask, name, "text/csv; charset=utf-8; header=present", _rows(visit, ask, columns))


def _rows(visit: Visit, ask: Asked, columns: time_csv.Columns) -> Iterator[bytes]:
    """From a snapshot of its own, since the rows leave after the visit has been closed."""
    with visit.web.box.reading(visit.running) as db:
        yield b"".join(time_csv.rows(columns, each_entry(db, ask.wanted)))


def _file(visit: Visit, ask: Asked, name: str, kind: str, body: Iterator[bytes] | list[bytes]) -> Reply:
    visit.note("download", name, **{field: value for field, value in ask.query.items() if value})
    dated = f"{visit.now:%Y-%m-%d} {name}"
    return Reply(body, headers=[("Content-Type", kind), ("Content-Disposition", f'attachment; filename="{dated}"')])


def _mine(visit: Visit, number: str) -> TimeEntry:
    """An entry that this user may see. Raises ``NotFound``."""
    entry = one_entry(visit.db, number_in(number))
    if entry is None or not visit.may("time.see", entry.mailbox):
        raise NotFound(number)
    return entry


def _back(visit: Visit, fault: str = "") -> Reply:
    return see_other(with_query(visit.form.text("back", 600) or "/time", fault=fault))


def _number(text: str) -> Decimal | None:
    """A number from 0 with a point or a comma; None for anything else."""
    try:
        value = Decimal(text.replace(",", ".").replace(" ", "") or "0")
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def _share(line: str) -> dict[str, str | int] | None:
    weight, client, matter = (f"{line};;".split(";")[n].strip() for n in range(3))
    if not (weight.isascii() and weight.isdigit() and 0 < int(weight[:9]) <= 1000):
        return None
    return {"share": int(weight), "client": client[:80], "matter": matter[:200]}
