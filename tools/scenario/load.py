"""Reading a scenario file: everything is checked against ``keys`` before anything is played.

Whatever is wrong raises SourceError with the file, the line, the key and what was expected; nothing is guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from firmware.supervisor.settings_schema import SCHEMA, Value, suggestion
from tools.scenario.checks import Check
from tools.scenario.keys import (
    ACTIONS,
    BOX,
    CONTACT,
    EXPECT,
    EXPECTED,
    LISTS,
    NUMBER_KINDS,
    PARTY,
    STEP,
    TABLES,
    TOP,
    WAITS,
)
from tools.scenario.log import CALL_COLUMNS, MESSAGE_COLUMNS
from tools.scenario.script import Box, Contact, Expect, Party, Scenario, Step
from tools.scenario.source import Source, SourceError, Table, read

DEFAULT_CLOCK = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=-5)))


def load(path: Path) -> Scenario:
    """Read and check one file. Raises SourceError."""
    source = read(path)
    top = _checked(source.top, TOP, known=[*TOP, *TABLES, *LISTS])
    if "name" not in top:
        raise SourceError(path, 1, 'name: missing; expected a line like name = "Caller leaves a message"')
    _known_tables(source)
    parties: dict[str, Party] = {}
    for table in source.lists.get("party", []):
        party = _party(table)
        if party.name in parties:
            raise table.error("name", f"{party.name!r} is taken by the party on line {parties[party.name].line_no}")
        parties[party.name] = party
    _places(source, parties)
    steps = tuple(_step(table, parties) for table in source.lists.get("step", []))
    if not steps:
        raise SourceError(path, 1, "no [[step]]; expected at least one")
    expects = tuple(_expect(table, parties) for table in source.lists.get("expect", []))
    if not expects:
        raise SourceError(path, 1, "no [[expect]]; expected at least one, such as calls = 1")
    contacts = tuple(_contact(table) for table in source.lists.get("contact", []))
    box = _box(source.tables.get("box", Table(path, 1)))
    return Scenario(path, top["name"], top.get("about", ""), box, contacts, parties, steps, expects)


def _known_tables(source: Source) -> None:
    for name, table in source.tables.items():
        if name not in TABLES:
            wanted = f"expected [[{name}]]" if name in LISTS else _nearest(name, [*TABLES, *LISTS])
            raise SourceError(source.path, table.line, f"[{name}]: {wanted}")
    for name, rows in source.lists.items():
        if name not in LISTS:
            wanted = f"expected [{name}]" if name in TABLES else _nearest(name, [*TABLES, *LISTS])
            raise SourceError(source.path, rows[0].line, f"[[{name}]]: {wanted}")


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(known))}"
    return f"unknown; {hint}"


def _checked(table: Table, keys: Mapping[str, Check], known: list[str] | None = None) -> dict[str, Any]:
    """The values of a table, each passed through its check."""
    found: dict[str, Any] = {}
    for key, value in table.values.items():
        if key not in keys:
            raise table.error(key, _nearest(key, known or list(keys)))
        try:
            found[key] = keys[key](value)
        except ValueError as error:
            raise table.error(key, str(error)) from error
    return found


def _box(table: Table) -> Box:
    own = {key: value for key, value in table.values.items() if key in BOX}
    values = _checked(Table(table.path, table.line, own, table.lines), BOX)
    others = {key: value for key, value in table.values.items() if key not in BOX}
    return Box(
        clock=values.get("clock", DEFAULT_CLOCK),
        seed=values.get("seed", 1),
        limit=values.get("limit", 300.0),
        hybrid_db=values.get("hybrid_db"),
        noise_dbm0=values.get("noise_dbm0"),
        settings=dict(_settings(table, others)),
    )


def _settings(table: Table, values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """The box's settings by their key in the schema: ``answering.rings``, and ``country`` for ``box.country``."""
    for name, value in values.items():
        key = prefix + name
        top = key.split(".")[0]
        if isinstance(value, dict):
            yield from _settings(table, value, key + ".")
            continue
        known = next((one for one in (key, f"box.{key}") if one in SCHEMA), None)
        if known is None:
            hint = suggestion(key) or f"; did you mean {(difflib.get_close_matches(key, BOX, 1) or sorted(BOX))[0]}?"
            raise SourceError(table.path, table.line_of(top), f"{key}: unknown setting{hint}")
        try:
            yield known, SCHEMA[known].check(value)
        except ValueError as error:
            raise SourceError(table.path, table.line_of(top), str(error)) from error


def _contact(table: Table) -> Contact:
    values = _checked(table, CONTACT)
    if "name" not in values:
        raise table.error("name", "missing; every contact has one")
    numbers = tuple((kind, values[kind]) for kind in NUMBER_KINDS if kind in values)
    return Contact(
        line_no=table.line,
        name=values["name"],
        company=values.get("company", ""),
        sounds_like=values.get("sounds_like", ""),
        client=values.get("client", ""),
        language=values.get("language", ""),
        numbers=numbers,
    )


