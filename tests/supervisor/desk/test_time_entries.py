"""Time entries by requests: drafted from calls, matched by number, written into, split, handed on."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.control_client import Refused
from firmware.supervisor.store import calls
from tests.supervisor.control.conftest import Served, served, short_folder
from tests.supervisor.desk.test_whose import ANNA, PAUL, user

__all__ = ["served", "short_folder"]  # fixtures

ROY = "+15145550188"
EVER = {"since_ms": 0, "until_ms": 2**53}
EDITED = {"client": "Roy", "matter": "lease", "note": "Talked of the lease.", "activity": "A107", "billed_s": 720,
          "rate_cents": 25000, "billable": False}  # fmt: skip


def talked(served: Served, talk_s: float = 100.0, **more: Any) -> int:
    """A call that is over: rung for 5 s, answered by a person at once."""

    def made(connection: Any) -> int:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM calls").fetchone()[0] + 1
        start = 1_000_000 * row
        columns = {"number_e164": ROY, "port": "C", "answered_ms": start + 5000, "answered_by": "person", **more}
        direction = columns.pop("direction", "in")
        call = calls.begin(connection, direction, started_ms=start, utc_offset_min=-300, **columns)
        if talk_s:
            calls.segment_begin(connection, call, "handset", "C", 5.0)
        ended = {"ended_ms": start + 5000 + int(talk_s * 1000), "at_s": 5.0 + talk_s}
        calls.end(connection, call, outcome="connected", hung_up_by="far end", why="", **ended)
        return call

    return served.database.write(made).result()


def entries(served: Served, columns: str) -> list[tuple[Any, ...]]:
    return served.rows(f"SELECT {columns} FROM time_entries ORDER BY id")


def draft(served: Served) -> int:
    return int(served.client.request("time.draft", EVER)["made"])


def test_each_call_with_talk_is_drafted_once_by_increment_minimum_and_rate(served: Served) -> None:
    for key, value in (("billing.increment_s", 360), ("billing.rate", 250.0)):
        served.client.request("settings.set", {"key": key, "value": value})
    first, second = talked(served, 100.0), talked(served, 400.0, client="Tremblay", matter="2026-014")
    talked(served, 0.0)
    talked(served, 50.0, direction="internal", number_e164=None)
    talked(served, 50.0, emergency=True)
    talked(served, 50.0, answered_by="voicemail")
    assert draft(served) == 2
    assert draft(served) == 0
    assert entries(served, "call, started_ms, worked_s, number, client, matter, activity, billed_s, rate_cents") == [
        (first, 1_005_000, 100.0, ROY, "", "", "A106", 360, 25000),
        (second, 2_005_000, 400.0, ROY, "Tremblay", "2026-014", "A106", 720, 25000),
    ]


def test_only_the_period_is_drafted(served: Served) -> None:
    talked(served), talked(served)
    assert served.client.request("time.draft", {"since_ms": 2_000_000, "until_ms": 3_000_000}) == {"made": 1}
    assert entries(served, "call") == [(2,)]


def test_a_contact_that_changes_matches_its_drafts_again_but_not_what_a_person_wrote_or_exported(
    served: Served,
) -> None:
    for _ in range(4):
        talked(served)
    draft(served)
    book = {"name": "Paul Roy", "client": "Roy", "numbers": [{"raw": ROY}]}
    contact = served.client.request("contacts.create", book)["id"]
    assert entries(served, "client") == [("Roy",)] * 4
    served.client.request("time.edit", {"id": 2, **EDITED, "client": "Lee"})
    served.client.request("calls.annotate", {"id": 3, "client": "Roy", "matter": "will"})
    served.client.request("time.export", {"since_ms": 4_000_000, "until_ms": 5_000_000})
    served.client.request("contacts.update", {"id": contact, **book, "client": "Roy & Son"})
    assert entries(served, "client, matter") == [("Roy & Son", ""), ("Lee", "lease"), ("Roy", "will"), ("Roy", "")]


def test_what_a_person_writes_stays_and_is_told_and_audited(served: Served) -> None:
    talked(served)
    draft(served)
    served.client.request("time.edit", {"id": 1, **EDITED})
    columns = ", ".join(EDITED)
    assert entries(served, columns) == [tuple(EDITED.values())]
    assert ("edit time entry", "time:1") in served.rows("SELECT action, target FROM audit")


@pytest.mark.parametrize(
    ("name", "value"),
    [("billed_s", -1), ("billed_s", 86_401), ("billed_s", True), ("activity", "A999"), ("rate_cents", 2**40)],
)
def test_what_no_entry_can_be_is_refused_by_name(served: Served, name: str, value: Any) -> None:
    with pytest.raises(Refused, match=f"{name}: expected"):
        served.client.request("time.edit", {"id": 1, **EDITED, name: value})


def test_one_call_over_three_matters_adds_up_and_is_not_drafted_again(served: Served) -> None:
    served.client.request("settings.set", {"key": "billing.increment_s", "value": 360})
    talked(served, 3500.0)
    draft(served)
    shares = [{"share": share, "client": "Roy", "matter": f"m{share}"} for share in (1, 1, 2)]
    assert served.client.request("time.split", {"id": 1, "shares": shares})["ids"] == [1, 2, 3]
    assert entries(served, "call, matter, billed_s, worked_s") == [
        (1, "m1", 1080, 3500.0), (1, "m1", 720, 3500.0), (1, "m2", 1800, 3500.0)
    ]  # fmt: skip
    assert draft(served) == 0
    with pytest.raises(Refused, match="shares"):
        served.client.request("time.split", {"id": 1, "shares": shares[:1]})


def test_what_was_exported_is_not_changed_until_it_is_opened_again(served: Served) -> None:
    talked(served, client="Roy"), talked(served)
    draft(served)
    assert served.client.request("time.export", EVER) == {"export": 1, "count": 1}, "what is for nobody stays"
    before = entries(served, "*")
    for request, more in (
        ("time.edit", EDITED), ("time.remove", {}), ("time.split", {"shares": [{"share": 1}, {"share": 1}]})
    ):  # fmt: skip
        with pytest.raises(Refused, match="was exported") as refused:
            served.client.request(request, {"id": 1, **more})
        assert refused.value.code == "conflict"
    with pytest.raises(Refused, match="nothing to export"):
        served.client.request("time.export", EVER)
    assert entries(served, "*") == before
    served.client.request("time.reopen", {"id": 1})
    served.client.request("time.edit", {"id": 1, **EDITED})
    assert served.client.request("time.export", EVER) == {"export": 2, "count": 1}


def test_a_removed_entry_can_come_back_and_its_call_is_not_drafted_meanwhile(served: Served) -> None:
    talked(served)
    draft(served)
    served.client.request("time.remove", {"id": 1})
    assert draft(served) == 0
    with pytest.raises(Refused, match="was removed"):
        served.client.request("time.edit", {"id": 1, **EDITED})
    served.client.request("time.restore", {"id": 1})
    assert entries(served, "removed_ms") == [(None,)]


def test_a_call_that_the_box_did_not_carry_is_added_by_hand(served: Served) -> None:
    served.client.request("settings.set", {"key": "billing.increment_s", "value": 60})
    anna = user(served, ANNA, "user")
    given = {"started_ms": 5_000_000, "utc_offset_min": -300, "worked_s": 130, "number": "514 555 0188", "name": "Roy"}
    served.client.request("time.add", {**given, "client": "Roy"}, actor=anna)
    wanted = "call, mailbox, user, number, name, client, worked_s, billed_s"
    assert entries(served, wanted) == [(None, ANNA, anna["user"], ROY, "Roy", "Roy", 130.0, 180)]


def test_a_user_drafts_and_exports_only_ones_own_and_an_administrator_all(served: Served) -> None:
    anna, paul = user(served, ANNA, "user"), user(served, PAUL, "admin")
    talked(served, mailbox=ANNA, client="A"), talked(served, mailbox=PAUL, client="P")
    assert served.client.request("time.draft", EVER, actor=anna) == {"made": 1}
    assert served.client.request("time.draft", EVER, actor=paul) == {"made": 1}
    assert served.client.request("time.export", EVER, actor=anna) == {"export": 1, "count": 1}
    assert served.client.request("time.export", EVER, actor=paul) == {"export": 2, "count": 1}
    assert entries(served, "mailbox, export") == [(ANNA, 1), (PAUL, 2)]
