"""How the office answers: its status, its rules, and what they make of a caller."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from firmware.supervisor.control.arguments import Argument, BadArgument, flag, json_object, port, row_id, text
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


async def _set_status(desk: Desk, actor: Actor, args: dict[str, Any]) -> None:
    await rules.set_status(desk, actor, args["status"], args["until"])


async def _try_out(desk: Desk, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    outcome, caller, contact = await rules.try_out(
        desk, actor, args["at"], args["line"], args["number"], args["withheld"]
    )
    reasons = [{"id": reason.id, "fields": dict(reason.fields)} for reason in outcome.reasons]
    return {
        "what": outcome.what,
        "status": outcome.status,
        "reasons": reasons,
        "caller": {"number": caller.number, "withheld": caller.withheld, "contact": caller.contact, "id": contact},
    }


def _moment(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadArgument("expected a local time as 2026-03-02T15:00") from None
    if at.tzinfo is not None or not 2000 <= at.year <= 2199:
        raise BadArgument("expected a local time without offset, from 2000 to 2199")
    return at


RULES: dict[str, Request] = {
    "status.set": Request(_set_status, {"status": Argument(text(20)), "until": Argument(text(16), "")}),
    "rules.test": Request(
        _try_out,
        {
            "at": Argument(_moment),
            "line": Argument(port("lines")),
            "number": Argument(text(40), ""),
            "withheld": Argument(flag, False),
        },
    ),
    "rules.add": Request(_add, {"rule": Argument(json_object(4096))}),
    "rules.remove": Request(_remove, {"id": Argument(row_id)}),
}
