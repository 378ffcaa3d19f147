"""Who may log in. The hash is made and checked by the web process; the box only keeps it."""

from __future__ import annotations

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import ownership, users
from firmware.supervisor.store.errors import Conflict


async def create_first(desk: Desk, actor: Actor, name: str, password_hash: str) -> int:
    """The first visit makes the administrator. Raises ``Conflict`` once any user exists, or ever did."""

    def change(act: Act) -> int:
        if ownership.has_owner(desk.settings.home):
            raise Conflict("the first visit is over: this box has an owner, and its database has been lost")
        created = users.create_first(act.connection, name, password_hash, act.now_ms)
        act.note("first visit", f"user:{created}")
        return created

    created = await desk.act(actor, "users.create_first", change)
    desk.database.keep(lambda connection: ownership.mark_owned(desk.settings.home))  # tried until the disk takes it
    return created


async def create(desk: Desk, actor: Actor, name: str, role: str, password_hash: str, own: bool) -> int:
    """One more user; ``own``: with a mailbox of their own. The id is the result. Raises ``Conflict``."""

    def change(act: Act) -> int:
        created = users.create(act.connection, name, role, password_hash, own, act.now_ms)
        act.note("create user", f"user:{created}", {"name": name, "role": role})
        return created

    return await desk.act(actor, "users.create", change)


async def change(desk: Desk, actor: Actor, user: int, role: str, disabled: bool, expires_ms: int | None) -> None:
    """Role, lock and end of a user. Raises ``NotFound``, ``Conflict``."""

    def put(act: Act) -> None:
        users.change(act.connection, user, role, disabled, expires_ms, act.now_ms)
        detail = {"role": role, "disabled": disabled, "expires_ms": expires_ms}
        act.note("change user", f"user:{user}", detail)

    await desk.act(actor, "users.change", put)


async def reset_password(desk: Desk, actor: Actor, user: int, password_hash: str) -> None:
    """Somebody else's, who has forgotten it. Raises ``NotFound``."""

    def put(act: Act) -> None:
        users.set_password(act.connection, user, password_hash)
        act.note("reset password", f"user:{user}")

    await desk.act(actor, "users.reset_password", put)


async def set_password(desk: Desk, actor: Actor, password_hash: str) -> None:
    """One's own. Raises ``Conflict`` when nobody is logged in."""
    if actor.user is None:
        raise Conflict("a password belongs to a user; nobody is logged in")
    user = actor.user

    def change(act: Act) -> None:
        users.set_password(act.connection, user, password_hash)
        act.note("set password", f"user:{user}")

    await desk.act(actor, "users.set_password", change)
