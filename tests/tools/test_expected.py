"""What an expectation means: exact values, spans, known and unknown."""

from __future__ import annotations

from typing import Any

import pytest

from tools.scenario.expected import expected


@pytest.mark.parametrize(
    ("written", "actual", "holds"),
    [
        (12, 12, True),
        (12, 12.5, False),
        (1, True, False),
        (0, None, False),
        (True, 1, True),
        (True, 0, False),
        (False, 0, True),
        (False, None, False),
        ("12 +- 1.5", 13.5, True),
        ("12 +- 1.5", 13.6, False),
        ("5..9", 5, True),
        ("5..9", 9.01, False),
        ("-3..-1", -2, True),
        (">= 5", 5.0, True),
        (">= 5", None, False),
        ("<= 5", 6, False),
        (">= 0", True, False),
        ("present", None, False),
        ("present", "", True),
        ("absent", None, True),
        ("absent", 0, False),
        ("message", "message", True),
        ("message", "no message", False),
        ("~ Tone", "busy tone", True),
        ("~ tone", None, False),
    ],
)
def test_whether_a_value_is_as_expected(written: Any, actual: Any, holds: bool) -> None:
    assert expected(written).holds(actual) is holds


@pytest.mark.parametrize("written", ["9..5", "> 5", "5 + 1", ">= many", "5..", [1], None, {"a": 1}])
def test_an_expectation_that_means_nothing_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match=r"expected"):
        expected(written)
