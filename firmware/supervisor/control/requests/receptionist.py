"""What callers hear from the receptionist."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, BadArgument, json_object
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import receptionist
from firmware.supervisor.desk.desk import Actor, Desk
from firmware.supervisor.rules.tree import TreeError


async def _keep(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    try:
        await receptionist.keep(desk, actor, args["tree"])
    except TreeError as error:
        raise BadArgument(f"tree: {error}") from None


RECEPTIONIST: dict[str, Request] = {
    "receptionists.keep": Request(_keep, {"tree": Argument(json_object(40_000))}),
}
