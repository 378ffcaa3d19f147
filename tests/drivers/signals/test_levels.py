"""Levels in dBm0, and gain that bends instead of wrapping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.signals import levels


def sine(level: float, hz: float = 1000.0, samples: int = 8000) -> np.ndarray:
    return np.rint(levels.amplitude(level) * np.sin(2 * np.pi * hz * np.arange(samples) / 8000)).astype(np.int16)


@pytest.mark.parametrize("level", [3.0, 0.0, -10.0, -36.0, -50.0])
def test_a_sine_measures_what_it_was_made_at(level: float) -> None:
    assert levels.dbm0(sine(level)) == pytest.approx(level, abs=0.1)


def test_full_scale_is_3_14_dbm0() -> None:
    assert levels.amplitude(levels.FULL_SCALE_DBM0) == pytest.approx(32768)


def test_silence_and_nothing_measure_the_floor() -> None:
    assert levels.dbm0(np.zeros(160, np.int16)) == levels.FLOOR_DBM0
    assert levels.dbm0(np.zeros(0, np.int16)) == levels.FLOOR_DBM0


def test_gain_changes_the_level_by_what_it_says() -> None:
    assert levels.dbm0(levels.gain(sine(-30.0), 12.0)) == pytest.approx(-18.0, abs=0.05)
    assert levels.gain(sine(-30.0), 0.0).tolist() == sine(-30.0).tolist()


@given(st.lists(st.integers(-32768, 32767), max_size=50), st.floats(-60, 60))
def test_gain_never_turns_a_sample_round(samples: list[int], db: float) -> None:
    before = np.array(samples, dtype=np.int16)
    after = levels.gain(before, db)
    assert np.all(np.sign(after.astype(int)) * np.sign(before.astype(int)) >= 0)
    order = np.argsort(before, kind="stable")
    assert np.all(np.diff(after[order].astype(int)) >= 0)
