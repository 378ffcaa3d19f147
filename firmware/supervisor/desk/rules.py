"""The office's rules: one is added or taken away; what would contradict the others is refused before it is kept."""

from __future__ import annotations

from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.rules.written import RuleError, office
from firmware.supervisor.store import rules
from firmware.supervisor.store.errors import Conflict


async def add(desk: Desk, actor: Actor, rule: dict[str, Any]) -> int:
    """A new rule after the others; its id is the result. Raises ``RuleError``."""

    def change(act: Act) -> int:
        office([*rules.kept(act.connection).values(), rule])
        row = rules.add(act.connection, rule)
        act.note("add rule", f"rule:{row}", rule)
        return row

    row = await desk.act(actor, "rules.add", change)
    desk.events.publish("rules", {"id": row})
    return row


async def remove(desk: Desk, actor: Actor, row: int) -> None:
    """Raises ``NotFound``, and ``Conflict`` where another rule needs it."""

    def change(act: Act) -> None:
        removed = rules.kept(act.connection).get(row)
        rules.remove(act.connection, row)
        try:
            office(list(rules.kept(act.connection).values()))
        except RuleError as error:
            raise Conflict(f"another rule needs it: {error}") from None
        act.note("remove rule", f"rule:{row}", removed)

    await desk.act(actor, "rules.remove", change)
    desk.events.publish("rules", {"id": row})
