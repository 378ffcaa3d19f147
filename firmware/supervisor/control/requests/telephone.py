"""Calls: correct a row of the log, end a call that is going on, place one from a page."""

from __future__ import annotations

import sqlite3
from typing import Any

from firmware.supervisor.control.arguments import Argument, one_of, row_id, text
from firmware.supervisor.control.requests.desk import Actor, Command, Desk, note
from firmware.supervisor.store import calls, messages
from firmware.supervisor.store.mailbox import MESSAGES


async def _annotate(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    now_ms = desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        calls.annotate(connection, args["id"], args["client"], args["matter"])
        detail = {"client": args["client"], "matter": args["matter"]}
        note(connection, actor, now_ms, "annotate call", f"call:{args['id']}", detail)

    await desk.write(change)


async def _hang_up(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    await desk.box.hang_up(args["id"])
    await desk.write(note, actor, desk.now_ms(), "hang up", f"call:{args['id']}")


async def _dial(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    message = args["message"]
    if message is None:
        return {"id": await desk.box.dial(args["handset"], args["number"], actor.user)}
    await desk.write(MESSAGES.state, message)  # there is such a message, before anything rings

    async def dialled() -> None:
        await _called_back(desk, message)

    return {"id": await desk.box.dial(args["handset"], args["number"], actor.user, dialled)}


async def _called_back(desk: Desk, message: int) -> None:
    def change(connection: sqlite3.Connection) -> tuple[str, int]:
        messages.called_back(connection, message, desk.now_ms())
        return MESSAGES.state(connection, message), MESSAGES.count_new(connection)

    state, new = await desk.write(change)
    desk.events.publish("message", {"id": message, "state": state, "new_messages": new})


_ID = {"id": Argument(row_id)}

TELEPHONE: dict[str, Command] = {
    "calls.annotate": Command("user", _annotate, {**_ID, "client": Argument(text(80)), "matter": Argument(text(200))}),
    "calls.hang_up": Command("user", _hang_up, _ID),
    "calls.dial": Command(
        "user",
        _dial,
        {
            "handset": Argument(one_of("C", "D")),
            "number": Argument(text(32, pattern=r"\+?[0-9*#]+")),
            "message": Argument(row_id, None),
        },
    ),
}
