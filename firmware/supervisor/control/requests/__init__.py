"""Every command of the control socket, in one table: its name, who may use it, its arguments and what it does.

A command that changes the store does it, with its audit row, in one transaction, and tells the subscribers
afterwards. ``docs/architecture.md`` lists the same commands for those who write clients.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from firmware.supervisor.control.arguments import Argument, anything, json_object, text
from firmware.supervisor.control.requests.desk import Actor, Command, Desk, Role, note
from firmware.supervisor.control.requests.emergency import EMERGENCY
from firmware.supervisor.control.requests.kept import Kept
from firmware.supervisor.control.requests.people import PEOPLE
from firmware.supervisor.control.requests.telephone import TELEPHONE
from firmware.supervisor.settings.schema import SCHEMA
from firmware.supervisor.store.mailbox import FAXES, MESSAGES
from firmware.supervisor.store.settings_table import store_setting

__all__ = ["COMMANDS", "SUBSCRIBE", "Actor", "Command", "Desk", "Role"]


async def _status(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    news = {"new_messages": await desk.write(MESSAGES.count_new), "new_faxes": await desk.write(FAXES.count_new)}
    return {**desk.box.status(), **news}


async def _health(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    return desk.box.health()


async def _get_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    if args["key"] is None:
        return [_setting(desk, key) for key in SCHEMA]
    return _setting(desk, args["key"])


async def _set_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    key, value, now_ms = args["key"], desk.settings.check(args["key"], args["value"]), desk.now_ms()

    def change(connection: sqlite3.Connection) -> None:
        store_setting(connection, key, value, by=actor.who, now_ms=now_ms)
        note(connection, actor, now_ms, "set", f"setting:{key}", {"value": value})

    await desk.write(change)
    desk.settings.accept(key, value)
    desk.events.publish("setting", {"key": key, "value": value})
    return _setting(desk, key)


def _setting(desk: Desk, key: str) -> dict[str, Any]:
    value, source = desk.settings.source(key)
    return {"key": key, "value": value, "source": source}


async def _write_audit(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    await desk.write(note, actor, desk.now_ms(), args["action"], args["target"], args["detail"])


_AUDITED = {
    "action": Argument(text(60, least=1)),
    "target": Argument(text(120), ""),
    "detail": Argument(json_object(4096), {}),
}

SUBSCRIBE = "events.subscribe"
COMMANDS: dict[str, Command] = {
    "status.get": Command("user", _status, programs=True),
    SUBSCRIBE: Command("user", _status, programs=True),  # the server opens the stream: it belongs to the connection
    "health.get": Command("user", _health, programs=True),
    **Kept(MESSAGES, told_as="id").commands(),
    **Kept(FAXES, told_as="fax").commands(),
    **TELEPHONE,
    **EMERGENCY,
    **PEOPLE,
    "settings.get": Command("admin", _get_setting, {"key": Argument(text(80), None)}),
    "settings.set": Command("admin", _set_setting, {"key": Argument(text(80)), "value": Argument(anything)}),
    "audit.write": Command("user", _write_audit, _AUDITED, programs=True),
}
