"""Every request of the control socket, in one table: its name, its arguments and the act it asks for.

Who may ask stands in ``rules/rights`` under the same names; ``docs/architecture.md`` lists them for those who write
clients.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from firmware.supervisor.control.arguments import Argument, anything, json_object, text
from firmware.supervisor.control.requests.emergency import EMERGENCY
from firmware.supervisor.control.requests.kept import OF_MESSAGES, kept
from firmware.supervisor.control.requests.people import PEOPLE
from firmware.supervisor.control.requests.receptionist import RECEPTIONIST
from firmware.supervisor.control.requests.request import Request
from firmware.supervisor.control.requests.rules import RULES
from firmware.supervisor.control.requests.telephone import TELEPHONE
from firmware.supervisor.control.requests.time_entries import TIME_ENTRIES
from firmware.supervisor.desk import box, mailbox, settings
from firmware.supervisor.desk.desk import Actor, Desk
from firmware.supervisor.settings.schema import SCHEMA
from firmware.supervisor.store.errors import Damaged, NewerFile, NotOurs
from firmware.supervisor.store.mailbox import FAXES, MESSAGES

__all__ = ["REQUESTS", "SUBSCRIBE", "Request"]


log = logging.getLogger(__name__)


async def _status(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """What is live is told to the box's own programs whatever the store says; what only that knows is then null."""
    news: Mapping[str, int | None]
    try:
        news = await mailbox.count_new(desk, actor, "status.get")
    except (NewerFile, Damaged, NotOurs, sqlite3.Error, OSError) as error:
        if actor.user is not None:  # whose rights nobody can look up
            raise
        log.warning("status: %s", error)
        news = {f"new_{kind.table}": None for kind in (MESSAGES, FAXES)}
    return {**desk.running.status(), **news}


async def _health(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    return desk.running.health()


async def _restart(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await box.restart(desk, actor)


async def _get_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> Any:
    if args["key"] is None:
        return [_setting(desk, key) for key in SCHEMA]
    return _setting(desk, args["key"])


async def _set_setting(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    await settings.put(desk, actor, args["key"], args["value"])
    return _setting(desk, args["key"])


def _setting(desk: Desk, key: str) -> dict[str, Any]:
    value, source = desk.settings.source(key)
    return {"key": key, "value": value, "source": source}


async def _write_audit(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await desk.act(actor, "audit.write", lambda act: act.note(args["action"], args["target"], args["detail"]))


_AUDITED = {
    "action": Argument(text(60, least=1)),
    "target": Argument(text(120), ""),
    "detail": Argument(json_object(4096), {}),
}

SUBSCRIBE = "events.subscribe"
REQUESTS: dict[str, Request] = {
    "status.get": Request(_status),
    SUBSCRIBE: Request(_status),  # the server opens the stream: it belongs to the connection
    "health.get": Request(_health),
    **kept(MESSAGES),
    **kept(FAXES),
    **OF_MESSAGES,
    **TELEPHONE,
    **EMERGENCY,
    **PEOPLE,
    **RULES,
    "box.restart": Request(_restart),
    **TIME_ENTRIES,
    **RECEPTIONIST,
    "settings.get": Request(_get_setting, {"key": Argument(text(80), None)}),
    "settings.set": Request(_set_setting, {"key": Argument(text(80)), "value": Argument(anything)}),
    "audit.write": Request(_write_audit, _AUDITED),
}
