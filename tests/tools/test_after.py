"""Expectations against the log: each needs a row of its own, and a failure says what was there instead."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.scenario.after import unmet
from tools.scenario.expected import expected
from tools.scenario.log import Log
from tools.scenario.script import Box, Exchange, Expect, Scenario

BOX = Box(datetime(2026, 3, 2, tzinfo=UTC), 1, 60.0, None, None, {})


def expect(line: int, kind: str, row: dict[str, Any] | None = None, count: Any = None, sound: str = "") -> Expect:
    columns = {key: expected(value) for key, value in (row or {}).items()}
    return Expect(line, kind, columns, None if count is None else expected(count), "paul", sound, {})


def failures(
    expects: list[Expect], calls: list[dict[str, Any]], *, events: list[dict[str, Any]] | None = None, heard: int = 0
) -> list[str]:
    scenario = Scenario(Path("x.toml"), "x", "", BOX, Exchange(), (), (), None, {}, (), tuple(expects))
    log = Log(calls=calls, events=events or [])
    return unmet(scenario, log, lambda _: heard, lambda what, row, party: False)


ONE = {"id": 1, "outcome": "message", "line": "A", "talk_s": 4.0}
TWO = {"id": 2, "outcome": "message", "line": "B", "talk_s": 9.0}


def test_expectations_find_their_rows_whatever_the_order() -> None:
    loose = expect(3, "call", {"outcome": "message"})  # fits both: must leave row 1 to the one that fits only that
    strict = expect(4, "call", {"outcome": "message", "line": "A"})
    assert failures([loose, strict], [ONE, TWO]) == []
    assert failures([strict, loose], [ONE, TWO]) == []


def test_one_row_serves_one_expectation() -> None:
    twice = [expect(3, "call", {"line": "A"}), expect(5, "call", {"line": "A"})]
    assert failures(twice, [ONE]) == ['x.toml:5: no call with line = "A"; another line has it']


def test_a_failure_names_the_nearest_row_and_what_is_wrong_with_it() -> None:
    wanted = expect(7, "call", {"outcome": "message", "line": "B", "talk_s": "<= 5"})
    assert failures([wanted], [ONE, TWO]) == [
        'x.toml:7: no call with outcome = "message", line = "B", talk_s = "<= 5"; the nearest call (1) has line = "A"'
    ]
    assert failures([wanted], []) == [
        'x.toml:7: no call with outcome = "message", line = "B", talk_s = "<= 5"; the log holds no call'
    ]


def test_counts_of_rows_events_and_sounds() -> None:
    events = [{"call": 1, "kind": "key", "detail": {"key": "1"}, "why": ""}] * 2
    expects = [
        expect(1, "calls", count=1),
        expect(2, "call", {"outcome": "message"}, count=2),
        expect(3, "event", {"kind": "key", "key": "1"}, count=2),
        expect(4, "event", {"kind": "key", "key": "2"}, count=0),
        expect(5, "event", {"kind": "key"}),
        expect(6, "heard", sound="busy tone"),
        expect(7, "heard", sound="busy tone", count=0),
        expect(8, "event", {"kind": "flash"}),
    ]
    assert failures(expects, [ONE, TWO], events=events) == [
        "x.toml:1: calls: expected 1, found 2",
        'x.toml:6: times paul heard "busy tone": expected at least 1, found 0',
        'x.toml:8: events with kind = "flash": expected at least 1, found 0; the nearest event (key) has kind = "key"',
    ]
