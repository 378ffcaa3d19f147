"""Emergency calls: somebody has seen one, and the drill."""

from __future__ import annotations

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import emergencies


async def acknowledge(desk: Desk, actor: Actor, call: int) -> None:
    """Somebody has seen it, anybody of the office: nothing rings for it any more; once more is no error."""

    def change(act: Act) -> bool:
        return emergencies.acknowledge(act.connection, call, actor.who, act.now_ms)

    if await desk.act(actor, "emergency.acknowledge", change):
        desk.running.seen(call)


async def drill(desk: Desk, actor: Actor, handset: str) -> int:
    """Rings ``handset``; its lifting is the emergency call, without a line. The call's id is the result."""
    await desk.act(actor, "emergency.drill", lambda act: None)  # the right, before anything rings
    call = await desk.running.drill(handset, actor.user)
    await desk.act(
        actor, "emergency.drill", lambda act: act.note("emergency drill", f"call:{call}", {"handset": handset})
    )
    return call
