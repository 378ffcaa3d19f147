"""Emergency calls: somebody has seen one, and the drill."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, port, row_id
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.desk import emergency
from firmware.supervisor.desk.desk import Actor, Desk


async def _acknowledge(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await emergency.acknowledge(desk, actor, args["id"])


async def _drill(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, int]:
    return {"id": await emergency.drill(desk, actor, args["handset"])}


EMERGENCY: dict[str, Request] = {
    "emergency.acknowledge": Request(_acknowledge, {"id": Argument(row_id)}),
    "emergency.drill": Request(_drill, {"handset": Argument(port("handsets"))}),
}
