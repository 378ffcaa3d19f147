"""Calls: correct a row of the log, end a call that is going on, place one from a page."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, flag, port, row_id, text
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import calls
from firmware.supervisor.desk.desk import Actor, Desk


async def _annotate(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await calls.annotate(desk, actor, args["id"], args["client"], args["matter"])


async def _done(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await calls.done(desk, actor, args["id"], args["done"])


async def _hang_up(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await calls.hang_up(desk, actor, args["id"])


async def _dial(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    return {"id": await calls.dial(desk, actor, args["handset"], args["number"], args["message"])}


_ID = {"id": Argument(row_id)}

TELEPHONE: dict[str, Request] = {
    "calls.annotate": Request(_annotate, {**_ID, "client": Argument(text(80)), "matter": Argument(text(200))}),
    "calls.done": Request(_done, {**_ID, "done": Argument(flag, True)}),
    "calls.hang_up": Request(_hang_up, _ID),
    "calls.dial": Request(
        _dial,
        {
            "handset": Argument(port("handsets")),
            "number": Argument(text(32, pattern=r"\+?[0-9*#]+")),
            "message": Argument(row_id, None),
        },
    ),
}
