"""Contacts and users: who is in the book, who may log in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from firmware.supervisor.control.arguments import Argument, each, flag, one_of, row_id, text
from firmware.supervisor.control.requests.desk import Actor, Command, Desk, note
from firmware.supervisor.store import contacts, ownership, users
from firmware.supervisor.store.errors import Conflict


async def _create(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    new, now_ms = _contact(desk, args), desk.now_ms()
    return await _change(desk, actor, "create", lambda connection: contacts.create(connection, new, now_ms))


async def _update(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    new, now_ms = _contact(desk, args), desk.now_ms()
    return await _change(desk, actor, "update", lambda c: contacts.update(c, args["id"], new, now_ms), args["id"])


async def _delete(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()
    return await _change(desk, actor, "delete", lambda c: contacts.delete(c, args["id"], now_ms), args["id"])


async def _restore(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()
    return await _change(desk, actor, "restore", lambda c: contacts.restore(c, args["id"], now_ms), args["id"])


async def _change(
    desk: Desk, actor: Actor, act: str, change: Callable[[sqlite3.Connection], int | None], known: int = 0
) -> dict[str, int]:
    """A change of contact ``known`` (0: of the one whose id ``change`` returns), audited unless it answers False."""

    def audited(connection: sqlite3.Connection) -> int:
        done = change(connection)
        contact = known or int(done or 0)
        if done is not False:
            note(connection, actor, desk.now_ms(), f"{act} contact", f"contact:{contact}")
        return contact

    contact = await desk.write(audited)
    desk.events.publish("contact", {"id": contact, "what": f"{act.removesuffix('e')}ed"})
    return {"id": contact}


def _contact(desk: Desk, args: Mapping[str, Any]) -> contacts.NewContact:
    numbers = [
        contacts.NewNumber(item["kind"], item["raw"], desk.numbers.typed(item["raw"]).e164, item["is_default"])
        for item in args["numbers"]
    ]
    names = ("name", "company", "sounds_like", "client", "language", "notes")
    return contacts.NewContact(numbers=numbers, **{name: args[name] for name in names})


async def _create_first(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        if ownership.has_owner(desk.settings.home):
            raise Conflict("the first visit is over: this box has an owner, and its database has been lost")
        created = users.create_first(connection, args["name"], args["password_hash"], now_ms)
        note(connection, actor, now_ms, "first visit", f"user:{created}")
        return created

    created = await desk.write(change)
    desk.database.keep(lambda connection: ownership.mark_owned(desk.settings.home))  # tried until the disk takes it
    return {"id": created}


async def _set_password(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    if actor.user is None:
        raise Conflict("a password belongs to a user; nobody is logged in")
    user, now_ms = actor.user, desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        users.set_password(connection, user, args["password_hash"])
        note(connection, actor, now_ms, "set password", f"user:{user}")

    await desk.write(change)


_ID = {"id": Argument(row_id)}
_HASH = Argument(text(300, pattern=r"\$argon2id\$[!-~]+"))
_NUMBER = {
    "kind": Argument(one_of("mobile", "work", "home", "fax", "other"), "other"),
    "raw": Argument(text(40, least=1)),
    "is_default": Argument(flag, False),
}
_CONTACT = {
    "name": Argument(text(120, least=1)),
    "company": Argument(text(120), ""),
    "sounds_like": Argument(text(120), ""),
    "client": Argument(text(80), ""),
    "language": Argument(one_of("", "en", "fr"), ""),
    "notes": Argument(text(4000, lines=True), ""),
    "numbers": Argument(each(_NUMBER, 20), ()),
}

PEOPLE: dict[str, Command] = {
    "contacts.create": Command("user", _create, _CONTACT),
    "contacts.update": Command("user", _update, {**_ID, **_CONTACT}),
    "contacts.delete": Command("user", _delete, _ID),
    "contacts.restore": Command("user", _restore, _ID),
    "users.create_first": Command(
        "first_visit", _create_first, {"name": Argument(text(60, least=1)), "password_hash": _HASH}
    ),
    "users.set_password": Command("user", _set_password, {"password_hash": _HASH}),
}
