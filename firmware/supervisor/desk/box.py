"""The box itself: restarted when nobody telephones."""

from __future__ import annotations

from firmware.supervisor.desk.desk import Actor, Desk


async def restart(desk: Desk, actor: Actor) -> None:
    """Raises ``Conflict`` while a call goes on."""
    await desk.act(actor, "box.restart", lambda act: act.note("restart", "box"))
    desk.running.restart()
