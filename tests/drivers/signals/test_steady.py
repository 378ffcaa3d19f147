"""Busy tones of any frequency and rhythm, and tones without an end, are the exchange's; and what is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals import levels
from drivers.signals.countries import countries, country
from drivers.signals.linetones import LineTones
from drivers.signals.progress import DETECTABLE
from drivers.signals.steady import SteadyTones
from drivers.signals.tones import ToneSource
from tools.bench import corpora
from tools.bench import steady as bench

Samples = npt.NDArray[np.int16]
BUSY = {"busy", "reorder", "congestion"}


def told(sound: Samples, code: str = "CA", block: int = 160) -> list[str]:
    detector = LineTones(country(code), answered=True)
    heard = [tone for at in range(0, sound.size, block) for tone in detector.feed(sound[at : at + block])]
    return [tone.tone for tone in heard if tone.end is None]


def endless(hz: float, seconds: float, level: float = -20.0) -> Samples:
    return levels.limit(levels.amplitude(level) * np.sin(2 * np.pi * hz * np.arange(round(8000 * seconds)) / 8000))


@pytest.mark.parametrize("seed", range(12))
def test_busy_of_any_frequency_and_rhythm_is_told(seed: int) -> None:
    (tone,) = told(bench.busy(seed).sound)
    assert tone in BUSY


def test_bursts_of_two_lengths_in_the_same_order_are_busy() -> None:
    """450 Hz, three times 210 ms and once 630 ms, between pauses of 210 ms: an adapter's."""
    assert told(bench.bursts((450.0,), [0.21, 0.21, 0.21, 0.63] * 4, [0.21] * 16, -16.0)) == ["busy"]


def test_where_it_began_is_told() -> None:
    sound = np.concatenate([np.zeros(8000, np.int16), bench.bursts((523.0,), [0.4] * 6, [0.3] * 6, -20.0)])
    ((tone, start, end),) = SteadyTones().feed(sound)
    assert (tone, end) == ("busy", None)
    assert start == pytest.approx(8000, abs=240)


def test_a_tone_without_an_end_is_unobtainable_after_an_answer() -> None:
    assert told(endless(523.0, 4.0)) == ["unobtainable"]
    assert LineTones(country("CA")).feed(endless(523.0, 4.0)) == []


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ([0.3, 0.5, 0.3, 0.5, 0.4, 0.6], [0.3] * 6),  # as a person repeats a note
        ([0.3] * 6, [0.3, 0.5, 0.3, 0.6, 0.3, 0.3]),
        ([0.1] * 20, [0.1] * 20),  # stutter
        ([1.0] * 6, [4.0] * 6),  # ringing
        ([0.4, 0.4] * 4, [0.2, 2.0] * 4),
    ],
)
def test_other_rhythms_are_no_busy_tone(on: list[float], off: list[float]) -> None:
    assert "busy" not in [tone for tone, _, _ in SteadyTones().feed(bench.bursts((523.0,), on, off, -20.0))]


def test_bursts_that_are_not_alike_are_no_busy_tone() -> None:
    pieces = [bench.bursts((hz,), [0.4], [0.3], level) for hz, level in ((500.0, -20.0), (520.0, -20.0)) * 4]
    assert SteadyTones().feed(np.concatenate(pieces)) == []
    pieces = [bench.bursts((500.0,), [0.4], [0.3], level) for level in (-20.0, -16.0) * 4]
    assert SteadyTones().feed(np.concatenate(pieces)) == []


@pytest.mark.parametrize("code", sorted(countries()))
def test_no_other_tone_of_any_country_is_taken_for_busy(code: str) -> None:
    for name, spec in country(code).tones.items():
        if name in DETECTABLE and name not in BUSY:
            sound = ToneSource(spec).read(8 * 8000)
            assert BUSY.isdisjoint(told(sound, code)), name


def test_voices_and_noise_are_no_tones() -> None:
    for piece in corpora.voices(corpora.EXAM, 0.03, 8):
        assert SteadyTones(endless=True).feed(piece) == []
    noise = np.random.default_rng(1).normal(0, 300, 20 * 8000).astype(np.int16)
    assert SteadyTones(endless=True).feed(noise) == []


def test_the_block_size_changes_nothing() -> None:
    sound = bench.busy(3).sound
    assert told(sound, block=7) == told(sound)
