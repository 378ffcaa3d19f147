"""The book: contacts made, changed, deleted with a way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import contacts

_PLAIN = ("name", "company", "sounds_like", "client", "language", "notes")


async def create(desk: Desk, actor: Actor, given: Mapping[str, Any]) -> int:
    """A new contact, shared by all; its id is the result."""
    new = _contact(desk, given)

    def change(act: Act) -> int:
        contact = contacts.create(act.connection, new, act.now_ms)
        act.note("create contact", f"contact:{contact}")
        return contact

    contact = await desk.act(actor, "contacts.create", change)
    _tell(desk, contact, "created")
    return contact


async def update(desk: Desk, actor: Actor, contact: int, given: Mapping[str, Any]) -> None:
    """Raises ``NotFound``."""
    new = _contact(desk, given)

    def change(act: Act) -> None:
        _own(act, contact)
        contacts.update(act.connection, contact, new, act.now_ms)
        act.note("update contact", f"contact:{contact}")

    await desk.act(actor, "contacts.update", change)
    _tell(desk, contact, "updated")


async def delete(desk: Desk, actor: Actor, contact: int) -> None:
    """Once more is no error. Raises ``NotFound``."""

    def change(act: Act) -> None:
        _own(act, contact)
        if contacts.delete(act.connection, contact, act.now_ms):
            act.note("delete contact", f"contact:{contact}")

    await desk.act(actor, "contacts.delete", change)
    _tell(desk, contact, "deleted")


async def restore(desk: Desk, actor: Actor, contact: int) -> None:
    """Once more is no error. Raises ``NotFound``."""

    def change(act: Act) -> None:
        _own(act, contact)
        if contacts.restore(act.connection, contact, act.now_ms):
            act.note("restore contact", f"contact:{contact}")

    await desk.act(actor, "contacts.restore", change)
    _tell(desk, contact, "restored")


def _own(act: Act, contact: int) -> None:
    act.must_own(contacts.mailbox(act.connection, contact), f"contact {contact}")


def _tell(desk: Desk, contact: int, what: str) -> None:
    desk.events.publish("contact", {"id": contact, "what": what})


def _contact(desk: Desk, given: Mapping[str, Any]) -> contacts.NewContact:
    numbers = [
        contacts.NewNumber(item["kind"], item["raw"], desk.numbers.typed(item["raw"]).e164, item["is_default"])
        for item in given["numbers"]
    ]
    return contacts.NewContact(numbers=numbers, **{name: given[name] for name in _PLAIN})
