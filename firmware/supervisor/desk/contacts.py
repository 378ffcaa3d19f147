"""The book: contacts made, changed, deleted with a way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import calls, contacts, rules, time_entries

_EXTENSIONS = ("handsets.C.extension", "handsets.D.extension")
_PLAIN = ("name", "company", "sounds_like", "client", "language", "notes")


class NoNumber(ValueError):
    """What was given as a number is none; the text says which."""


async def create(desk: Desk, actor: Actor, given: Mapping[str, Any]) -> int:
    """A new contact, shared by all; its id is the result. Raises ``NoNumber``."""
    new = _contact(desk, given)

    def change(act: Act) -> int:
        contact = contacts.create(act.connection, new, act.now_ms)
        calls.take_for(act.connection, contact)
        time_entries.rematch(act.connection, contact, "")
        act.note("create contact", f"contact:{contact}")
        return contact

    contact = await desk.act(actor, "contacts.create", change)
    _tell(desk, contact, "created")
    return contact


async def update(desk: Desk, actor: Actor, contact: int, given: Mapping[str, Any]) -> None:
    """Raises ``NotFound``, ``NoNumber``."""
    new = _contact(desk, given)

    def change(act: Act) -> None:
        _own(act, contact)
        before = contacts.client(act.connection, contact)
        contacts.update(act.connection, contact, new, act.now_ms)
        calls.take_for(act.connection, contact)
        time_entries.rematch(act.connection, contact, before)
        act.note("update contact", f"contact:{contact}")

    await desk.act(actor, "contacts.update", change)
    _tell(desk, contact, "updated")


async def merge(desk: Desk, actor: Actor, contact: int, into: int) -> None:
    """Two contacts are one person: ``into`` has all that the other had and it lacked, and its calls.

    The other is deleted as by ``delete``. Raises ``NotFound``.
    """

    def change(act: Act) -> None:
        _own(act, contact)
        _own(act, into)
        contacts.merge(act.connection, contact, into, act.now_ms)
        calls.take_for(act.connection, into)
        time_entries.rematch(act.connection, into, "")
        rules.replace_contact(act.connection, contact, into)
        act.note("merge contacts", f"contact:{into}", {"from": contact})

    await desk.act(actor, "contacts.merge", change)
    _tell(desk, into, "updated")
    _tell(desk, contact, "deleted")


async def delete(desk: Desk, actor: Actor, contact: int) -> None:
    """Once more is no error. Raises ``NotFound``."""
    await _do(desk, actor, "delete", contact, lambda act: contacts.delete(act.connection, contact, act.now_ms))
    _tell(desk, contact, "deleted")


async def restore(desk: Desk, actor: Actor, contact: int) -> None:
    """Once more is no error. Raises ``NotFound``."""
    await _do(desk, actor, "restore", contact, lambda act: contacts.restore(act.connection, contact, act.now_ms))
    _tell(desk, contact, "restored")


async def _do(desk: Desk, actor: Actor, verb: str, contact: int, do: Callable[[Act], bool]) -> None:
    """An act on one's own contact; ``do`` says whether it changed anything, else there is no audit row."""

    def change(act: Act) -> None:
        _own(act, contact)
        if do(act):
            act.note(f"{verb} contact", f"contact:{contact}")

    await desk.act(actor, f"contacts.{verb}", change)


def _own(act: Act, contact: int) -> None:
    act.must_own(contacts.mailbox(act.connection, contact), f"contact {contact}")


def _tell(desk: Desk, contact: int, what: str) -> None:
    desk.events.publish("contact", {"id": contact, "what": what})


def _contact(desk: Desk, given: Mapping[str, Any]) -> contacts.NewContact:
    numbers = [
        contacts.NewNumber(item["kind"], item["raw"], _e164(desk, item["raw"]), item["is_default"])
        for item in given["numbers"]
    ]
    return contacts.NewContact(numbers=numbers, **{name: given[name] for name in _PLAIN})


def _e164(desk: Desk, typed: str) -> str | None:
    """The number in full; None for an extension or a short number, which has no other form."""
    e164 = desk.numbers.typed(typed).e164
    if e164 is None:
        extensions = [desk.settings.text(key) for key in _EXTENSIONS]
        if typed.strip() not in extensions and not desk.numbers.short(typed.strip()):
            raise NoNumber(f"{typed} is no telephone number")
    return e164
