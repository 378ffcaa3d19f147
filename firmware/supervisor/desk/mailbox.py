"""Mark, delete and restore what lies in a mailbox, a message or a fax: one state, told to all who watch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import messages, users
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.store.mailbox import FAXES, MESSAGES, Kind

_TOLD_AS = {MESSAGES: "id", FAXES: "fax"}  # the key of the ``message`` event that holds the id


async def mark(desk: Desk, actor: Actor, kind: Kind, row: int, state: str) -> None:
    """Makes it new, heard or saved. Raises ``NotFound``, ``Conflict``."""
    await _change(desk, actor, f"{kind.table}.mark", kind, row, lambda act: kind.mark(act.connection, row, state))


async def delete(desk: Desk, actor: Actor, kind: Kind, row: int) -> None:
    """Deletes with a way back; once more is no error. Raises ``NotFound``."""

    def change(act: Act) -> None:
        if kind.delete(act.connection, row, act.now_ms):
            act.note(f"delete {kind.name}", f"{kind.name}:{row}")

    await _change(desk, actor, f"{kind.table}.delete", kind, row, change)


async def restore(desk: Desk, actor: Actor, kind: Kind, row: int) -> None:
    """Takes a delete back; once more is no error. Raises ``NotFound``."""

    def change(act: Act) -> None:
        if kind.restore(act.connection, row):
            act.note(f"restore {kind.name}", f"{kind.name}:{row}")

    await _change(desk, actor, f"{kind.table}.restore", kind, row, change)


async def destroy(desk: Desk, actor: Actor, kind: Kind, row: int) -> None:
    """Takes what is deleted away for good. Raises ``NotFound``, ``Conflict``."""

    def change(act: Act) -> dict[str, Any]:
        mailbox = kind.mailbox(act.connection, row)
        act.must_own(mailbox, f"{kind.name} {row}")
        kind.destroy(act.connection, row)
        act.note(f"delete {kind.name} for good", f"{kind.name}:{row}")
        return {_TOLD_AS[kind]: row, "state": "gone", "mailbox": mailbox}

    desk.events.publish("message", await desk.act(actor, f"{kind.table}.destroy", change))


async def note(desk: Desk, actor: Actor, message: int, words: str) -> None:
    """What people of the office write beside a message. Raises ``NotFound``."""

    def change(act: Act) -> None:
        messages.annotate(act.connection, message, words)
        act.note("note on message", f"message:{message}")

    await _change(desk, actor, "messages.note", MESSAGES, message, change)


async def forward(desk: Desk, actor: Actor, message: int, to: int, words: str) -> None:
    """Gives a message to a colleague: it lies in the mailbox of user ``to`` from now on. Raises ``NotFound``,
    ``Conflict`` where it lies there already."""

    def change(act: Act) -> dict[str, Any]:
        mailbox = MESSAGES.mailbox(act.connection, message)
        act.must_own(mailbox, f"message {message}")
        user = users.by_id(act.connection, to)
        if user is None or user.disabled:
            raise NotFound(f"there is no user {to}")
        if user.mailbox == mailbox:
            raise Conflict(f"message {message} lies in that mailbox already")
        if words:
            messages.annotate(act.connection, message, words)
        messages.forward(act.connection, message, user.mailbox)
        act.note("forward message", f"message:{message}", {"to": f"user:{to}"})
        return told(act, MESSAGES, message)

    desk.events.publish("message", await desk.act(actor, "messages.forward", change))


async def count_new(desk: Desk, actor: Actor, act: str) -> dict[str, int]:
    """``new_messages`` and ``new_faxes`` in the actor's mailbox (a program's is the office's)."""

    def count(act: Act) -> dict[str, int]:
        mailbox = act.asker.mailbox or 1
        return {f"new_{kind.table}": kind.count_new(act.connection, mailbox) for kind in (MESSAGES, FAXES)}

    return await desk.act(actor, act, count)


async def _change(desk: Desk, actor: Actor, name: str, kind: Kind, row: int, change: Callable[[Act], Any]) -> None:
    def owned(act: Act) -> dict[str, Any]:
        act.must_own(kind.mailbox(act.connection, row), f"{kind.name} {row}")
        change(act)
        return told(act, kind, row)

    desk.events.publish("message", await desk.act(actor, name, owned))


def told(act: Act, kind: Kind, row: int) -> dict[str, Any]:
    """The ``message`` event that says how it stands."""
    mailbox = kind.mailbox(act.connection, row)
    return {
        _TOLD_AS[kind]: row,
        "state": kind.state(act.connection, row),
        f"new_{kind.table}": kind.count_new(act.connection, mailbox),
        "mailbox": mailbox,
    }
