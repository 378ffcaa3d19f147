"""A fax machine that calls, and what only sounds like one; machines that have answered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals.datatones import AnsweringToneDetector, CallingToneDetector
from drivers.signals.levels import amplitude
from tests.drivers.signals.conftest import Speech

RATE = 8000
Sound = npt.NDArray[np.float64]


def bursts(seconds: float, hz: float = 1100.0, on_s: float = 0.5, off_s: float = 3.0, level: float = -20.0) -> Sound:
    """A second of silence, then bursts of a tone."""
    at = np.arange(round(seconds * RATE)) / RATE - 1.0
    return amplitude(level) * np.sin(2 * np.pi * hz * at) * ((at >= 0) & (at % (on_s + off_s) < on_s))


def hum(seconds: float, hz: float, level: float) -> Sound:
    """Mains hum and its harmonics, each softer than the one before."""
    at = np.arange(round(seconds * RATE)) / RATE
    parts = [np.sin(2 * np.pi * hz * number * at + number**2) / number for number in range(1, 20)]
    return amplitude(level) * np.sum(parts, axis=0) / np.sqrt(sum(1 / number**2 for number in range(1, 20)))


def heard(sound: npt.NDArray[np.generic], block: int = 160) -> list[tuple[float, float]]:
    """When a calling fax began, and when it was told, in seconds; the sound comes in blocks."""
    detector = CallingToneDetector()
    samples = np.clip(np.rint(sound.astype(np.float64)), -32768, 32767).astype(np.int16)
    return [
        (tone.start / RATE, (first + block) / RATE)
        for first in range(0, samples.size, block)
        for tone in detector.feed(samples[first : first + block])
        if tone.end is None
    ]


@pytest.mark.parametrize("off_s", [2.55, 3.0, 3.45])
@pytest.mark.parametrize("on_s", [0.425, 0.5, 0.575])
@pytest.mark.parametrize("hz", [1062.0, 1100.0, 1138.0])
def test_a_calling_fax_is_heard_at_its_second_burst_as_t30_lets_it_sound(hz: float, on_s: float, off_s: float) -> None:
    ((start, told),) = heard(bursts(11.0, hz, on_s, off_s))
    assert start == pytest.approx(1.0, abs=0.05)
    assert 0.0 < told - (1.0 + on_s + off_s + on_s) < 0.25


@pytest.mark.parametrize("mains", [50.0, 60.0])
@pytest.mark.parametrize("over", [-10.0, 0.0, 10.0])
@pytest.mark.parametrize("level", [-20.0, -35.0])
def test_hum_hides_no_fax(level: float, over: float, mains: float) -> None:
    assert len(heard(bursts(9.0, level=level) + hum(9.0, mains, level + over))) == 1


def test_noise_hides_no_fax_and_blocks_of_any_length_hear_it() -> None:
    fax = bursts(9.0) + np.random.default_rng(3).normal(0, 300, 9 * RATE)
    for block in (1, 37, 160, 9 * RATE):
        assert [round(start, 1) for start, _ in heard(fax, block)] == [1.0]


@pytest.mark.parametrize("level", [-10.0, -18.0, -30.0])
def test_one_beep_before_somebody_speaks_is_no_fax(speech: Speech, level: float) -> None:
    assert heard(np.concatenate((bursts(1.5, level=level), speech(20.0, 5, -20.0)))) == []
    assert heard(np.concatenate((bursts(4.0, level=level), speech(20.0, 6, -20.0)))) == []
    assert heard(bursts(4.0, level=level)) == []


@pytest.mark.parametrize(
    ("hz", "on_s", "off_s"),
    [(1100.0, 0.5, 1.0), (1100.0, 0.5, 5.0), (1100.0, 0.2, 3.0), (1100.0, 1.5, 3.0), (1400.0, 0.5, 3.0)],
)
def test_beeps_of_another_rhythm_or_pitch_are_no_fax(hz: float, on_s: float, off_s: float) -> None:
    assert heard(bursts(30.0, hz, on_s, off_s)) == []


def test_speech_is_no_data_machine(speech: Speech) -> None:
    spoken = speech(60.0, 3, -15.0)
    assert heard(spoken) == []
    assert AnsweringToneDetector().feed(spoken) == []
