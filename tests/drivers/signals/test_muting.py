"""A digit does not come through; everything else does, unchanged and in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import levels, tones
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.muting import LOOK_BACK, KeyMuting

KEYS = "0123456789ABCD*#"


def through(sound: Any, sizes: Any = (160,)) -> Any:
    receiver, muting, given, at, turn = DtmfReceiver(), KeyMuting(), [], 0, 0
    while at < sound.size:
        size = sizes[turn % len(sizes)]
        piece = sound[at : at + size]
        given.append(muting.feed(piece, [digit.moved(-at) for digit in receiver.feed(piece)]))
        at, turn = at + size, turn + 1
    return np.concatenate([*given, muting.flush()])


def hum(samples: int, level: float = -30.0) -> Any:
    at = np.arange(samples)
    return np.rint(levels.amplitude(level) * np.sin(2 * np.pi * 300 / 8000 * at)).astype(np.int16)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("offset", [0, 53, 117])
def test_no_trace_of_a_digit_is_left(key: str, offset: int) -> None:
    digit = tones.dtmf(key, 90, 0, -10.0).read(720)
    sound = np.concatenate([np.zeros(3000 + offset, np.int16), digit, np.zeros(3000, np.int16)])
    assert levels.dbm0(through(sound)[3000 + offset : 3720 + offset]) < -60.0


def test_what_is_around_it_stays_as_it_was() -> None:
    sound = hum(16000)
    sound[8000:8800] = tones.dtmf("5", 100, 0, -10.0).read(800)
    given = through(sound)
    assert given.size == sound.size
    assert np.array_equal(given[:7900], sound[:7900])
    assert np.array_equal(given[8900:], sound[8900:])
    assert DtmfReceiver().feed(given) == []
    assert np.abs(np.diff(given.astype(int))).max() <= 3 * np.abs(np.diff(hum(800).astype(int))).max(), "a click"


def test_a_digit_held_for_seconds_is_silent_all_along() -> None:
    sound = np.concatenate([hum(4000), tones.dtmf("9", 3000, 0, -10.0).read(24000), hum(4000)])
    given = through(sound)
    assert levels.dbm0(given[4000:28000]) < -60.0
    assert levels.dbm0(given[28200:]) == pytest.approx(-30.0, abs=0.5)


def test_digits_in_a_row_are_all_blanked_and_the_pauses_are_not() -> None:
    dialled = tones.dtmf(KEYS, 60, 100, -10.0).read(16 * 1280)
    sound = levels.limit(np.concatenate([np.zeros(4000), dialled]) + hum(4000 + dialled.size, -45.0).astype(float))
    given = through(sound)
    assert DtmfReceiver().feed(given) == []
    pause = 4000 + 480 + 300
    assert np.array_equal(given[pause : pause + 300], sound[pause : pause + 300])


def test_what_may_hold_a_digit_that_nobody_knows_yet_can_be_dropped() -> None:
    sound = np.concatenate([hum(4000), tones.dtmf("#", 100, 0, -10.0).read(100)])
    muting = KeyMuting()
    given = muting.feed(sound, [])
    muting.drop()
    assert given.size == sound.size - LOOK_BACK
    assert muting.flush().size == 0


def test_a_digit_that_is_on_when_the_stream_begins_is_muted_to_its_end() -> None:
    sound = np.concatenate([tones.dtmf("7", 300, 0, -10.0).read(2400), hum(3200)])
    receiver = DtmfReceiver()
    (begun,) = receiver.feed(sound[:800])
    muting, given = KeyMuting(begun), []
    for at in range(800, sound.size, 160):
        piece = sound[at : at + 160]
        given.append(muting.feed(piece, [digit.moved(-at) for digit in receiver.feed(piece)]))
    given = np.concatenate([*given, muting.flush()])
    assert levels.dbm0(given[:1600]) < -60.0
    assert levels.dbm0(given[1700:]) == pytest.approx(-30.0, abs=0.5)


@settings(deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=6))
def test_the_size_of_blocks_does_not_matter(sizes: list[int]) -> None:
    sound = np.concatenate([hum(2000), tones.dtmf("31", 60, 60, -12.0).read(1920), hum(2000)])
    given = through(sound, sizes)
    assert given.size == sound.size
    assert DtmfReceiver().feed(given) == []


@settings(deadline=None)
@given(st.binary(max_size=4000))
def test_any_sound_keeps_its_length(noise: bytes) -> None:
    sound = np.frombuffer(noise[: len(noise) // 2 * 2], np.int16)
    assert through(sound).size == sound.size if sound.size else KeyMuting().flush().size == 0
