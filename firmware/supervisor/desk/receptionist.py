"""The receptionist's tree: looked at and kept, once nothing is wrong with it."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.rules.tree import tree
from firmware.supervisor.store import receptionist


async def keep(desk: Desk, actor: Actor, wanted: Any) -> None:
    """In force with the next caller. Raises ``TreeError``, which names the path to what is wrong."""
    tree(wanted)

    def change(act: Act) -> None:
        receptionist.keep(act.connection, wanted, by=actor.who, now_ms=act.now_ms)
        act.note("keep", "receptionist", {"nodes": sorted(wanted["nodes"])})

    await desk.act(actor, "receptionists.keep", change)
    desk.events.publish("setting", {"key": "receptionist", "value": ""})
