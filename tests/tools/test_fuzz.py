"""The fuzzing targets themselves: they take any bytes, and they do catch a parser that misbehaves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import callerid_messages
from tools.fuzz import targets
from tools.fuzz.__main__ import NAMES


def test_the_command_knows_every_target() -> None:
    assert set(NAMES) == set(targets.TARGETS)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@pytest.mark.parametrize("name", ["messages", "digits", "tones"])
def test_any_bytes(name: str, data: bytes) -> None:
    targets.TARGETS[name](data)


@settings(max_examples=6, deadline=None)
@given(st.binary(min_size=400, max_size=1000))
def test_any_audio(data: bytes) -> None:
    targets.audio(data)


def test_a_name_with_a_control_code_would_be_caught() -> None:
    with pytest.raises(AssertionError, match="unprintable"):
        targets.plain(callerid_messages.Message("mdmf", name="a\x1bb"))
