"""Rights: every request has one, nobody touches what lies in a colleague's mailbox, an administrator bills the log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.control.requests import REQUESTS
from firmware.supervisor.rules.rights import RIGHTS, ROLES, Asker, may_do, may_touch

LOG = {
    "calls.see",
    "calls.annotate",
    "calls.hang_up",
    "time.see",
    "time.draft",
    "time.add",
    "time.edit",
    "time.split",
    "time.remove",
    "time.restore",
    "time.export",
    "time.reopen",
}


def test_every_request_has_a_right_and_the_rest_are_acts_of_the_page() -> None:
    assert set(REQUESTS) <= set(RIGHTS)
    assert {
        name for name in set(RIGHTS) - set(REQUESTS) if name.rpartition(".")[2] not in ("see", "hear", "download")
    } == set()


@given(st.sampled_from(sorted(RIGHTS)), st.sampled_from(ROLES), st.integers(1, 5), st.integers(1, 5))
def test_a_colleagues_things_are_out_of_reach(act: str, role: str, mine: int, theirs: int) -> None:
    asker = Asker(role, mine)  # type: ignore[arg-type]
    allowed = may_touch(asker, act, theirs)
    if not may_do(asker.role, act):
        assert not allowed
    elif RIGHTS[act].whose == "nobody's" or mine == theirs:
        assert allowed
    else:
        assert allowed == (act in LOG and role == "admin")


@pytest.mark.parametrize("act", sorted(RIGHTS))
def test_what_is_shared_is_everybodys_who_may_act_at_all(act: str) -> None:
    for role in ROLES:
        assert may_touch(Asker(role, 3), act, None) == may_do(role, act)


def test_a_program_of_the_box_has_no_mailbox_and_may_touch_all() -> None:
    assert may_touch(Asker("admin", None), "messages.delete", 7)
