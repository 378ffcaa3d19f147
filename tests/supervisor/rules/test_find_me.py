"""Where somebody is looked for, and who may say that it is important."""

from __future__ import annotations

import pytest

from firmware.supervisor.rules.callers import Caller
from firmware.supervisor.rules.find_me import Step, important, steps
from firmware.supervisor.rules.statuses import STATUSES, Set
from tests.supervisor.rules.test_decide import asked

MOBILE = "+15145550177"
PAUL = Caller("+15145550188", contact="Paul Roy")
STRANGER = Caller("+14185550123")
HOUSE = Step(("C", "D"), (), 20.0)
BOTH = Step(("C", "D"), (MOBILE,), 20.0)


def test_at_once_everything_rings_in_one_step_and_in_order_the_house_comes_first() -> None:
    assert steps(["C", "D"], [MOBILE], "at once", 20.0) == (BOTH,)
    assert steps(["C", "D"], [MOBILE], "in order", 20.0) == (HOUSE, Step((), (MOBILE,), 20.0))
    assert steps([], [MOBILE], "in order", 20.0) == (Step((), (MOBILE,), 20.0),)
    assert steps([], [], "at once", 20.0) == ()


@pytest.mark.parametrize("status", STATUSES)
def test_it_may_be_said_where_somebody_may_be_disturbed(status: str) -> None:
    outcome = asked([], STRANGER, by_person=Set(status))
    offered = important(outcome, STRANGER, "everybody", (BOTH,))
    assert bool(offered) == (status in ("working", "meeting", "out", "unavailable", "trip"))


def test_where_the_house_has_rung_in_vain_it_is_offered_with_a_mobile_alone() -> None:
    outcome = asked([], STRANGER, by_person=Set("working"))
    assert important(outcome, STRANGER, "everybody", (HOUSE,)) == ()
    assert important(outcome, STRANGER, "everybody", (BOTH,)) == (BOTH,)


def test_the_owner_may_keep_it_to_contacts_or_from_everybody() -> None:
    outcome = asked([], PAUL, by_person=Set("meeting"))
    assert important(outcome, PAUL, "contacts", (HOUSE,)) == (HOUSE,)
    assert important(outcome, STRANGER, "contacts", (HOUSE,)) == ()
    assert important(outcome, PAUL, "nobody", (HOUSE,)) == ()


def test_a_line_that_takes_messages_only_rings_nobody() -> None:
    outcome = asked([{"kind": "line", "line": "A"}], PAUL, line="A", by_person=Set("meeting"))
    assert important(outcome, PAUL, "everybody", (BOTH,)) == ()
