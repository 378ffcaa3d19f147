"""Messages: hear, mark, save, delete with undo, download, search."""

from __future__ import annotations

from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.faxes import FaxRow, list_faxes
from firmware.supervisor.store.mailbox import MESSAGES
from firmware.supervisor.store.queries_messages import KEPT, MessageRow, list_messages, one_message
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.outlines import outline_of
from webui.pages.kept import kept_routes
from webui.visit import Visit

site = Site()

_SHOWN = {"all": KEPT, "new": ("new",), "saved": ("saved",), "deleted": ("deleted",)}
_PER_PAGE = 20


@site.get("/messages", access="user")
def show(visit: Visit) -> str:
    return _page(visit)


@site.get("/messages/now", access="user", quiet=True)
def now(visit: Visit) -> str:
    """The same, fetched by a page that stands open: no use of the session."""
    return _page(visit)


def _page(visit: Visit) -> str:
    shown = visit.query.choice("show", tuple(_SHOWN), "all")
    search = visit.query.text("q", 80)
    page = list_messages(
        visit.db,
        mailbox=visit.me.mailbox,
        states=_SHOWN[shown],
        search=search,
        page=visit.query.whole("page", 1, 1, 100_000),
        per_page=_PER_PAGE,
    )
    undo = visit.query.whole("deleted", 0, 0, 2**53)
    here: dict[str, str | int] = {"show": shown if shown != "all" else "", "q": search, "page": page.number}
    return visit.page(
        "messages",
        page=page,
        shown=shown,
        search=search,
        tabs=tuple(_SHOWN),
        new=MESSAGES.count_new(visit.db, visit.me.mailbox),
        undo=undo,
        fax_undo=visit.query.whole("fax_deleted", 0, 0, 2**53),
        faxes=_faxes(visit, shown, search) if page.number == 1 else [],
        back=with_query("/messages", **here),
        now=with_query("/messages/now", **here),
        address=lambda **change: with_query("/messages", **{"show": shown, "q": search, **change}),
        outline=lambda message: outline_of(visit.web.box.recordings, message.path),
    )


def _faxes(visit: Visit, shown: str, search: str) -> list[FaxRow]:
    """The faxes of a tab, those that the words searched for stand in."""
    found = list_faxes(visit.db, mailbox=visit.me.mailbox, deleted=shown == "deleted")
    words = search.strip().casefold()
    return [
        fax
        for fax in found
        if fax.state in _SHOWN[shown]
        and words in " ".join((fax.name or "", fax.number_e164 or "", fax.number_raw or "", fax.sender)).casefold()
    ]


def my_message(visit: Visit, number: str) -> MessageRow:
    """The message, if it lies in the user's own mailbox."""
    message = one_message(visit.db, number_in(number))
    if message is None or not visit.may("messages.hear", message.mailbox):
        raise NotFound(f"message {number}")
    return message


kept_routes(site, MESSAGES, my_message, undo="deleted")
