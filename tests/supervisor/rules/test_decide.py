"""What happens to a call: no two answers, no dead end, every outcome reachable, and reasons that tell all of it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.decide import Outcome, decide
from firmware.supervisor.rules.reasons import CALLER, DECIDING, STATUS, because
from firmware.supervisor.rules.statuses import STATUSES, Set
from firmware.supervisor.rules.written import office
from tests.supervisor.rules import offices

MONDAY_10 = datetime(2026, 3, 2, 10, 0)
WEEK = {"kind": "hours", "status": "working", "days": ["mon", "tue"], "begins": "09:00", "ends": "17:00"}
STRANGER = Caller("+15145550188", name="LAVOIE J")
PAUL = Caller("+15145550123", name="ROY PAUL", contact="Paul Roy")
VIP = Caller("+15145550123", contact="Paul Roy", groups=frozenset({"vip"}))


def asked(
    rules: list[dict[str, Any]], caller: Caller = STRANGER, at: datetime = MONDAY_10, line: str = "A",
    by_person: Set | None = None,
) -> Outcome:  # fmt: skip
    return decide(at, line, caller, office(rules, by_person))


def called_for_help(at: datetime) -> Outcome:
    """A call from nobody knows whom at ten, where such calls are blocked and an emergency call was made at ``at``."""
    nobody_unknown = replace(office([{"kind": "block", "withheld": True}]), emergency_at=at)
    return decide(MONDAY_10, "A", Caller(withheld=True), nobody_unknown)


def ids(outcome: Outcome) -> list[str]:
    return [reason.id for reason in outcome.reasons]


MEETING_FOR_VIPS: list[dict[str, Any]] = [
    {"kind": "group", "name": "vip", "contacts": [1]},
    {"kind": "policy", "status": "meeting", "admits": ["vip"]},
]
BLOCK_514 = {"kind": "block", "number": "+1514*"}
LISTED_514 = {**BLOCK_514, "listed": True}
ALLOW_PAUL = {"kind": "allow", "number": "+15145550123"}
TRIP = {"kind": "event", "name": "Trip", "status": "trip", "day": "2026-03-01", "hours": 72}
EXAMPLES: list[tuple[Outcome, str, list[str]]] = [
    (asked([]), "reach", ["status.no_week", "who.unknown", "admitted"]),
    (asked([WEEK]), "reach", ["status.week", "who.unknown", "admitted"]),
    (asked([WEEK], at=MONDAY_10.replace(hour=17)), "message", ["status.outside", "who.unknown", "not_admitted"]),
    (asked([WEEK, TRIP], PAUL), "message", ["status.event", "who.contact", "not_admitted"]),
    (asked([WEEK, TRIP], by_person=Set("working")), "reach", ["status.set", "who.unknown", "admitted"]),
    (asked(MEETING_FOR_VIPS, VIP, by_person=Set("meeting")), "reach", ["status.set", "who.contact", "admitted"]),
    (asked(MEETING_FOR_VIPS, PAUL, by_person=Set("meeting")), "message",
     ["status.set", "who.contact", "not_admitted"]),
    (asked([{"kind": "line", "line": "B"}], line="B"), "message", ["status.no_week", "who.unknown", "line.message"]),
    (asked([BLOCK_514]), "blocked", ["status.no_week", "who.unknown", "blocked"]),
    (asked([BLOCK_514], PAUL), "blocked", ["status.no_week", "who.contact", "blocked"]),
    (called_for_help(MONDAY_10 - timedelta(hours=2, minutes=59)), "reach",
     ["status.no_week", "who.withheld", "emergency"]),
    (called_for_help(MONDAY_10 - timedelta(hours=3)), "blocked", ["status.no_week", "who.withheld", "blocked"]),
    (called_for_help(MONDAY_10 + timedelta(minutes=1)), "blocked", ["status.no_week", "who.withheld", "blocked"]),
    (asked([LISTED_514]), "blocked", ["status.no_week", "who.unknown", "blocked.list"]),
    (asked([LISTED_514], PAUL), "reach", ["status.no_week", "who.contact", "admitted"]),
    (asked([BLOCK_514, ALLOW_PAUL], PAUL), "reach", ["status.no_week", "who.contact", "allowed", "admitted"]),
    (asked([{"kind": "block", "withheld": True}], Caller(withheld=True)), "blocked",
     ["status.no_week", "who.withheld", "blocked"]),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "what", "reasons"), EXAMPLES)
def test_a_call_goes_where_the_rules_say_and_the_reasons_tell_why(
    outcome: Outcome, what: str, reasons: list[str]
) -> None:
    assert (outcome.what, ids(outcome)) == (what, reasons)


def test_every_outcome_and_every_reason_can_be_reached() -> None:
    assert {outcome.what for outcome, _, _ in EXAMPLES} == set(DECIDING.values())
    assert {reason for outcome, _, _ in EXAMPLES for reason in ids(outcome)} == STATUS | CALLER | set(DECIDING) | {
        "allowed"
    }


@pytest.mark.parametrize("status", STATUSES)
def test_in_each_status_those_whom_its_policy_admits_reach_the_office(status: str) -> None:
    usual = asked([], by_person=Set(status))
    assert (usual.what, usual.status) == ("reach" if status == "working" else "message", status)
    only_paul = [{"kind": "policy", "status": status, "admits": ["contact"]}]
    assert asked(only_paul, PAUL, by_person=Set(status)).what == "reach"
    assert asked(only_paul, STRANGER, by_person=Set(status)).what == "message"


@given(offices.rules(), offices.callers, offices.moments, st.sampled_from("AB"), st.randoms(use_true_random=False))
def test_the_reasons_tell_the_outcome_and_the_order_of_the_rules_does_not_matter(
    rules: list[dict[str, Any]], caller: Caller, at: datetime, line: str, shuffle: random.Random
) -> None:
    outcome = asked(rules, caller, at, line)
    named = ids(outcome)
    assert DECIDING[named[-1]] == outcome.what
    assert [name for name in named if name in DECIDING] == named[-1:]
    assert [name for name in named if name in STATUS] == named[:1]
    assert [name for name in named if name in CALLER] == named[1:2]
    for reason in outcome.reasons:
        assert because(reason.id, **dict(reason.fields)) == reason
    assert dict(outcome.reasons[0].fields)["status"] == outcome.status
    shuffled = [rule for rule in rules if rule["kind"] != "group"]
    shuffle.shuffle(shuffled)
    again = asked([*offices.groups, *shuffled], caller, at, line)
    assert (again.what, again.status, ids(again)) == (outcome.what, outcome.status, named)


@given(offices.rules(), offices.callers, offices.moments, st.sampled_from("AB"))
def test_who_is_allowed_is_never_blocked_and_the_list_blocks_no_contact(
    rules: list[dict[str, Any]], caller: Caller, at: datetime, line: str
) -> None:
    outcome = asked(rules, caller, at, line)
    if caller.contact:
        assert "blocked.list" not in ids(outcome)
    if outcome.what == "blocked" and caller.number:
        about = {"number": caller.number}
        others = [rule for rule in rules if {k: v for k, v in rule.items() if k != "kind" and v} != about]
        assert asked([*others, {"kind": "allow", **about}], caller, at, line).what != "blocked"


@given(offices.rules(), offices.callers, offices.moments, offices.statuses, st.integers(1, 100_000))
def test_what_a_person_has_set_ends_by_itself_and_changes_nothing_after(
    rules: list[dict[str, Any]], caller: Caller, at: datetime, status: str, minutes: int
) -> None:
    by_person = Set(status, until=at + timedelta(minutes=minutes))
    assert asked(rules, caller, at, by_person=by_person).status == status
    after = at + timedelta(minutes=minutes)
    assert asked(rules, caller, after, by_person=by_person) == asked(rules, caller, after)


def test_a_reason_is_declared() -> None:
    with pytest.raises(ValueError, match="reason blocked with number: expected one of REASONS"):
        because("blocked", number="+15145550123")
    with pytest.raises(ValueError, match="reason bored with no fields"):
        because("bored")
