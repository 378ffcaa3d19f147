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
from webui.reply import Reply, see_other
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
        several=[number for number in visit.query.text("several", 900).split(".") if number.isdigit()],
        fax_undo=visit.query.whole("fax_deleted", 0, 0, 2**53),
        faxes=_faxes(visit, shown, search) if page.number == 1 else [],
        back=with_query("/messages", **here),
        now=with_query("/messages/now", **here),
        address=lambda **change: with_query("/messages", **{"show": shown, "q": search, **change}),
        outline=lambda message: outline_of(visit.web.box.recordings, message.path),
    )


@site.post("/messages/several", access="user")
def several(visit: Visit) -> Reply:
    """The same done to all that are selected; a delete of several is taken back at once."""
    act = visit.form.choice("do", ("new", "heard", "saved", "delete", "restore", "forward"))
    chosen = [my_message(visit, number).id for number in visit.form.texts("id", 100, 15)]
    for message in chosen:
        match act:
            case "delete" | "restore":
                visit.ask(f"messages.{act}", id=message)
            case "forward":
                visit.ask("messages.forward", id=message, to=visit.form.whole("to", 0, 0, 2**53))
            case "":
                raise ValueError("do: expected what is to be done with them")
            case state:
                visit.ask("messages.mark", id=message, state=state)
    undo = {"several": ".".join(str(message) for message in chosen)} if act == "delete" else {}
    return see_other(with_query(visit.form.text("back", 300) or "/messages", **undo))


@site.post("/messages/empty", access="user")
def empty(visit: Visit) -> Reply:
    """Takes all that is deleted away for good."""
    for message in list_messages(visit.db, mailbox=visit.me.mailbox, states=("deleted",), per_page=10_000).rows:
        visit.ask("messages.destroy", id=message.id)
    return see_other("/messages?show=deleted")


@site.post("/messages/<number>/note", access="user")
def note(visit: Visit, number: str) -> Reply:
    visit.ask("messages.note", id=my_message(visit, number).id, note=visit.form.lines("note", 1000))
    return see_other(with_query(visit.form.text("back", 300) or "/messages"))


@site.post("/messages/<number>/forward", access="user")
def forward(visit: Visit, number: str) -> Reply:
    """Gives it to a colleague."""
    message = my_message(visit, number)
    to, words = visit.form.whole("to", 0, 0, 2**53), visit.form.lines("note", 1000)
    visit.ask("messages.forward", id=message.id, to=to, note=words or message.note)
    return see_other("/messages")


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
