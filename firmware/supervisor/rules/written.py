"""An office's rules as they are kept and sent, one JSON object each, and the Office they make.

What would contradict another rule, or could never hold, is refused: a RuleError names the rule, the field and what was
expected. docs/rules.md lists the kinds and their fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from firmware.supervisor.rules import ports
from firmware.supervisor.rules.callers import MARKS, Screen
from firmware.supervisor.rules.decide import Office
from firmware.supervisor.rules.recurrence import EVERY, Recurrence
from firmware.supervisor.rules.schedule import DAYS, LONGEST_AGAIN_H, LONGEST_EVENT_H, Event, Hours, Schedule
from firmware.supervisor.rules.statuses import AUTOMATIC, CLASSES, STATUSES, Policy, Set

T = TypeVar("T", bound=str)
MOST_RULES = 2000
MOST_OF_A_KIND = {"hours": 100, "event": 500}
LONGEST_NAME = 60
FIRST_YEAR, LAST_YEAR = 2000, 2199
_NUMBER = re.compile(r"\+[1-9][0-9]{0,14}\*?|(\+[1-9][0-9]{1,14})-(\+[1-9][0-9]{1,14})")


class RuleError(ValueError):
    """A rule that is wrong or contradicts another; the message names it, its field and what was expected."""


def set_by_person(status: str, status_until: str) -> Set | None:
    """What the settings ``status`` and ``status_until`` say; None while the office follows its schedule."""
    if status == AUTOMATIC:
        return None
    try:
        return Set(status, datetime.fromisoformat(status_until) if status_until else None)
    except ValueError:  # a day that there is not, such as February 30
        return Set(status)


def office(
    rules: Sequence[Any], by_person: Set | None = None, complain: Callable[[RuleError], None] | None = None
) -> Office:
    """The office that ``rules`` describe. Raises RuleError; with ``complain``, tells it and leaves that rule out."""
    if len(rules) > MOST_RULES:
        raise RuleError(f"{len(rules)} rules: expected {MOST_RULES} at most")
    made: dict[str, dict[Any, Any]] = {kind: {} for kind in _KINDS}
    for number, rule in enumerate(rules, start=1):
        try:
            _make(_Fields(f"rule {number}", rule), made)
        except RuleError as error:
            if complain is None:
                raise
            complain(error)
    groups = made["group"]
    for status, policy in made["policy"].items():
        for name in sorted(policy.admits - {*CLASSES, *groups}):
            known = ", ".join((*CLASSES, *groups))
            unknown = RuleError(f"policy of {status}: admits: {name!r}: expected one of {known}")
            if complain is None:
                raise unknown
            complain(unknown)  # nobody is in a group that there is not: the policy holds without it
    return Office(
        schedule=Schedule(by_person, tuple(made["event"].values()), tuple(made["hours"].values())),
        policies=made["policy"],
        screens=(*made["block"].values(), *made["allow"].values()),
        message_lines=frozenset(made["line"]),
        groups=groups,
    )


def _make(fields: _Fields, made: Mapping[str, dict[Any, Any]]) -> None:
    """Puts one rule under its kind, by what makes it the same as another: its name, its callers, itself."""
    kind = fields.one_of("kind", tuple(_KINDS))
    fields.where += f" ({kind})"
    value = _KINDS[kind](fields)
    fields.no_others()
    key = value
    if kind in _NAMED:
        key, value = value
    elif kind in _OPPOSITE:
        key = replace(value, blocks=True)
    _refuse(fields, kind, key, value, made)
    made[kind][key] = value


def _refuse(fields: _Fields, kind: str, key: Any, value: Any, made: Mapping[str, dict[Any, Any]]) -> None:
    """What would contradict a rule before it."""
    if len(made[kind]) >= MOST_OF_A_KIND.get(kind, MOST_RULES):
        raise fields.error("kind", f"expected {MOST_OF_A_KIND[kind]} such rules at most")
    if kind == "hours" and any(value.overlaps(earlier) for earlier in made["hours"].values()):
        raise fields.error("days", "overlaps the hours of an earlier rule; expected other days or times")
    if key in made[kind]:
        if kind in _NAMED:
            raise fields.error(_NAMED[kind], f"{key!r} has an earlier rule; expected one")
        raise fields.error("kind", "an earlier rule says the same; expected it once")
    if key in made.get(_OPPOSITE.get(kind, ""), {}):
        raise fields.error("kind", "an earlier rule says the opposite of the same callers; expected one of the two")


class _Fields:
    """The fields of one rule, taken one by one; what is left at the end is unknown."""

    def __init__(self, where: str, rule: Any) -> None:
        self.where = where
        if not isinstance(rule, dict):
            raise RuleError(f"{where}: expected an object")
        self._left = dict(rule)

    def error(self, name: str, expected: str) -> RuleError:
        return RuleError(f"{self.where}: {name}: {expected}")

    def no_others(self) -> None:
        for name in self._left:
            raise self.error(ascii(name)[1:-1][:40], "unknown field")

    def take(self, name: str, usual: Any = None) -> Any:
        return self._left.pop(name, usual)

    def one_of(self, name: str, choices: Sequence[T], usual: T | None = None) -> T:
        value = self.take(name, usual)
        for choice in choices:
            if choice == value:
                return choice
        raise self.error(name, f"expected one of {', '.join(filter(None, choices))}")

    def flag(self, name: str) -> bool:
        value = self.take(name, False)
        if not isinstance(value, bool):
            raise self.error(name, "expected true or false")
        return value

    def text(self, name: str, usual: str | None = None) -> str:
        value = self.take(name, usual)
        fits = isinstance(value, str) and value.isprintable() and value.strip() == value and len(value) <= LONGEST_NAME
        if not fits or (usual is None and not value):
            raise self.error(name, f"expected a text of at most {LONGEST_NAME} characters")
        return str(value)

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(name, f"expected a whole number from {least} to {most}")
        return value

    def moment(self, name: str, usual: str | None = None) -> time:
        value = self.take(name, usual)
        if not isinstance(value, str) or not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", value, re.ASCII):
            raise self.error(name, "expected a time as 09:30")
        return time.fromisoformat(value)

    def day(self, name: str, value: Any) -> date:
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.error(name, "expected a day as 2026-12-25") from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.error(name, f"expected a year from {FIRST_YEAR} to {LAST_YEAR}")
        return day

    def some(self, name: str, expected: str, fits: Callable[[Any], bool]) -> frozenset[Any]:
        value = self.take(name)
        if not isinstance(value, list) or not all(fits(entry) for entry in value):
            raise self.error(name, f"expected a list of {expected}")
        return frozenset(value)


def _hours(fields: _Fields) -> Hours:
    status = fields.one_of("status", STATUSES)
    days = fields.some("days", ", ".join(DAYS), lambda day: day in DAYS)
    if not days:
        raise fields.error("days", "expected one at least")
    return Hours(status, frozenset(map(DAYS.index, days)), fields.moment("begins"), fields.moment("ends"))


def _event(fields: _Fields) -> Event:
    name, status = fields.text("name"), fields.one_of("status", STATUSES)
    first = fields.day("day", fields.take("day"))
    last = fields.take("last")
    but_not = fields.take("but_not", [])
    if not isinstance(but_not, list):
        raise fields.error("but_not", "expected a list of days")
    recurs = Recurrence(
        first,
        fields.one_of("every", EVERY, "once"),
        fields.flag("by_weekday"),
        None if last is None else fields.day("last", last),
        frozenset(fields.day("but_not", day) for day in but_not),
    )
    if recurs.last is not None and recurs.last < first:
        raise fields.error("last", f"expected {first} or a later day")
    longest = LONGEST_EVENT_H if recurs.every == "once" else LONGEST_AGAIN_H
    lasts = timedelta(hours=fields.whole("hours", 1, longest))
    return Event(name, status, recurs, fields.moment("begins", "00:00"), lasts)


def _policy(fields: _Fields) -> tuple[str, Policy]:
    status = fields.one_of("status", STATUSES)
    return status, Policy(fields.some("admits", "classes and groups of callers", lambda name: isinstance(name, str)))


def _screen(blocks: bool) -> Callable[[_Fields], Screen]:
    def screen(fields: _Fields) -> Screen:
        number, name = fields.text("number", ""), fields.text("name", "")
        if number:
            form = _NUMBER.fullmatch(number)
            if form is None or (form[1] and (len(form[1]) != len(form[2]) or form[1] > form[2])):
                raise fields.error("number", "expected +15145550123, +1514555* or +15145550100-+15145550199")
        mark = fields.one_of("mark", ("", *MARKS), "")
        made = Screen(blocks, number, name, mark, fields.flag("withheld"), fields.flag("listed"))
        if not (number or name or mark or made.withheld):
            raise fields.error("number", "expected a number, a name, a mark or withheld")
        if made.withheld and number:
            raise fields.error("withheld", "a number that is kept back is not known; expected one of the two")
        return made

    return screen


def _group(fields: _Fields) -> tuple[str, frozenset[int]]:
    name = fields.text("name")
    if name in CLASSES:
        raise fields.error("name", f"{name!r} is a class of callers; expected another name")
    return name, fields.some(
        "contacts", "contacts' numbers", lambda one: isinstance(one, int) and not isinstance(one, bool)
    )


def _line(fields: _Fields) -> str:
    name = fields.text("line")
    if not ports.can_be("lines", name):
        raise fields.error("line", ports.expected("lines"))
    return name


_KINDS: dict[str, Callable[[_Fields], Any]] = {
    "hours": _hours,
    "event": _event,
    "policy": _policy,
    "block": _screen(True),
    "allow": _screen(False),
    "group": _group,
    "line": _line,
}
_NAMED = {"group": "name", "policy": "status"}  # kinds of which there is one by each name, and the field that holds it
_OPPOSITE = {"block": "allow", "allow": "block"}
