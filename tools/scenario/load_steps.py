"""Reading the steps and expectations of a scenario file, and whether their keys go together."""

from __future__ import annotations

from typing import Any

from tools.scenario.checked import checked, nearest
from tools.scenario.keys import ACTIONS, EXPECT, EXPECTED, STEP, WAITS
from tools.scenario.log import CALL_COLUMNS, FAX_COLUMNS, MESSAGE_COLUMNS
from tools.scenario.script import Expect, Party, Step
from tools.scenario.source import SourceError, Table


def read_step(table: Table, parties: dict[str, Party]) -> Step:
    """One ``[[step]]``. Raises SourceError."""
    values = checked(table, STEP)
    actions = [key for key in ACTIONS if key in values]
    if len(actions) != 1:
        found = " and ".join(actions) if actions else "none"
        raise SourceError(table.path, table.line, f"step: expected exactly one of {', '.join(ACTIONS)}; found {found}")
    kind = actions[0]
    who = values.get("who", "")
    if kind in ("fault", "kill", "restart"):
        if who:
            raise table.error("who", f"{kind} is done by nobody; leave who out")
    elif who not in parties:
        known = f"one of {', '.join(parties)}" if parties else "a [[party]] of that name"
        raise table.error("who", f"expected {known}; found {who!r}" if who else f"missing; expected {known}")
    waits = kind in ("hears", "shows") or values.get("does") in WAITS
    if waits and "within" not in values:
        raise table.error(kind, "within is missing; expected the seconds it may take")
    for key, fits in (
        ("within", waits),
        ("for", kind in ("says", "hears")),
        ("number", values.get("does") in ("dials", "rings")),
        ("pulse", values.get("does") == "dials"),
        ("begun", kind == "hears"),
        ("meanwhile", kind in ("says", "presses") or values.get("does") == "dials"),
        ("by_hand", kind == "faxes"),
        ("values", kind == "hears"),
    ):
        if key in values and not fits:
            raise table.error(key, f"does not go with {kind} = {values[kind]!r}")
    if kind == "faxes" and parties[who].place != "line":
        raise table.error("faxes", f"is not for {who}, a party with {parties[who].place}")
    _fits_place(table, values, parties.get(who))
    return Step(
        line_no=table.line_of(kind),
        who=who,
        kind=kind,
        value=values[kind],
        within=values.get("within", 0.0),
        after=values.get("after", 0.0),
        seconds=values.get("for"),
        number=values.get("number", ""),
        pulse=values.get("pulse", False),
        begun=values.get("begun", False),
        meanwhile=values.get("meanwhile", False),
        by_hand=values.get("by_hand", False),
        values=values.get("values", {}),
    )


def _fits_place(table: Table, values: dict[str, Any], party: Party | None) -> None:
    act = values.get("does")
    if "shows" in values and party is not None and not party.display:
        raise table.error("shows", f"{party.name} has no display; expected a party with handset and display = true")
    telephones = ("handset", "parallel")
    places = {
        "rings": ("line",),
        "lifts": telephones,
        "dials": telephones,
        "flashes": telephones,
        "answers": ("number", *telephones),
        "unrung": ("number", *telephones),
        "rung": ("number", *telephones),
        "answered": ("line", "number"),
        "released": ("line", "number"),
    }
    if act in places and party is not None and party.place not in places[act]:
        raise table.error("does", f"{act!r} is not for {party.name}, a party with {party.place}")
    if act == "dials" and "number" not in values:
        raise table.error("number", "missing; expected the digits to dial")


def read_expect(table: Table, parties: dict[str, Party]) -> Expect:
    """One ``[[expect]]``. Raises SourceError."""
    values = checked(table, EXPECT)
    kinds = [key for key in EXPECTED if key in values]
    if len(kinds) != 1:
        wanted = f"expected exactly one of {', '.join(EXPECTED)}"
        raise SourceError(table.path, table.line, f"expect: {wanted}; found {' and '.join(kinds) or 'none'}")
    kind = kinds[0]
    for key in ("who", "values"):
        if key in values and kind != "heard":
            raise table.error(key, f"goes with heard, not with {kind}")
    if "times" in values and kind not in ("heard", "event", "call", "message", "fax"):
        raise table.error("times", f"does not go with {kind}")
    if kind == "heard" and values.get("who") not in parties:
        raise table.error("who", f"expected one of {', '.join(parties)}; found {values.get('who', 'none')!r}")
    row = values[kind] if isinstance(values[kind], dict) else {}
    columns = {"call": CALL_COLUMNS, "message": (*MESSAGE_COLUMNS, "speech"), "fax": (*FAX_COLUMNS, "picture")}
    known = columns.get(kind)
    for column in row if known else ():
        if column not in (known or ()):
            raise table.error(kind, f"{column}: {nearest(column, list(known or ()))}")
    for column in ("speech", "picture"):
        party = row.get(column)
        if party is not None and party.written not in parties:
            raise table.error(kind, f"{column}: expected one of {', '.join(parties)}; found {party}")
    return Expect(
        line_no=table.line_of(kind),
        kind=kind,
        row=row,
        count=values[kind] if kind in ("calls", "messages", "faxes") else values.get("times"),
        who=values.get("who", ""),
        sound=values[kind] if kind == "heard" else "",
        values=values.get("values", {}),
    )
