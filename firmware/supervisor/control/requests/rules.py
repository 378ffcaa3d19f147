"""Add and remove the office's rules."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, BadArgument, json_object, row_id
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import rules
from firmware.supervisor.desk.desk import Actor, Desk
from firmware.supervisor.rules.written import RuleError


async def _add(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    try:
        return {"id": await rules.add(desk, actor, args["rule"])}
    except RuleError as error:
        raise BadArgument(f"rule: {error}") from None


async def _remove(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await rules.remove(desk, actor, args["id"])


RULES: dict[str, Request] = {
    "rules.add": Request(_add, {"rule": Argument(json_object(4096))}),
    "rules.remove": Request(_remove, {"id": Argument(row_id)}),
}
