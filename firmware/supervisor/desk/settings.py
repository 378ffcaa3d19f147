"""The page's settings, changed."""

from __future__ import annotations

import sqlite3
from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.store import audit
from firmware.supervisor.store.settings_table import store_setting


async def put(desk: Desk, actor: Actor, key: str, wanted: Any) -> None:
    """In force at once. Raises ``SettingsError``."""
    value = desk.settings.check(key, wanted)

    def change(act: Act) -> None:
        keep(act.connection, key, value, actor.who, act.now_ms)

    await desk.act(actor, "settings.set", change)
    desk.settings.accept(key, value)
    desk.events.publish("setting", {"key": key, "value": value})


def keep(connection: sqlite3.Connection, key: str, value: object, who: str, now_ms: int) -> None:
    """A value that has been checked, with its audit row, in one transaction."""
    store_setting(connection, key, value, by=who, now_ms=now_ms)
    audit.write(connection, at_ms=now_ms, who=who, action="set", target=f"setting:{key}", detail={"value": value})
