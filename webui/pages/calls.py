"""Calls: who called, whom did we call, how long. Filter, search, sort, paging, totals, client and matter, CSV."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.control_client import Refused
from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.queries_calls import clients as known_clients
from firmware.supervisor.store.queries_calls import each_call, list_calls, messages_of
from firmware.supervisor.store.queries_contacts import one_contact
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.call_csv import HEADER_ROW, row_of
from webui.call_filter import DIRECTIONS, OUTCOMES, Asked, asked
from webui.formats import plain
from webui.pages.messages import my_message
from webui.periods import PERIODS
from webui.reply import Reply, see_other
from webui.visit import Visit

site = Site()

_PER_PAGE = 50


@site.get("/calls", access="user")
def show(visit: Visit) -> str:
    return _page(visit)


@site.get("/calls/now", access="user", quiet=True)
def now(visit: Visit) -> str:
    """The same, fetched by a page that stands open: no use of the session."""
    return _page(visit)


def _page(visit: Visit) -> str:
    ask = asked(visit.query, visit)
    page, totals = list_calls(
        visit.db,
        ask.wanted,
        sort=ask.sort,
        descending=ask.descending,
        page=visit.query.whole("page", 1, 1, 10_000_000),
        per_page=_PER_PAGE,
    )
    return visit.page(
        "calls",
        ask=ask,
        page=page,
        totals=totals,
        periods=PERIODS,
        directions=DIRECTIONS,
        outcomes=OUTCOMES,
        lines=visit.lines,
        clients=[client for client in known_clients(visit.db, visit.log_of) if client == plain(client, 200)],
        back=with_query("/calls", **ask.query, page=page.number),
        now=with_query("/calls/now", **ask.query, page=page.number),
        heard_in=messages_of(visit.db, [call.id for call in page.rows if visit.may("messages.hear", call.mailbox)]),
        saved=visit.web.filters.of(visit.me.id),
        query=with_query("", **ask.query).removeprefix("?"),
        asked_contact=_contact_name(visit, ask.contact),
        address=lambda **change: with_query("/calls", **{**ask.query, **change}),
        csv_address=with_query("/calls.csv", **ask.query),
    )


def _contact_name(visit: Visit, contact: int) -> str:
    known = one_contact(visit.db, contact) if contact else None
    return plain(known.name) if known is not None and visit.may("contacts.see", known.mailbox) else ""


@site.post("/calls/filters", access="user")
def keep_filter(visit: Visit) -> Reply:
    """Gives what is filtered a name."""
    name, query = visit.form.text("name", 40), visit.form.text("query", 600)
    if name and query:
        visit.web.filters.keep(visit.me.id, name, query)
    return see_other(f"/calls?{query}" if query else "/calls")


@site.post("/calls/filters/<number:re:[0-9]+>/forget", access="user")
def forget_filter(visit: Visit, number: str) -> Reply:
    if not visit.web.filters.forget(visit.me.id, number_in(number)):
        raise NotFound(f"filter {number}")
    return see_other("/calls")


@site.get("/calls.csv", access="user")
def csv(visit: Visit) -> Reply:
    ask = asked(visit.query, visit)
    visit.note("download", "calls.csv", **{name: value for name, value in ask.query.items() if value})
    name = f"calls {visit.now:%Y-%m-%d %H.%M}.csv"
    return Reply(
        _csv(visit, ask),
        headers=[
            ("Content-Type", "text/csv; charset=utf-8; header=present"),
            ("Content-Disposition", f'attachment; filename="{name}"'),
        ],
    )


@site.post("/calls/<number>/annotate", access="user")
def annotate(visit: Visit, number: str) -> Reply:
    visit.ask(
        "calls.annotate",
        id=number_in(number),
        client=visit.form.text("client", 200),
        matter=visit.form.text("matter", 200),
    )
    return see_other(visit.form.text("back", 600) or "/calls")


@site.post("/calls/<number>/done", access="user")
def done(visit: Visit, number: str) -> Reply:
    """A missed caller needs nothing more, or does after all."""
    call, is_done = number_in(number), not visit.form.given("again")
    visit.ask("calls.done", id=call, done=is_done)
    return see_other(with_query(visit.form.text("back", 300) or "/", done=call if is_done else ""))


@site.post("/calls/<number>/hang-up", access="user")
def hang_up(visit: Visit, number: str) -> Reply:
    call = number_in(number)
    try:
        visit.ask("calls.hang_up", id=call)
    except Refused as refused:
        if refused.code != "conflict":
            raise
        return see_other(f"/calls/{call}?ended=1")
    return see_other("/")


@site.post("/dial", access="user")
def dial(visit: Visit) -> Reply:
    """Rings a handset of the office; once it is lifted the box dials."""
    handset = visit.form.choice("handset", visit.handsets, visit.handsets[0])
    message = visit.form.whole("message", 0, 0, 2**53)
    of = {"message": my_message(visit, str(message)).id} if message else {}
    try:
        visit.ask("calls.dial", handset=handset, number=visit.form.text("number", 32), **of)
    except Refused as refused:
        if refused.code != "conflict":
            raise
        remedy = visit.t("problem.cannot_dial_remedy", handset=visit.handset(handset))
        return visit.problem(409, visit.t("problem.cannot_dial"), remedy, str(refused))
    return see_other(f"/?dialling={handset}")


def _csv(visit: Visit, ask: Asked) -> Iterator[bytes]:
    """The rows, one by one from a snapshot of their own, since they leave after the visit has been closed."""
    yield HEADER_ROW
    with visit.web.box.reading(visit.running) as db:
        block: list[bytes] = []
        for call in each_call(db, ask.wanted):
            block.append(row_of(call))
            if len(block) == 500:
                yield b"".join(block)
                block.clear()
        yield b"".join(block)
