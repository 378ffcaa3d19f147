"""The expectations of a scenario against what the box wrote down and what the parties heard.

Each ``call``, ``message`` or ``fax`` expectation needs a row of its own; a row that fits two expectations serves one.
Every failure is one sentence with file and line, and says what was there instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools.scenario.expected import Expected, show_row
from tools.scenario.log import Log
from tools.scenario.script import Expect, Scenario

Heard = Callable[[Expect], int]
Holds = Callable[[str, int, str], bool]
HELD = {"speech": "its recording does not hold that speech", "picture": "its pages are not what was sent"}


def unmet(scenario: Scenario, log: Log, times_heard: Heard, holds: Holds) -> list[str]:
    """One sentence for each expectation that is not met, in the file's order.

    ``times_heard(expect)``: how often a sound was heard in the whole scenario; ``holds(what, id, party)``:
    whether a message's recording holds the party's "speech", or a fax the "picture" that the party sent.
    """
    rows = {"call": log.calls, "message": log.messages, "fax": log.faxes, "event": log.events}
    failures: dict[int, str] = {}
    for kind in ("call", "message", "fax"):
        single = {
            at: expect for at, expect in enumerate(scenario.expects) if expect.kind == kind and expect.count is None
        }
        failures |= _pair(single, rows[kind], kind, holds)
    for at, expect in enumerate(scenario.expects):
        text = ""
        if expect.kind in ("calls", "messages", "faxes"):
            every = {"calls": log.calls, "messages": log.messages, "faxes": log.faxes}[expect.kind]
            text = _count(expect, len(every), expect.kind)
        elif expect.kind == "heard":
            text = _count(
                expect, times_heard(expect), f'times {expect.who} heard "{expect.sound}"', Expected(1, (1, 9e9))
            )
        elif expect.kind == "event" or expect.count is not None:
            found = sum(_fits(expect.row, row, holds) for row in rows[expect.kind])
            what = f"{expect.kind}{'es' if expect.kind == 'fax' else 's'} with {_wanted(expect.row)}"
            text = _count(expect, found, what, Expected(1, (1, 9e9)))
            if text and not found:
                text += f"; {_nearest(expect.row, rows[expect.kind], expect.kind, holds)}"
        if text:
            failures[at] = text
    return [f"{scenario.path}:{scenario.expects[at].line_no}: {failures[at]}" for at in sorted(failures)]


def _count(expect: Expect, found: int, what: str, usual: Expected | None = None) -> str:
    wanted = expect.count or usual
    assert wanted is not None
    if wanted.holds(found):
        return ""
    words = "at least 1" if expect.count is None else str(wanted)
    return f"{what}: expected {words}, found {found}"


def _pair(expects: dict[int, Expect], rows: list[dict[str, Any]], kind: str, holds: Holds) -> dict[int, str]:
    """A row for each expectation, so that as many as possible have one; a sentence for each that has none."""
    fits = {
        which: [at for at, row in enumerate(rows) if _fits(expect.row, row, holds)] for which, expect in expects.items()
    }
    taken: dict[int, int] = {}

    def find(which: int, tried: set[int]) -> bool:
        for at in fits[which]:
            if at not in tried:
                tried.add(at)
                if at not in taken or find(taken[at], tried):
                    taken[at] = which
                    return True
        return False

    failures = {}
    for which, expect in expects.items():
        if not find(which, set()):
            left = [row for at, row in enumerate(rows) if at not in taken]
            instead = _nearest(expect.row, left or rows, kind, holds)
            failures[which] = f"no {kind} with {_wanted(expect.row)}; {instead}"
    return failures


def _wanted(row: dict[str, Expected]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in row.items())


def _unfit(row: dict[str, Expected], actual: dict[str, Any], holds: Holds) -> list[str]:
    """The columns that are not as expected."""
    wrong = []
    for key, value in row.items():
        good = holds(key, actual["id"], str(value.written)) if key in HELD else value.holds(_column(actual, key))
        if not good:
            wrong.append(key)
    return wrong


def _column(actual: dict[str, Any], key: str) -> Any:
    """A column; of an event also a key of its detail."""
    detail = actual.get("detail")
    return detail.get(key) if key not in actual and isinstance(detail, dict) else actual.get(key)


def _fits(row: dict[str, Expected], actual: dict[str, Any], holds: Holds) -> bool:
    return not _unfit(row, actual, holds)


def _nearest(row: dict[str, Expected], rows: list[dict[str, Any]], kind: str, holds: Holds) -> str:
    if not rows:
        return f"the log holds no {kind}"
    best = min(rows, key=lambda actual: len(_unfit(row, actual, holds)))
    wrong = _unfit(row, best, holds)
    instead = HELD.get(wrong[0], "") if len(wrong) == 1 else ""
    columns = [key for key in wrong if key not in HELD]
    if columns:
        instead = show_row({key: _column(best, key) for key in columns}, columns)
    return f"the nearest {kind} ({best.get('id', best.get('kind'))}) has {instead}" if wrong else "another line has it"
