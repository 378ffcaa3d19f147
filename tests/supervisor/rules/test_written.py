"""Rules as they are kept: what is wrong or contradicts another rule is refused with its place and what was expected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.written import MOST_RULES, RuleError, office, set_by_person

HOURS = {"kind": "hours", "status": "working", "days": ["mon"], "begins": "09:00", "ends": "17:00"}
EVENT = {"kind": "event", "name": "Christmas", "status": "vacation", "day": "2026-12-25", "hours": 24}
BLOCK = {"kind": "block", "number": "+15145550123"}
VIP = {"kind": "group", "name": "vip", "contacts": [1, 2]}


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["block"], "rule 1: expected an object"),
        ([{}], "rule 1: kind: expected one of hours, event, policy"),
        ([HOURS, {"kind": "hour"}], "rule 2: kind: expected one of"),
        ([{**HOURS, "status": "asleep"}], r"rule 1 \(hours\): status: expected one of working, meeting"),
        ([{**HOURS, "days": []}], "days: expected one at least"),
        ([{**HOURS, "days": ["monday"]}], "days: expected a list of mon, tue"),
        ([{**HOURS, "days": "mon"}], "days: expected a list of mon, tue"),
        ([{**HOURS, "begins": "9:00"}], "begins: expected a time as 09:30"),
        ([{**HOURS, "ends": "24:00"}], "ends: expected a time as 09:30"),
        ([{**HOURS, "until": "x"}], r"rule 1 \(hours\): until: unknown field"),
        ([HOURS, {**HOURS, "status": "meeting", "begins": "16:59"}], r"rule 2 \(hours\): days: overlaps"),
        ([{**HOURS, "days": ["sun"], "begins": "22:00", "ends": "10:00"}, HOURS], r"rule 2 \(hours\): days: overlaps"),
        ([{**EVENT, "name": ""}], "name: expected a text of at most 60"),
        ([{**EVENT, "name": "a\nb"}], "name: expected a text"),
        ([{**EVENT, "day": "2026-02-30"}], "day: expected a day as 2026-12-25"),
        ([{**EVENT, "day": "1999-12-31"}], "day: expected a year from 2000 to 2199"),
        ([{**EVENT, "last": "2026-12-24"}], "last: expected 2026-12-25 or a later day"),
        ([{**EVENT, "every": "century"}], "every: expected one of once, day"),
        ([{**EVENT, "hours": 0}], "hours: expected a whole number from 1 to 8784"),
        ([{**EVENT, "every": "year", "hours": 745}], "hours: expected a whole number from 1 to 744"),
        ([{**EVENT, "hours": True}], "hours: expected a whole number"),
        ([{**EVENT, "by_weekday": 1}], "by_weekday: expected true or false"),
        ([{**EVENT, "but_not": "2026-12-25"}], "but_not: expected a list of days"),
        ([{**EVENT, "but_not": [3]}], "but_not: expected a day as"),
        ([{"kind": "policy", "status": "out", "admits": ["vips"]}, VIP],
         "policy of out: admits: 'vips': expected one of contact, unknown, withheld, vip"),
        ([{"kind": "policy", "status": "out", "admits": []}] * 2,
         r"rule 2 \(policy\): status: 'out' has an earlier rule"),
        ([VIP, VIP], r"rule 2 \(group\): name: 'vip' has an earlier rule"),
        ([{**VIP, "name": "contact"}], "name: 'contact' is a class of callers"),
        ([{**VIP, "contacts": ["1"]}], "contacts: expected a list"),
        ([{"kind": "line", "line": "C"}], r"rule 1 \(line\): line: expected one of A, B"),
        ([{"kind": "block"}], "number: expected a number, a name, a mark or withheld"),
        ([{"kind": "block", "listed": True}], "number: expected a number, a name, a mark or withheld"),
        ([{**BLOCK, "number": "5145550123"}], r"number: expected \+15145550123"),
        ([{**BLOCK, "number": "+15145550199-+15145550100"}], r"number: expected \+15145550123"),
        ([{**BLOCK, "number": "+1514-+15145550100"}], r"number: expected \+15145550123"),
        ([{**BLOCK, "withheld": True}], "withheld: a number that is kept back is not known"),
        ([BLOCK, BLOCK], r"rule 2 \(block\): kind: an earlier rule says the same; expected it once"),
        ([{"kind": "line", "line": "B"}] * 2, r"rule 2 \(line\): kind: an earlier rule says the same"),
        ([BLOCK, {**BLOCK, "kind": "allow"}], r"rule 2 \(allow\): kind: an earlier rule says the opposite"),
        ([BLOCK] * (MOST_RULES + 1), "2001 rules: expected 2000 at most"),
        ([{**EVENT, "name": f"Day {n}"} for n in range(501)], r"rule 501 \(event\): kind: expected 500 such rules"),
    ],
)  # fmt: skip
def test_a_rule_that_is_wrong_is_refused_with_its_place(rules: list[Any], told: str) -> None:
    with pytest.raises(RuleError, match=told):
        office(rules)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from((HOURS, EVENT, BLOCK, VIP)), st.data(), JSON)
def test_whatever_stands_in_a_field_is_an_office_or_a_rule_error(
    rule: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    name = data.draw(st.sampled_from((*rule, "every", "last", "but_not", "begins", "mark", "listed", "x")))
    try:
        office([{**rule, name: value}])
    except RuleError as error:
        assert str(error).startswith("rule 1")


def test_a_status_that_is_set_holds_until_its_time_or_for_good() -> None:
    assert set_by_person("automatic", "2026-03-02T15:00") is None
    held = set_by_person("meeting", "2026-03-02T15:00")
    assert held is not None and held.until is not None and (held.status, held.until.hour) == ("meeting", 15)
    for_good = set_by_person("out", "")
    assert for_good is not None and for_good.until is None


def test_a_rule_that_is_wrong_can_be_left_out_and_told() -> None:
    told: list[RuleError] = []
    policy = {"kind": "policy", "status": "out", "admits": ["contact", "gone"]}
    found = office([{**HOURS, "status": "asleep"}, BLOCK, "nonsense", policy], complain=told.append)
    assert [str(error).split(":")[0] for error in told] == ["rule 1 (hours)", "rule 3", "policy of out"]
    assert len(found.screens) == 1 and found.policies["out"].admits == {"contact", "gone"}
