"""What detectors told, compared as people see it: decisions and times exactly, measured figures nearly."""

from __future__ import annotations

from dataclasses import astuple, is_dataclass
from typing import Any

import pytest

NEARLY = 1e-3  # dB and Hz: far above the last bits in which processors differ, far below what anybody sees


def decided(told: Any) -> Any:
    """What was heard and when, without what was measured."""
    if isinstance(told, list):
        return [decided(one) for one in told]
    return [value for value in _values(told) if not isinstance(value, float)]


def measured(told: Any) -> list[float]:
    """Levels and the like, one after another."""
    if isinstance(told, list):
        return [value for one in told for value in measured(one)]
    return [value for value in _values(told) if isinstance(value, float)]


def assert_same(told: Any, expected: Any) -> None:
    """Both told the same."""
    assert decided(told) == decided(expected)
    assert measured(told) == pytest.approx(measured(expected), abs=NEARLY)


def _values(one: Any) -> tuple[Any, ...]:
    return astuple(one) if is_dataclass(one) and not isinstance(one, type) else (one,)
