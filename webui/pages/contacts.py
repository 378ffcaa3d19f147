"""Contacts: whom can I call by name. Add, edit, delete with undo, numbers with a default."""

from __future__ import annotations

from typing import Any

from firmware.control_client import Refused
from firmware.supervisor.store.errors import NotFound
from firmware.supervisor.store.queries_contacts import (
    ContactRow,
    last_calls,
    list_contacts,
    look_alikes,
    one_contact,
)
from webui.access import Site
from webui.addresses import number_in, with_query
from webui.formats import plain
from webui.reply import Reply, see_other
from webui.visit import Visit
from webui.words import LANGUAGES

site = Site()

KINDS = ("mobile", "work", "home", "fax", "other")
_MOST_NUMBERS = 8
_SPARE_LINES = 2
_MOST_PAIRS = 5
_TEXTS = ("name", "company", "sounds_like", "client", "language", "notes")


@site.get("/contacts", access="user")
def show(visit: Visit) -> str:
    search = visit.query.text("q", 80)
    page = list_contacts(
        visit.db, mailbox=visit.me.mailbox, search=search, page=visit.query.whole("page", 1, 1, 100_000)
    )
    return visit.page(
        "contacts",
        page=page,
        search=search,
        last=last_calls(visit.db, [contact.id for contact in page.rows]),
        pairs=_pairs(visit) if page.number == 1 and not search else [],
        undo=visit.query.whole("deleted", 0, 0, 2**53),
        address=lambda **change: with_query("/contacts", **{"q": search, **change}),
    )


@site.get("/contacts/new", access="user")
def new(visit: Visit) -> str:
    number = visit.query.text("number", 40)
    values: dict[str, Any] = dict.fromkeys(_TEXTS, "") | {"name": visit.query.text("name", 80)}
    values["numbers"] = [{"kind": "mobile", "raw": number, "is_default": True}]
    return _form(visit, None, values)


@site.post("/contacts/new", access="user")
def create(visit: Visit) -> str | Reply:
    return _save(visit, None)


@site.get("/contacts/<number:re:[0-9]+>", access="user")
def edit(visit: Visit, number: str) -> str:
    contact = _known(visit, number)
    values: dict[str, Any] = {field: plain(getattr(contact, field), 4000, lines=field == "notes") for field in _TEXTS}
    values["numbers"] = [{"kind": row.kind, "raw": row.raw, "is_default": row.is_default} for row in contact.numbers]
    return _form(visit, contact.id, values)


@site.post("/contacts/<number:re:[0-9]+>", access="user")
def update(visit: Visit, number: str) -> str | Reply:
    return _save(visit, _known(visit, number).id)


@site.post("/contacts/<number:re:[0-9]+>/merge", access="user")
def merge(visit: Visit, number: str) -> Reply:
    """This one is the same person as another, who gets all that is known of both."""
    into = _known(visit, visit.form.text("into", 15)).id
    visit.ask("contacts.merge", id=_known(visit, number).id, into=into)
    return see_other(f"/contacts/{into}")


@site.post("/contacts/<number:re:[0-9]+>/delete", access="user")
def delete(visit: Visit, number: str) -> Reply:
    contact = _known(visit, number)
    visit.ask("contacts.delete", id=contact.id)
    return see_other(f"/contacts?deleted={contact.id}")


@site.post("/contacts/<number:re:[0-9]+>/restore", access="user")
def restore(visit: Visit, number: str) -> Reply:
    visit.ask("contacts.restore", id=number_in(number))
    return see_other("/contacts")


def _pairs(visit: Visit) -> list[tuple[ContactRow, ContactRow]]:
    """Contacts that may be one person, a few at a time."""
    found = [
        (one_contact(visit.db, one), one_contact(visit.db, two))
        for one, two in look_alikes(visit.db, visit.me.mailbox)[:_MOST_PAIRS]
    ]
    return [(one, two) for one, two in found if one is not None and two is not None]


def _known(visit: Visit, number: str) -> ContactRow:
    contact = one_contact(visit.db, number_in(number))
    if contact is None or contact.deleted_ms is not None or not visit.may("contacts.see", contact.mailbox):
        raise NotFound(f"contact {number}")
    return contact


def _save(visit: Visit, contact: int | None) -> str | Reply:
    values = _typed(visit)
    if not values["name"]:
        return _form(visit, contact, values, visit.t("contact.name_missing"))
    try:
        if contact is None:
            visit.ask("contacts.create", **values)
        else:
            visit.ask("contacts.update", id=contact, **values)
    except Refused as error:
        if error.code != "bad_request":
            raise
        return _form(visit, contact, values, _what_is_wrong(visit, values, str(error)))
    return see_other("/contacts")


def _what_is_wrong(visit: Visit, values: dict[str, Any], said: str) -> str:
    """The box's refusal in the reader's words, where it is about a number."""
    for number in values["numbers"]:
        if said == f"numbers: {number['raw']} is no telephone number":
            return visit.t("contact.no_number", number=plain(number["raw"], 40))
    return said


def _typed(visit: Visit) -> dict[str, Any]:
    """The form's fields as the box wants them; lines without a number are left out."""
    form = visit.form
    kinds, raws = form.texts("kind", _MOST_NUMBERS), form.texts("raw", _MOST_NUMBERS, 40)
    default = form.whole("default", 0, 0, _MOST_NUMBERS)
    numbers = [
        {"kind": kind if kind in KINDS else "other", "raw": raw, "is_default": place == default}
        for place, (kind, raw) in enumerate(zip(kinds, raws, strict=False))
        if raw.strip()
    ]
    return {
        "name": form.text("name", 80),
        "company": form.text("company", 80),
        "sounds_like": form.text("sounds_like", 80),
        "client": form.text("client", 80),
        "language": form.choice("language", LANGUAGES),
        "notes": form.lines("notes"),
        "numbers": numbers,
    }


def _form(visit: Visit, contact: int | None, values: dict[str, Any], fault: str = "") -> str:
    if fault:
        visit.status = 400
    lines = list(values["numbers"])
    while len(lines) < _MOST_NUMBERS and len(lines) < max(1, len(values["numbers"])) + _SPARE_LINES:
        lines.append({"kind": "work" if lines else "mobile", "raw": "", "is_default": not lines})
    return visit.page(
        "contact",
        contact=contact,
        values=values,
        lines=lines,
        kinds=KINDS,
        languages=LANGUAGES,
        fault=fault,
        last=last_calls(visit.db, [contact]).get(contact) if contact else None,
    )
