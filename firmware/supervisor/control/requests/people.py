"""Contacts and users: who is in the book, who may log in."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, BadArgument, each, flag, one_of, row_id, text
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import contacts, users
from firmware.supervisor.desk.desk import Actor, Desk


async def _create(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    try:
        return {"id": await contacts.create(desk, actor, args)}
    except contacts.NoNumber as error:
        raise BadArgument(f"numbers: {error}") from None


async def _update(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    try:
        await contacts.update(desk, actor, args["id"], args)
    except contacts.NoNumber as error:
        raise BadArgument(f"numbers: {error}") from None
    return {"id": args["id"]}


async def _merge(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    await contacts.merge(desk, actor, args["id"], args["into"])
    return {"id": args["into"]}


async def _delete(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    await contacts.delete(desk, actor, args["id"])
    return {"id": args["id"]}


async def _restore(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    await contacts.restore(desk, actor, args["id"])
    return {"id": args["id"]}


async def _create_first(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    return {"id": await users.create_first(desk, actor, args["name"], args["password_hash"])}


async def _set_password(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await users.set_password(desk, actor, args["password_hash"])


async def _create_user(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    own = args["own_mailbox"]
    return {"id": await users.create(desk, actor, args["name"], args["role"], args["password_hash"], own)}


async def _change_user(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await users.change(desk, actor, args["id"], args["role"], args["disabled"], args["expires_ms"])


async def _reset_password(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await users.reset_password(desk, actor, args["id"], args["password_hash"])


def _moment(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53):
        raise BadArgument("expected milliseconds since 1970, or null")
    return value


_ID = {"id": Argument(row_id)}
_HASH = Argument(text(300, pattern=r"\$argon2id\$[!-~]+"))
_ROLE = Argument(one_of("user", "admin"))
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

PEOPLE: dict[str, Request] = {
    "contacts.create": Request(_create, _CONTACT),
    "contacts.update": Request(_update, {**_ID, **_CONTACT}),
    "contacts.merge": Request(_merge, {**_ID, "into": Argument(row_id)}),
    "contacts.delete": Request(_delete, _ID),
    "contacts.restore": Request(_restore, _ID),
    "users.create_first": Request(_create_first, {"name": Argument(text(60, least=1)), "password_hash": _HASH}),
    "users.set_password": Request(_set_password, {"password_hash": _HASH}),
    "users.create": Request(
        _create_user,
        {
            "name": Argument(text(60, least=1)),
            "role": _ROLE,
            "password_hash": _HASH,
            "own_mailbox": Argument(flag, False),
        },
    ),
    "users.change": Request(
        _change_user,
        {**_ID, "role": _ROLE, "disabled": Argument(flag), "expires_ms": Argument(_moment, None)},
    ),
    "users.reset_password": Request(_reset_password, {**_ID, "password_hash": _HASH}),
}
