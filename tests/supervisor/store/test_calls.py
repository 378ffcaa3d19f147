"""A call in the log: written as it happens, ended once, marked when the box was cut off in the middle."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.supervisor.store import calls
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import NotFound, StoreError
from firmware.supervisor.store.queries_calls import CallDetail, one_call
from firmware.supervisor.store.reader import Reader

START_MS = 1_772_463_600_000


def begin(database: Database, direction: str = "in", **columns: Any) -> int:
    return database.write(calls.begin, direction, started_ms=START_MS, utc_offset_min=-300, **columns).result()


def detail(reader: Reader, call: int) -> CallDetail:
    with reader.snapshot() as connection:
        found = one_call(connection, call)
    assert found is not None
    return found


def test_a_call_is_there_while_it_goes_on(database: Database, reader: Reader) -> None:
    call = begin(database, line="A", number_raw="5145550123", presentation="allowed")
    row = detail(reader, call).call
    assert (row.outcome, row.line, row.number_raw, row.talk_s, row.ended_ms) == (
        "going on",
        "A",
        "5145550123",
        None,
        None,
    )


def test_the_timeline_keeps_order_detail_and_reason(database: Database, reader: Reader) -> None:
    call = begin(database)
    database.write(calls.event, call, 0.5, "ring")
    database.write(calls.event, call, 2.1, "caller id", {"name": "Zoé \u2028 <b>"}, "the line sent MDMF").result()
    timeline = detail(reader, call).timeline
    assert [(event.at_s, event.kind, event.why) for event in timeline] == [
        (0.5, "ring", ""),
        (2.1, "caller id", "the line sent MDMF"),
    ]
    assert timeline[1].detail == {"name": "Zoé \u2028 <b>"}


@pytest.mark.parametrize(("talk_s", "billable_s"), [(59.001, 60), (60.0, 60), (0.0, 0), (None, None)])
def test_billable_seconds_are_rounded_up_and_never_invented(
    database: Database, reader: Reader, talk_s: float | None, billable_s: int | None
) -> None:
    call = begin(database, "out")
    database.write(
        calls.end, call, outcome="connected", ended_ms=START_MS + 70_000, at_s=70.0, hung_up_by="far end",
        why="loop drop", talk_s=talk_s, ring_s=4.0,
    ).result()  # fmt: skip
    row = detail(reader, call).call
    assert (row.talk_s, row.billable_s, row.ring_s, row.hung_up_by, row.why) == (
        talk_s, billable_s, 4.0, "far end", "loop drop"
    )  # fmt: skip


def test_an_internal_call_is_never_billed(database: Database, reader: Reader) -> None:
    call = begin(database, "internal")
    database.write(
        calls.end, call, outcome="connected", ended_ms=START_MS, at_s=9.0, hung_up_by="handset", why="hook", talk_s=9.0
    ).result()
    assert detail(reader, call).call.billable_s == 0


def test_open_parts_end_with_the_call_except_what_the_exchange_transferred(database: Database, reader: Reader) -> None:
    call = begin(database)
    database.write(calls.next_segment, call, "assistant", "", 5.0)
    database.write(calls.next_segment, call, "handset", "C", 8.0)
    database.write(calls.segment_begin, call, "transferred", "+15145550188", 20.0)
    database.write(
        calls.end, call, outcome="connected", ended_ms=START_MS, at_s=20.5, hung_up_by="nobody", why="transferred"
    ).result()
    found = detail(reader, call)
    assert [(part.kind, part.who, part.start_s, part.end_s) for part in found.segments] == [
        ("assistant", "", 5.0, 8.0),
        ("handset", "C", 8.0, 20.5),
        ("transferred", "+15145550188", 20.0, None),
    ]
    assert found.timeline[-1].kind == "end"


def test_only_declared_columns_can_be_set(database: Database) -> None:
    call = begin(database)
    with pytest.raises(StoreError, match="outcome: not a column"):
        database.write(calls.change, call, outcome="missed").result()  # type: ignore[call-arg]
    with pytest.raises(NotFound):
        database.write(calls.change, 999, line="A").result()


def test_calls_cut_off_are_marked_with_the_last_moment_known(database: Database, reader: Reader) -> None:
    cut, silent, over = begin(database), begin(database), begin(database)
    database.write(calls.event, cut, 12.25, "prompt")
    database.write(calls.change, cut, answered_ms=START_MS + 8_000, answered_how="exact")
    database.write(
        calls.end, over, outcome="missed", ended_ms=START_MS + 9_000, at_s=9.0, hung_up_by="far end", why="ring ended"
    )
    assert database.write(calls.mark_interrupted).result() == [cut, silent]
    row = detail(reader, cut).call
    assert (row.outcome, row.ended_ms, row.talk_s, row.billable_s) == ("interrupted", START_MS + 12_250, None, None)
    assert row.why == "the box stopped during the call"
    assert detail(reader, silent).call.ended_ms == START_MS
    assert detail(reader, over).call.outcome == "missed"
    assert database.write(calls.mark_interrupted).result() == []
