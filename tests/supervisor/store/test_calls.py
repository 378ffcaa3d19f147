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


def end(database: Database, call: int, at_s: float) -> None:
    database.write(
        calls.end, call, outcome="connected", ended_ms=START_MS + round(at_s * 1000), at_s=at_s, hung_up_by="far end",
        why="loop drop", ring_s=4.0,
    ).result()  # fmt: skip


@pytest.mark.parametrize(
    ("answered_by", "person_ms", "talk_s", "billable_s"),
    [
        ("person", 10_999, 59.001, 60),
        ("person", 10_000, 60.0, 60),
        ("voicemail", None, 0.0, 0),
        (None, None, 0.0, 0),
        ("unknown", None, None, None),
    ],
)
def test_talk_begins_when_a_person_came_and_is_never_invented(
    database: Database, reader: Reader, answered_by: str | None, person_ms: int | None, talk_s: float, billable_s: int
) -> None:
    call = begin(database, "out", answered_by=answered_by, person_ms=person_ms)
    database.write(calls.next_segment, call, "outside", "5145550123", 3.0)
    end(database, call, 70.0)
    row = detail(reader, call).call
    assert (row.talk_s, row.billable_s, row.with_box_s, row.ring_s, row.hung_up_by, row.why) == (
        talk_s, billable_s, 0.0, 4.0, "far end", "loop drop"
    )  # fmt: skip


def test_time_with_the_box_is_no_talk_however_often_the_call_comes_back_to_it(
    database: Database, reader: Reader
) -> None:
    call = begin(database, answered_by="person", person_ms=15_000)
    for at_s, kind in ((5.0, "assistant"), (15.0, "handset"), (35.0, "assistant"), (42.5, "handset")):
        database.write(calls.next_segment, call, kind, "", at_s)
    end(database, call, 50.0)
    row = detail(reader, call).call
    assert (row.with_box_s, row.talk_s, row.billable_s, row.person_ms) == (17.5, 27.5, 28, 15_000)


def test_a_caller_who_left_as_a_part_began_makes_no_negative_time(database: Database, reader: Reader) -> None:
    call = begin(database, answered_by="person", person_ms=8_040)
    database.write(calls.next_segment, call, "assistant", "", 5.0)
    database.write(calls.next_segment, call, "handset", "C", 8.04)
    end(database, call, 8.0)
    row = detail(reader, call).call
    assert (row.with_box_s, row.talk_s, row.billable_s) == (3.04, 0.0, 0)


def test_an_internal_call_is_never_billed(database: Database, reader: Reader) -> None:
    call = begin(database, "internal", answered_by="person", person_ms=0)
    database.write(calls.next_segment, call, "handset", "D", 0.0)
    end(database, call, 9.0)
    row = detail(reader, call).call
    assert (row.talk_s, row.billable_s) == (9.0, 0)


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
    assert (found.call.talk_s, found.call.billable_s) == (None, None)  # its end is not known


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
    assert row.why == "box stopped"
    assert detail(reader, silent).call.ended_ms == START_MS
    assert detail(reader, over).call.outcome == "missed"
    assert database.write(calls.mark_interrupted).result() == []
