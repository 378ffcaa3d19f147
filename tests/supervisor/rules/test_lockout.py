"""A guesser's wait: nothing for the first slips, then twice as long each time, never beyond the longest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.lockout import Lockout


def test_waits_double_from_the_first_to_the_longest() -> None:
    lockout = Lockout(free=3, first_s=2.0, longest_s=900.0)
    assert [lockout.wait_s(wrong) for wrong in range(14)] == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(st.builds(Lockout, st.integers(0, 20), st.floats(0.1, 600), st.floats(600, 86_400)), st.integers(0, 10**9))
def test_another_wrong_try_never_makes_the_wait_shorter(lockout: Lockout, wrong: int) -> None:
    assert 0 <= lockout.wait_s(wrong) <= lockout.wait_s(wrong + 1) <= lockout.longest_s
