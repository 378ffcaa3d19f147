"""The Calls page and Home over a log with a known content: filter, search, sort, totals, paging."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.supervisor.store import calls, contacts
from firmware.supervisor.store.contacts import NewContact, NewNumber
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.paging import PER_PAGE_LIMIT
from firmware.supervisor.store.queries_calls import SORTS, CallFilter, clients, each_call, list_calls, one_call
from firmware.supervisor.store.queries_home import home
from firmware.supervisor.store.reader import Reader

START_MS = 1_772_463_600_000


def log(
    connection: sqlite3.Connection,
    minute: int,
    direction: str,
    outcome: str,
    talk_s: float = 0.0,
    with_box_s: float = 0.0,
    **columns: Any,
) -> int:
    call = calls.begin(connection, direction, started_ms=START_MS + minute * 60_000, utc_offset_min=0, **columns)
    if with_box_s:
        calls.next_segment(connection, call, "assistant", "", 0.0)
    if talk_s:
        calls.next_segment(connection, call, "handset", "C", with_box_s)
        calls.change(connection, call, answered_by="person", person_ms=round(1000 * with_box_s))
    calls.end(
        connection, call, outcome=outcome, ended_ms=START_MS + minute * 60_000 + 1, at_s=with_box_s + talk_s,
        hung_up_by="far end", why="loop drop",
    )  # fmt: skip
    return call


@pytest.fixture
def filled(database: Database, reader: Reader) -> Reader:
    def fill(connection: sqlite3.Connection) -> None:
        paul = contacts.create(
            connection, NewContact("Paul Roy", [NewNumber("work", "1", "+15145550188")], company="Frères Roy"), 1
        )
        log(
            connection,
            1,
            "in",
            "connected",
            61.2,
            3.5,
            line="A",
            number_e164="+15145550188",
            contact=paul,
            client="Roy",
        )
        log(connection, 2, "out", "busy", line="B", number_e164="+14385550101", number_raw="4385550101")
        log(connection, 3, "in", "missed", line="A", name="SMITH 100%", number_raw="5145550123",
            number_e164="+15145550123", important=True)  # fmt: skip
        log(connection, 4, "internal", "connected", 5.0, port="C", extension="22")
        log(connection, 5, "in", "message", 0.0, 30.0, line="A", presentation="private", client="abc", matter="M-7")

    database.write(fill).result()
    return reader


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CallFilter(), [5, 4, 3, 2, 1]),
        (CallFilter(direction="in"), [5, 3, 1]),
        (CallFilter(outcome="connected"), [4, 1]),
        (CallFilter(line="B"), [2]),
        (CallFilter(contact=1), [1]),
        (CallFilter(client="abc"), [5]),
        (CallFilter(important=True), [3]),
        (CallFilter(since_ms=START_MS + 120_000, until_ms=START_MS + 240_000), [3, 2]),
        (CallFilter(search="paul"), [1]),
        (CallFilter(search="freres"), [1]),
        (CallFilter(search="smith"), [3]),
        (CallFilter(search="100%"), [3]),
        (CallFilter(search="%"), [3]),
        (CallFilter(search="_"), []),
        (CallFilter(search="m-7"), [5]),
        (CallFilter(search="438 555 0101"), [2]),
        (CallFilter(search="(514) 555"), [3, 1]),
        (CallFilter(search="0514555"), [3, 1]),
        (CallFilter(search="'; DROP TABLE calls; --"), []),
        (CallFilter(direction="in", search="514", line="A"), [3, 1]),
    ],
)
def test_filters_find_what_matches(filled: Reader, wanted: CallFilter, found: list[int]) -> None:
    with filled.snapshot() as connection:
        page, totals = list_calls(connection, wanted)
        exported = [row.id for row in each_call(connection, wanted)]
    assert [row.id for row in page.rows] == found
    assert (page.total, totals.calls) == (len(found), len(found))
    assert exported == sorted(found)


def test_totals_cover_everything_filtered_not_the_page(filled: Reader) -> None:
    with filled.snapshot() as connection:
        page, totals = list_calls(connection, CallFilter(), per_page=1)
    assert len(page.rows) == 1 and page.pages == 5
    assert (totals.talk_s, totals.billable_s, totals.with_box_s) == pytest.approx((66.2, 62, 33.5))


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_total_and_turns_round(filled: Reader, sort: str) -> None:
    with filled.snapshot() as connection:
        up = [row.id for row in list_calls(connection, CallFilter(), sort=sort, descending=False)[0].rows]
        down = [row.id for row in list_calls(connection, CallFilter(), sort=sort)[0].rows]
    assert up == down[::-1] and sorted(up) == [1, 2, 3, 4, 5]


def test_sorting_by_name_uses_what_is_shown(filled: Reader) -> None:
    with filled.snapshot() as connection:
        rows = list_calls(connection, CallFilter(), sort="name")[0].rows
    assert [row.name for row in rows][:2] == ["SMITH 100%", "Paul Roy"]


@settings(max_examples=40, deadline=None)
@given(number=st.integers(-5, 1 << 40), per_page=st.integers(-5, 1 << 40))
def test_any_page_asked_for_is_answered(tmp_path_factory: pytest.TempPathFactory, number: int, per_page: int) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-page"
    path = folder / "frontdesk.db"
    if not path.exists():
        folder.mkdir()
        database = Database(path)
        database.write(lambda connection: [log(connection, minute, "in", "missed") for minute in range(7)]).result()
        database.stop()
    with Reader(path).snapshot() as connection:
        page, _ = list_calls(connection, CallFilter(), page=number, per_page=per_page)
    assert 1 <= page.number <= page.pages
    assert 1 <= len(page.rows) <= PER_PAGE_LIMIT


def test_pages_together_show_every_call_once(database: Database, reader: Reader) -> None:
    # All at the same moment: only the id tells them apart.
    database.write(lambda connection: [log(connection, 1, "in", "missed") for _ in range(23)]).result()
    with reader.snapshot() as connection:
        seen = [
            row.id
            for number in (1, 2, 3)
            for row in list_calls(connection, CallFilter(), page=number, per_page=10)[0].rows
        ]
    assert seen == list(range(23, 0, -1))


def test_a_call_that_is_not_there_is_none(filled: Reader) -> None:
    with filled.snapshot() as connection:
        assert one_call(connection, 999) is None


def test_clients_are_listed_for_the_filter(filled: Reader) -> None:
    with filled.snapshot() as connection:
        assert clients(connection, None) == ["abc", "Roy"]


def test_home_counts_a_caller_once_and_forgets_who_was_reached(database: Database, reader: Reader) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        log(connection, 1, "in", "missed", number_e164="+15145550101", name="TWICE")
        log(connection, 2, "in", "no message", number_e164="+15145550101", name="TWICE")
        log(connection, 3, "in", "missed", number_e164="+15145550102")
        log(connection, 4, "out", "connected", 10.0, number_e164="+15145550102")
        log(connection, 5, "in", "missed", presentation="private")
        log(connection, 6, "in", "missed", presentation="private")
        log(connection, -5, "in", "missed", number_e164="+15145550199")

    database.write(fill).result()
    with reader.snapshot() as connection:
        today = home(connection, since_ms=START_MS)
    assert [(missed.calls, missed.number_e164, missed.name) for missed in today.missed] == [
        (1, None, None),
        (1, None, None),
        (2, "+15145550101", "TWICE"),
    ]
    assert (today.calls_in, today.calls_out, today.talk_s, today.new_count) == (5, 1, 10.0, 0)
