"""Every command of the control socket, in one table: its name, who may use it, its arguments and what it does.

A command that changes the store does it, with its audit row, in one transaction, and tells the subscribers
afterwards. ``docs/architecture.md`` lists the same commands for those who write clients.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

from firmware.supervisor.arguments import Argument, anything, each, flag, json_object, one_of, row_id, text
from firmware.supervisor.events import Events
from firmware.supervisor.numbers import Numbers
from firmware.supervisor.settings import Settings
from firmware.supervisor.settings_schema import SCHEMA
from firmware.supervisor.store import audit, calls, contacts, faxes, messages, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict
from firmware.supervisor.store.queries_messages import count_new
from firmware.supervisor.store.settings_table import store_setting

P = ParamSpec("P")
T = TypeVar("T")
Role = Literal["anyone", "first_visit", "user", "admin"]


class Box(Protocol):
    """What the commands need of the box itself; everything is called on the loop."""

    def status(self) -> dict[str, Any]:
        """``status.get`` of docs/architecture.md without ``new_messages`` and ``new_faxes``."""

    def health(self) -> dict[str, Any]:
        """``health.get`` of docs/architecture.md: ``checks``, ``link``, ``version``."""

    async def hang_up(self, call: int) -> None:
        """End a live call. Raises the store's ``NotFound`` when no live call has that id."""

    async def dial(self, handset: str, number: str, user: int | None) -> int:
        """Ring ``handset`` and, once it is lifted, dial ``number``; returns the call's id.

        Raises the store's ``Conflict`` with a sentence when the handset or every line is in use.
        """


@dataclass(frozen=True)
class Actor:
    """On whose behalf a request is made, as the server has verified it. ``user`` None: a program of the box."""

    user: int | None
    name: str
    role: Role
    via: str

    @property
    def who(self) -> str:
        """As the audit log writes it."""
        return f"user:{self.user}" if self.user is not None else self.via


