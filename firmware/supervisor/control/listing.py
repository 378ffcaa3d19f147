"""Requests and events as tables for docs/architecture.md: ``python -m firmware.supervisor.control.listing [events]``.

Names and arguments are the table's (``requests``), who may ask and about whose things is ``rules/rights``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from firmware.supervisor.control.arguments import Argument
from firmware.supervisor.control.requests import REQUESTS
from firmware.supervisor.events import EVENTS
from firmware.supervisor.rules.rights import RIGHTS, Right

_WHOSE = {"nobody's": "the box's", "own": "one's own, or shared", "log": "one's own; an admin: all"}


def markdown() -> str:
    """The table, a line a request; requests that differ in nothing but the act share one."""
    rows: dict[str, list[str]] = {}
    for name, request in REQUESTS.items():
        right = RIGHTS[name]
        rest = f"{_role(right)} | {_WHOSE[right.whose]} | {_arguments(request.arguments)}"
        rows.setdefault(f"{name.partition('.')[0]}|{rest}", []).append(f"`{name}`")
    lines = [f"| {', '.join(names)} | {key.partition('|')[2]} |" for key, names in rows.items()]
    return "\n".join(("| request | role | about what | arguments |", "| --- | --- | --- | --- |", *lines)) + "\n"


def _role(right: Right) -> str:
    return f"{right.role}, programs" if right.programs else right.role


def _arguments(declared: Mapping[str, Argument]) -> str:
    return ", ".join(f"`{name}`{'' if argument.required else '?'}" for name, argument in declared.items())


def events() -> str:
    """The events, a line each."""
    rows = {name: ", ".join(f"`{f}`{'' if f in of.always else '?'}" for f in of.all) for name, of in EVENTS.items()}
    lines = [f"| `{name}` | {fields} |" for name, fields in rows.items()]
    return "\n".join(("| event | fields |", "| --- | --- |", *lines)) + "\n"


if __name__ == "__main__":
    print(events() if "events" in sys.argv[1:] else markdown(), end="")
