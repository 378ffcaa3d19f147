"""What is billed: whole increments, never less than was talked, nothing where nobody talked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.billing import Tariff


@pytest.mark.parametrize(
    ("tariff", "talk_s", "billable_s"),
    [
        (Tariff(), 59.001, 60),
        (Tariff(), 0.1 + 0.7 + 0.2, 1),  # the sum is a hair over 1
        (Tariff(increment_s=360), 361.0, 720),
        (Tariff(increment_s=360), 360.0, 360),
        (Tariff(increment_s=6, minimum_s=60), 3.0, 60),
        (Tariff(increment_s=6, minimum_s=60), 61.0, 66),
        (Tariff(increment_s=6, minimum_s=60), 0.0, 0),
    ],
)
def test_talk_is_rounded_up_to_increments(tariff: Tariff, talk_s: float, billable_s: int) -> None:
    assert tariff.billable_s(talk_s) == billable_s


@given(st.integers(1, 3600), st.integers(0, 3600), st.integers(1, 100_000_000))
def test_no_call_is_billed_below_its_talk_or_an_increment_over_it(
    increment_s: int, minimum_s: int, talk_ms: int
) -> None:
    billed = Tariff(increment_s, minimum_s).billable_s(talk_ms / 1000)
    assert billed >= minimum_s and billed * 1000 >= talk_ms
    assert billed == minimum_s or (billed % increment_s == 0 and (billed - increment_s) * 1000 < talk_ms)