@dataclass(frozen=True)
class Desk:
    """What commands work with. ``now_ms``: the calendar clock, milliseconds since 1970 UTC."""

    database: Database
    settings: Settings
    events: Events
    numbers: Numbers
    box: Box
    now_ms: Callable[[], int]

    async def write(self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction, awaited. Requests come from outside the sample clock: no fixed tick would repeat."""
        return await asyncio.wrap_future(self.database.write(fn, *args, **kwargs))


Run = Callable[[Desk, Actor, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Command:
    """``programs``: also for a program of another system user that acts for nobody (the page's own subscription)."""

    role: Role
    run: Run
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    programs: bool = False


async def status(desk: Desk) -> dict[str, Any]:
    """The snapshot of ``status.get`` and ``events.subscribe``."""
    news = {"new_messages": await desk.write(count_new), "new_faxes": await desk.write(faxes.count_new)}
    return {**desk.box.status(), **news}


async def _status(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    return await status(desk)


async def _health(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    return desk.box.health()


async def _mark(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    def change(connection: sqlite3.Connection) -> int:
        messages.mark(connection, args["id"], args["state"])
        return count_new(connection)

    _tell_message(desk, args["id"], args["state"], await desk.write(change))


async def _delete_message(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        if messages.delete(connection, args["id"], now_ms):
            _audit(connection, actor, now_ms, "delete message", f"message:{args['id']}")
        return count_new(connection)

    _tell_message(desk, args["id"], "deleted", await desk.write(change))


async def _restore_message(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> tuple[str, int]:
        if messages.restore(connection, args["id"]):
            _audit(connection, actor, now_ms, "restore message", f"message:{args['id']}")
        return messages.state(connection, args["id"]), count_new(connection)

    _tell_message(desk, args["id"], *await desk.write(change))


def _tell_message(desk: Desk, message: int, state: str, new_messages: int) -> None:
    desk.events.publish("message", {"id": message, "state": state, "new_messages": new_messages})


async def _mark_fax(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    def change(connection: sqlite3.Connection) -> int:
        faxes.mark(connection, args["id"], args["state"])
        return faxes.count_new(connection)

    _tell_fax(desk, args["id"], args["state"], await desk.write(change))


async def _delete_fax(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        if faxes.delete(connection, args["id"], now_ms):
            _audit(connection, actor, now_ms, "delete fax", f"fax:{args['id']}")
        return faxes.count_new(connection)

    _tell_fax(desk, args["id"], "deleted", await desk.write(change))


async def _restore_fax(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> tuple[str, int]:
        if faxes.restore(connection, args["id"]):
            _audit(connection, actor, now_ms, "restore fax", f"fax:{args['id']}")
        return faxes.state(connection, args["id"]), faxes.count_new(connection)

    _tell_fax(desk, args["id"], *await desk.write(change))


def _tell_fax(desk: Desk, fax: int, state: str, new_faxes: int) -> None:
    desk.events.publish("message", {"fax": fax, "state": state, "new_faxes": new_faxes})


async def _annotate(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        calls.annotate(connection, args["id"], args["client"], args["matter"])
        detail = {"client": args["client"], "matter": args["matter"]}
        _audit(connection, actor, now_ms, "annotate call", f"call:{args['id']}", detail)

    await desk.write(change)


async def _hang_up(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    await desk.box.hang_up(args["id"])
    await desk.write(_audit, actor, desk.now_ms(), "hang up", f"call:{args['id']}")


async def _dial(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    call = await desk.box.dial(args["handset"], args["number"], actor.user)
    return {"id": call}


def _contact(desk: Desk, args: Mapping[str, Any]) -> contacts.NewContact:
    numbers = [
        contacts.NewNumber(item["kind"], item["raw"], desk.numbers.typed(item["raw"]).e164, item["is_default"])
        for item in args["numbers"]
    ]
    names = ("name", "company", "sounds_like", "client", "language", "notes")
    return contacts.NewContact(numbers=numbers, **{name: args[name] for name in names})


async def _create_contact(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    new, now_ms = _contact(desk, args), desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        created = contacts.create(connection, new, now_ms)
        _audit(connection, actor, now_ms, "create contact", f"contact:{created}")
        return created

    return _tell_contact(desk, await desk.write(change), "created")


async def _update_contact(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    new, now_ms = _contact(desk, args), desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        contacts.update(connection, args["id"], new, now_ms)
        _audit(connection, actor, now_ms, "update contact", f"contact:{args['id']}")
        return int(args["id"])

    return _tell_contact(desk, await desk.write(change), "updated")


async def _delete_contact(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        if contacts.delete(connection, args["id"], now_ms):
            _audit(connection, actor, now_ms, "delete contact", f"contact:{args['id']}")
        return int(args["id"])

    return _tell_contact(desk, await desk.write(change), "deleted")


async def _restore_contact(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        if contacts.restore(connection, args["id"], now_ms):
            _audit(connection, actor, now_ms, "restore contact", f"contact:{args['id']}")
        return int(args["id"])

    return _tell_contact(desk, await desk.write(change), "restored")


def _tell_contact(desk: Desk, contact: int, what: str) -> dict[str, int]:
    desk.events.publish("contact", {"id": contact, "what": what})
    return {"id": contact}


async def _get_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    if args["key"] is None:
        return [_setting(desk, key) for key in SCHEMA]
    return _setting(desk, args["key"])


async def _set_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    key, value, now_ms = args["key"], desk.settings.check(args["key"], args["value"]), desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        store_setting(connection, key, value, by=actor.who, now_ms=now_ms)
        _audit(connection, actor, now_ms, "set", f"setting:{key}", {"value": value})

    await desk.write(change)
    desk.settings.accept(key, value)
    desk.events.publish("setting", {"key": key, "value": value})
    return _setting(desk, key)


def _setting(desk: Desk, key: str) -> dict[str, Any]:
    value, source = desk.settings.source(key)
    return {"key": key, "value": value, "source": source}


async def _create_first(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> int:
        created = users.create_first(connection, args["name"], args["password_hash"], now_ms)
        audit.write(connection, at_ms=now_ms, who=actor.who, action="first visit", target=f"user:{created}")
        return created

    return {"id": await desk.write(change)}


async def _set_password(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    if actor.user is None:
        raise Conflict("a password belongs to a user; nobody is logged in")
    user, now_ms = actor.user, desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        users.set_password(connection, user, args["password_hash"])
        _audit(connection, actor, now_ms, "set password", f"user:{user}")

    await desk.write(change)


async def _write_audit(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    await desk.write(_audit, actor, desk.now_ms(), args["action"], args["target"], args["detail"])


def _audit(
    connection: sqlite3.Connection,
    actor: Actor,
    now_ms: int,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    audit.write(connection, at_ms=now_ms, who=actor.who, action=action, target=target, detail=detail)


async def _subscribe(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    return await status(desk)  # the server opens the stream itself: it belongs to the connection


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

SUBSCRIBE = "events.subscribe"
COMMANDS: dict[str, Command] = {
    "status.get": Command("user", _status, programs=True),
    SUBSCRIBE: Command("user", _subscribe, programs=True),
    "health.get": Command("user", _health, programs=True),
    "messages.mark": Command("user", _mark, {**_ID, "state": Argument(one_of(*messages.MARKS))}),
    "messages.delete": Command("user", _delete_message, _ID),
    "messages.restore": Command("user", _restore_message, _ID),
    "faxes.mark": Command("user", _mark_fax, {**_ID, "state": Argument(one_of(*messages.MARKS))}),
    "faxes.delete": Command("user", _delete_fax, _ID),
    "faxes.restore": Command("user", _restore_fax, _ID),
    "calls.annotate": Command("user", _annotate, {**_ID, "client": Argument(text(80)), "matter": Argument(text(200))}),
    "calls.hang_up": Command("user", _hang_up, _ID),
    "calls.dial": Command(
        "user", _dial, {"handset": Argument(one_of("C", "D")), "number": Argument(text(32, pattern=r"\+?[0-9*#]+"))}
    ),
    "contacts.create": Command("user", _create_contact, _CONTACT),
    "contacts.update": Command("user", _update_contact, {**_ID, **_CONTACT}),
    "contacts.delete": Command("user", _delete_contact, _ID),
    "contacts.restore": Command("user", _restore_contact, _ID),
    "settings.get": Command("admin", _get_setting, {"key": Argument(text(80), None)}),
    "settings.set": Command("admin", _set_setting, {"key": Argument(text(80)), "value": Argument(anything)}),
    "users.create_first": Command(
        "first_visit", _create_first, {"name": Argument(text(60, least=1)), "password_hash": _HASH}
    ),
    "users.set_password": Command("user", _set_password, {"password_hash": _HASH}),
    "audit.write": Command(
        "user",
        _write_audit,
        {
            "action": Argument(text(60, least=1)),
            "target": Argument(text(120), ""),
            "detail": Argument(json_object(4096), {}),
        },
        programs=True,
    ),
}
