"""Reading a scenario file: everything is checked against ``keys`` before anything is played.

Whatever is wrong raises SourceError with the file, the line, the key and what was expected; nothing is guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from drivers.signals.countries import country
from firmware.supervisor.rules.tree import TreeError, tree
from firmware.supervisor.rules.written import RuleError, office
from firmware.supervisor.settings.schema import SCHEMA, Value, suggestion
from tools.scenario.checked import checked, nearest
from tools.scenario.keys import (
    BOX,
    CONTACT,
    EXCHANGE,
    LISTS,
    NUMBER_KINDS,
    PARTY,
    RULE,
    TABLES,
    TOP,
)
from tools.scenario.load_steps import read_expect, read_step
from tools.scenario.script import Box, Contact, Exchange, Party, Scenario
from tools.scenario.source import Source, SourceError, Table, read

DEFAULT_CLOCK = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=-5)))


def load(path: Path) -> Scenario:
    """Read and check one file. Raises SourceError."""
    source = read(path)
    top = checked(source.top, TOP, known=[*TOP, *TABLES, *LISTS])
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
    steps = tuple(read_step(table, parties) for table in source.lists.get("step", []))
    if not steps:
        raise SourceError(path, 1, "no [[step]]; expected at least one")
    expects = tuple(read_expect(table, parties) for table in source.lists.get("expect", []))
    if not expects:
        raise SourceError(path, 1, "no [[expect]]; expected at least one, such as calls = 1")
    contacts = tuple(_contact(table) for table in source.lists.get("contact", []))
    rules = tuple(_rules(source.lists.get("rule", [])))
    box = _box(source.tables.get("box", Table(path, 1)))
    exchange = _exchange(source.tables.get("exchange", Table(path, 1)))
    receptionist = _receptionist(source.tables.get("receptionist"))
    return Scenario(
        path, top["name"], top.get("about", ""), box, exchange, contacts, rules, receptionist, parties, steps, expects
    )


def _known_tables(source: Source) -> None:
    for name, table in source.tables.items():
        if name not in TABLES:
            wanted = f"expected [[{name}]]" if name in LISTS else nearest(name, [*TABLES, *LISTS])
            raise SourceError(source.path, table.line, f"[{name}]: {wanted}")
    for name, rows in source.lists.items():
        if name not in LISTS:
            wanted = f"expected [{name}]" if name in TABLES else nearest(name, [*TABLES, *LISTS])
            raise SourceError(source.path, rows[0].line, f"[[{name}]]: {wanted}")


def _box(table: Table) -> Box:
    own = {key: value for key, value in table.values.items() if key in BOX}
    values = checked(Table(table.path, table.line, own, table.lines), BOX)
    others = {key: value for key, value in table.values.items() if key not in BOX}
    return Box(
        clock=values.get("clock", DEFAULT_CLOCK),
        seed=values.get("seed", 1),
        limit=values.get("limit", 300.0),
        hybrid_db=values.get("hybrid_db"),
        noise_dbm0=values.get("noise_dbm0"),
        settings=dict(_settings(table, others)),
    )


def _exchange(table: Table) -> Exchange:
    values = checked(table, EXCHANGE)
    return Exchange(**values)


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
            checked_value = SCHEMA[known].check(value)
            if known == "box.country":
                country(str(checked_value))
            yield known, checked_value
        except KeyError as error:
            raise SourceError(table.path, table.line_of(top), f"{key}: {error.args[0]}") from error
        except ValueError as error:
            raise SourceError(table.path, table.line_of(top), str(error)) from error


def _contact(table: Table) -> Contact:
    values = checked(table, CONTACT)
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


def _rules(tables: list[Table]) -> Iterator[dict[str, Any]]:
    """The office's rules, checked as the box checks them."""
    rules: list[dict[str, Any]] = []
    for table in tables:
        rules.append(checked(table, RULE))
        try:
            office(rules)
        except RuleError as error:
            raise SourceError(table.path, table.line, str(error)) from error
    yield from rules


def _receptionist(table: Table | None) -> dict[str, Any] | None:
    """The receptionist's tree, checked as the box checks it."""
    if table is None:
        return None
    try:
        tree(table.values)
    except TreeError as error:
        raise SourceError(table.path, table.line, str(error)) from error
    return dict(table.values)


def _party(table: Table) -> Party:
    values = checked(table, PARTY)
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
        "redirecting": ("line",),
        "when_dialled": ("number",),
        "after": ("number",),
        "reversal": ("number",),
        "clears": ("line", "number"),
        "display": ("handset",),
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
        redirecting=values.get("redirecting", ""),
        when_dialled=values.get("when_dialled", "answers"),
        after=values.get("after", 4.0),
        reversal=values.get("reversal", False),
        clears=values.get("clears", "loop drop"),
        display=values.get("display", False),
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
