"""Emergency calls: somebody has seen one, and the drill."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.control.arguments import Argument, one_of, row_id
from firmware.supervisor.control.requests.desk import Actor, Command, Desk, note
from firmware.supervisor.store import emergencies


async def _acknowledge(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    if await desk.write(emergencies.acknowledge, args["id"], actor.who, desk.now_ms()):
        desk.box.seen(args["id"])


async def _drill(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    call = await desk.box.drill(args["handset"], actor.user)
    await desk.write(note, actor, desk.now_ms(), "emergency drill", f"call:{call}", {"handset": args["handset"]})
    return {"id": call}


EMERGENCY: dict[str, Command] = {
    "emergency.acknowledge": Command("user", _acknowledge, {"id": Argument(row_id)}),
    "emergency.drill": Command("admin", _drill, {"handset": Argument(one_of("C", "D"))}),
}
