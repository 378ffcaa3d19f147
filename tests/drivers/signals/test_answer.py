"""What became of an outgoing call, told from the line's sound alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.signals import countries
from drivers.signals.answer import AnswerDetector, CallFact
from drivers.signals.datatones import CED
from drivers.signals.tones import ToneSource, beep
from drivers.signals.tonespec import parse

Speech = Callable[[float, int, float], np.ndarray]
RATE = 8000


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.int16)


def tone(text: str, seconds: float) -> np.ndarray:
    return ToneSource(parse(text)).read(round(seconds * RATE))


def ringback(seconds: float, code: str = "CA") -> np.ndarray:
    return ToneSource(countries.country(code).tones["ringback"]).read(round(seconds * RATE))


def call(*parts: np.ndarray, code: str = "CA") -> list[CallFact]:
    """The facts of a call that sounds like this, over line noise."""
    rng = np.random.default_rng(len(parts))
    wide = np.concatenate((silence(0.7), *parts)).astype(float)
    samples = np.clip(wide + rng.normal(0, 12, wide.size), -32768, 32767).astype(np.int16)
    detector = AnswerDetector(countries.country(code))
    return [fact for at in range(0, samples.size - 159, 160) for fact in detector.feed(samples[at : at + 160])]


def names(facts: list[CallFact]) -> list[str]:
    return [fact.fact for fact in facts]


@pytest.mark.parametrize("code", ["CA", "GB", "FR", "DE", "JP"])
def test_ringing_then_a_person(code: str, speech: Speech) -> None:
    rung = ringback(13.0, code)
    facts = call(rung, speech(1.2, 1, -20.0), silence(2.0), code=code)
    assert names(facts) == ["ringing", "answered", "person"]
    assert 9.0 < facts[1].at / RATE < 14.2  # no sooner than the last ring, no later than the first word


def test_a_voice_over_the_first_ring_is_an_answer_without_ringing(speech: Speech) -> None:
    assert names(call(silence(1.0), speech(1.0, 2, -20.0), silence(2.0))) == ["answered", "person"]


def test_a_long_greeting_is_a_machine_and_its_beep_is_told(speech: Speech) -> None:
    facts = call(ringback(8.0), speech(9.0, 0, -20.0), silence(0.5), beep(1400.0, 500).read(4000), silence(2.0))
    assert names(facts) == ["ringing", "answered", "machine", "beep"]
    assert facts[-1].at / RATE == pytest.approx(0.7 + 8.0 + 9.0 + 0.5 + 0.2, abs=0.25)


def test_a_beep_is_waited_for_a_minute_only(speech: Speech) -> None:
    """Somebody who talked at length was taken for a machine: nothing later in the conversation is its beep."""
    talk = speech(9.0, 0, -20.0)
    assert names(call(ringback(8.0), talk, silence(40.0), beep(1400.0, 500).read(4000)))[-1] == "beep"
    assert names(call(ringback(8.0), talk, silence(62.0), beep(1400.0, 500).read(4000)))[-1] == "machine"


def test_a_silent_answer_is_told_by_the_ring_that_does_not_come() -> None:
    facts = call(ringback(8.0), silence(20.0))
    assert names(facts) == ["ringing", "answered", "silence"]
    assert facts[1].reason == "ringback stopped"


@pytest.mark.parametrize("code", ["CA", "GB", "FR", "DE", "JP"])
def test_busy_is_busy(code: str) -> None:
    busy = ToneSource(countries.country(code).tones["busy"]).read(4 * RATE)
    facts = call(silence(1.0), busy, code=code)
    assert names(facts) == ["busy"]


def test_refusals_name_their_tone(speech: Speech) -> None:
    tones = countries.country("CA").tones
    sit = ToneSource(tones["sit"]).read(RATE)
    facts = call(sit, silence(0.5), speech(4.0, 1, -20.0))
    assert [(fact.fact, fact.reason) for fact in facts] == [("refused", "sit tone"), ("announcement", "sit tone")]
    assert names(call(ToneSource(tones["reorder"]).read(3 * RATE))) == ["refused"]


def test_a_fax_that_answers() -> None:
    facts = call(ringback(8.0), silence(1.0), tone(CED, 3.0))
    assert names(facts)[:2] == ["ringing", "answered"] and names(facts)[-1] == "fax"


def test_a_fax_with_phase_reversals_and_a_bell_modem() -> None:
    time = np.arange(3 * RATE)
    ansam = 5000 * np.sin(2 * np.pi * 2100 * time / RATE) * np.where(time // 3600 % 2, -1, 1)
    ansam *= 1 + 0.2 * np.sin(2 * np.pi * 15 * time / RATE)
    assert names(call(ringback(8.0), ansam))[-1] == "fax"
    assert names(call(ringback(8.0), tone("2225", 3.0)))[-1] == "modem"


def test_ringing_on_and_on_is_no_answer() -> None:
    assert names(call(ringback(40.0))) == ["ringing"]
    assert names(call(ringback(40.0, "GB"), code="GB")) == ["ringing"]


def test_noise_is_no_answer() -> None:
    rng = np.random.default_rng(2)
    assert call(np.rint(rng.normal(0, 60, 20 * RATE))) == []


def test_nothing_more_once_done_and_all_again_after_reset() -> None:
    detector = AnswerDetector(countries.country("CA"))
    busy = ToneSource(countries.country("CA").tones["busy"]).read(4 * RATE)
    for _ in range(2):
        facts = [fact for at in range(0, busy.size, 160) for fact in detector.feed(busy[at : at + 160])]
        assert names(facts) == ["busy"] and detector.done
        detector.reset()
