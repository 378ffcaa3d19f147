"""The page's settings, changed."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store.settings_table import store_setting


async def put(desk: Desk, actor: Actor, key: str, wanted: Any) -> None:
    """In force at once. Raises ``SettingsError``."""
    value = desk.settings.check(key, wanted)

    def change(act: Act) -> None:
        store_setting(act.connection, key, value, by=actor.who, now_ms=act.now_ms)
        act.note("set", f"setting:{key}", {"value": value})

    await desk.act(actor, "settings.set", change)
    desk.settings.accept(key, value)
    desk.events.publish("setting", {"key": key, "value": value})
