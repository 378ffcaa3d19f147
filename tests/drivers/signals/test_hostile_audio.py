"""Any audio at all, in any blocks: no detector fails, grows or forgets how to start over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals.agc import AutomaticGain
from drivers.signals.answer import AnswerDetector
from drivers.signals.beep import BeepDetector
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.countries import country
from drivers.signals.datatones import AnsweringToneDetector, CallingToneDetector
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import ToneSource, dtmf
from drivers.signals.voice import EndOfSpeech, VoiceDetector
from tests.drivers.signals.told import assert_same

ANY_LENGTH: dict[str, Callable[[], Any]] = {
    "progress": lambda: ProgressDetector(country("GB")),
    "answering tones": AnsweringToneDetector,
    "calling tone": CallingToneDetector,
    "beep": BeepDetector,
    "gain": AutomaticGain,
    "dtmf": DtmfReceiver,
    "caller ID": CallerIdReceiver,
}
WHOLE_BLOCKS: dict[str, Callable[[], Any]] = {"answer": lambda: AnswerDetector(country("JP")), "voice": VoiceDetector}


def hostile(draw: Callable[[st.SearchStrategy[Any]], Any], samples: int) -> np.ndarray:
    """A stretch of one of the things that break decoders."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time = np.arange(samples)
    kind = draw(st.sampled_from(["noise", "square", "constant", "sweep", "tone", "digits", "sparse", "silence"]))
    level = draw(st.sampled_from([1, 30, 1000, 32767]))
    if kind == "noise":
        return rng.integers(-level - 1, level + 1, samples).astype(np.int16)
    if kind == "square":
        return np.where(time // draw(st.integers(1, 40)) % 2, level, -level).astype(np.int16)
    if kind == "constant":
        return np.full(samples, draw(st.sampled_from([-32768, -level, level])), np.int16)
    if kind == "sweep":
        return (level * np.sin(time * time * draw(st.floats(1e-6, 1e-2)))).astype(np.int16)
    if kind == "tone":
        tones = country(draw(st.sampled_from(["GB", "JP", "US"]))).tones
        return ToneSource(tones[draw(st.sampled_from(["dial", "busy", "sit"]))]).read(samples)
    if kind == "digits":
        return dtmf("159#", draw(st.integers(1, 60)), draw(st.integers(1, 60))).read(samples)
    if kind == "sparse":
        wide = np.zeros(samples, np.int16)
        if samples:
            wide[rng.integers(0, samples, 5)] = level
        return wide
    return np.zeros(samples, np.int16)


@settings(max_examples=25, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", ANY_LENGTH)
def test_any_audio_in_any_blocks(name: str, data: st.DataObject) -> None:
    detector = ANY_LENGTH[name]()
    for _ in range(data.draw(st.integers(1, 6))):
        detector.feed(hostile(data.draw, data.draw(st.integers(0, 3000) if name != "gain" else st.integers(1, 3000))))


@settings(max_examples=15, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", WHOLE_BLOCKS)
def test_any_audio_in_whole_blocks(name: str, data: st.DataObject) -> None:
    detector = WHOLE_BLOCKS[name]()
    for block in hostile(data.draw, 160 * data.draw(st.integers(1, 60))).reshape(-1, 160):
        detector.feed(block)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_two_directions_of_audio(data: st.DataObject) -> None:
    canceller, voice, end = EchoCanceller(), VoiceDetector(), EndOfSpeech(0.5)
    near = hostile(data.draw, 160 * 40).reshape(-1, 160)
    ours = hostile(data.draw, 160 * 40).reshape(-1, 160)
    for heard, played in zip(near, ours, strict=True):
        end.feed(voice.feed(canceller.process(heard, played), played))


@pytest.mark.parametrize("name", ["progress", "answering tones", "calling tone", "beep", "dtmf", "caller ID"])
def test_after_reset_the_same_sound_is_heard_the_same(name: str) -> None:
    detector = ANY_LENGTH[name]()
    busy = ToneSource(country("GB").tones["busy"]).read(3 * 8000)
    sound = np.concatenate((busy, dtmf("12").read(4000), np.full(777, 900, np.int16)))

    def told() -> list[Any]:
        return [detector.feed(sound[at : at + 160]) for at in range(0, sound.size, 160)]

    first = told()
    detector.feed(np.random.default_rng(1).integers(-32768, 32768, 5000).astype(np.int16))
    detector.reset()
    assert_same(told(), first)
