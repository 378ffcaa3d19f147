"""The fuzzing targets themselves: they take any bytes, and they do catch a parser that misbehaves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals.callerid import writing
from drivers.signals.callerid.messages import Message
from drivers.signals.cas import CasDetector
from drivers.signals.dtmf.receiver import DtmfReceiver
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
    for first in b"\x00\x01":
        targets.audio(bytes([first]) + data)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=60))
def test_any_bits_sent_as_caller_id(data: bytes) -> None:
    targets.modem(data)


@pytest.mark.parametrize("choice", [4, 5])
def test_what_is_sent_by_the_modem_target_is_received(choice: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target whose sound no receiver could read would find nothing."""
    read: list[Message | None] = []
    monkeypatch.setattr(targets, "plain", read.append)
    targets.modem(bytes([choice]) + writing.mdmf("5145550123")[:-1])
    assert [one and one.number for one in read] == ["5145550123"]


def test_pieces_of_tones_reach_what_the_detectors_wait_for() -> None:
    """A digit (770 and 1336 Hz) and the alerting signal of call waiting, each with a pause behind it."""
    digit, alert, pause = bytes([41, 81, 10, 70]), bytes([138, 182, 15, 75]), bytes([0, 0, 63, 120])
    sound = targets.pieces(digit + pause + alert + pause)
    assert [one.digit for one in DtmfReceiver().feed(sound) if one.end is not None] == ["5"]
    assert len(CasDetector().feed(sound)) == 1


def test_a_name_with_a_control_code_would_be_caught() -> None:
    with pytest.raises(AssertionError, match="unprintable"):
        targets.plain(Message("mdmf", name="a\x1bb"))