def _party(table: Table) -> Party:
    values = _checked(table, PARTY)
    if "name" not in values:
        raise table.error("name", "missing; every party has one")
    named = [key for key in ("line", "handset", "parallel") if key in values]
    if len(named) > 1:
        raise table.error(named[1], f"a party is in one place, not at {' and '.join(named)}")
    place = named[0] if named else "number"
    if place in ("line", "number") and "number" not in values and values.get("presentation", "allowed") == "allowed":
        raise table.error("number", "missing; expected line and number, handset, or the number the box dials")
    only = {
        "number": ("line", "number"),
        "shown_name": ("line",),
        "presentation": ("line",),
        "when_dialled": ("number",),
        "after": ("number",),
        "reversal": ("number",),
        "clears": ("line", "number"),
    }
    for key, places in only.items():
        if key in values and place not in places:
            raise table.error(key, f"not for a party with {place}")
    return Party(
        line_no=table.line,
        name=values["name"],
        place=place,
        port=values.get(place, "") if place != "number" else "",
        number=values.get("number", ""),
        shown_name=values.get("shown_name", ""),
        presentation=values.get("presentation", "allowed"),
        when_dialled=values.get("when_dialled", "answers"),
        after=values.get("after", 4.0),
        reversal=values.get("reversal", False),
        clears=values.get("clears", "loop drop"),
        voice=values.get("voice", ""),
        level=values.get("level", -19.0),
    )


def _places(source: Source, parties: dict[str, Party]) -> None:
    """Two people cannot sit at one handset or behind one number; many may call in on one line, one after the other."""
    taken: dict[tuple[str, str], Party] = {}
    for party in parties.values():
        seat = (
            (party.place, party.port)
            if party.place in ("handset", "parallel")
            else (party.place + party.port, party.number)
        )
        if seat in taken and seat[1]:
            other = taken[seat]
            raise SourceError(source.path, party.line_no, f"{party.name}: {other.name} is there already")
        taken[seat] = party


def _step(table: Table, parties: dict[str, Party]) -> Step:
    values = _checked(table, STEP)
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
    waits = kind == "hears" or values.get("does") in WAITS
    if waits and "within" not in values:
        raise table.error(kind, "within is missing; expected the seconds it may take")
    for key, fits in (
        ("within", waits),
        ("for", kind in ("says", "hears")),
        ("number", values.get("does") in ("dials", "rings")),
        ("pulse", values.get("does") == "dials"),
        ("begun", kind == "hears"),
        ("meanwhile", kind in ("says", "presses") or values.get("does") == "dials"),
        ("values", kind == "hears"),
    ):
        if key in values and not fits:
            raise table.error(key, f"does not go with {kind} = {values[kind]!r}")
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
        values=values.get("values", {}),
    )


def _fits_place(table: Table, values: dict[str, Any], party: Party | None) -> None:
    act = values.get("does")
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


def _expect(table: Table, parties: dict[str, Party]) -> Expect:
    values = _checked(table, EXPECT)
    kinds = [key for key in EXPECTED if key in values]
    if len(kinds) != 1:
        wanted = f"expected exactly one of {', '.join(EXPECTED)}"
        raise SourceError(table.path, table.line, f"expect: {wanted}; found {' and '.join(kinds) or 'none'}")
    kind = kinds[0]
    for key in ("who", "values"):
        if key in values and kind != "heard":
            raise table.error(key, f"goes with heard, not with {kind}")
    if "times" in values and kind not in ("heard", "event", "call", "message"):
        raise table.error("times", f"does not go with {kind}")
    if kind == "heard" and values.get("who") not in parties:
        raise table.error("who", f"expected one of {', '.join(parties)}; found {values.get('who', 'none')!r}")
    row = values[kind] if isinstance(values[kind], dict) else {}
    known = {"call": CALL_COLUMNS, "message": (*MESSAGE_COLUMNS, "speech")}.get(kind)
    for column in row if known else ():
        if column not in (known or ()):
            raise table.error(kind, f"{column}: {_nearest(column, list(known or ()))}")
    speaker = row.get("speech")
    if speaker is not None and speaker.written not in parties:
        raise table.error(kind, f"speech: expected one of {', '.join(parties)}; found {speaker}")
    return Expect(
        line_no=table.line_of(kind),
        kind=kind,
        row=row,
        count=values[kind] if kind in ("calls", "messages") else values.get("times"),
        who=values.get("who", ""),
        sound=values[kind] if kind == "heard" else "",
        values=values.get("values", {}),
    )
