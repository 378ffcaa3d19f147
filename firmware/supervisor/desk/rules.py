"""How the office answers: its rules, its status, and what they make of a caller.

A rule that would contradict the others is refused before it is kept.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from firmware.supervisor.desk.desk import Act, Actor, Desk
from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Outcome
from firmware.supervisor.rules.written import RuleError, office
from firmware.supervisor.settings.answering import decided
from firmware.supervisor.store import audit, contacts, rules
from firmware.supervisor.store.errors import Conflict
from firmware.supervisor.store.settings_table import store_setting


async def add(desk: Desk, actor: Actor, rule: dict[str, Any]) -> int:
    """A new rule after the others; its id is the result. Raises ``RuleError``.

    A number in it may be written as people here write it.
    """
    number = rule.get("number")
    if isinstance(number, str) and "*" not in number and "-+" not in number:
        rule = {**rule, "number": desk.numbers.typed(number).e164 or number}

    def change(act: Act) -> int:
        office([*rules.kept(act.connection).values(), rule])
        row = rules.add(act.connection, rule)
        act.note("add rule", f"rule:{row}", rule)
        return row

    row = await desk.act(actor, "rules.add", change)
    desk.events.publish("rules", {"id": row})
    return row


def block(connection: sqlite3.Connection, number: str, who: str, now_ms: int) -> None:
    """Blocks a caller's number (E.164) for somebody at a telephone, unless a rule about it is there already."""
    rule = {"kind": "block", "number": number}
    try:
        office([*rules.kept(connection).values(), rule])
    except RuleError:
        return
    row = rules.add(connection, rule)
    audit.write(connection, at_ms=now_ms, who=who, action="add rule", target=f"rule:{row}", detail=rule)


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


async def set_status(desk: Desk, actor: Actor, status: str, until: str) -> None:
    """What the office is doing, until a local time or for good. Raises ``SettingsError``."""
    wanted = {key: desk.settings.check(key, value) for key, value in (("status", status), ("status_until", until))}

    def change(act: Act) -> None:
        for key, value in wanted.items():
            store_setting(act.connection, key, value, by=actor.who, now_ms=act.now_ms)
        act.note("set status", f"status:{status}", wanted)

    await desk.act(actor, "status.set", change)
    for key, value in wanted.items():
        desk.settings.accept(key, value)
        desk.events.publish("setting", {"key": key, "value": value})


async def try_out(
    desk: Desk, actor: Actor, at: datetime, line: str, number: str, withheld: bool
) -> tuple[Outcome, Caller, int | None]:
    """What would happen to a caller at ``at``, wall clock; ``number`` as a person writes it, "" where none is sent.

    With it who that is: as the rules see the caller, and the contact's id.
    """
    typed = desk.numbers.typed(number)
    stored = {key: desk.settings.text(key) for key in ("status", "status_until")}

    def asked(act: Act) -> tuple[Outcome, Caller, int | None]:
        known = None
        if number and not withheld:
            known = contacts.find_by_number(act.connection, typed.e164, desk.numbers.ways(typed))
        caller = Caller("" if withheld else typed.e164 or "", withheld, contact=known.name if known else "")
        contact = known.contact if known else None
        return decided(act.connection, stored, at, line, caller, contact), caller, contact

    return await desk.act(actor, "rules.test", asked)
