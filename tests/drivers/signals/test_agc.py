"""Recordings at a listener's level, and other sample rates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.signals import levels
from drivers.signals.agc import TARGET_DBM0, AutomaticGain
from drivers.signals.resample import RESAMPLE_ENGINE, Resampler

Speech = Callable[[float, int, float], np.ndarray]
ENGINES = ["numpy"] + (["speexdsp"] if RESAMPLE_ENGINE == "speexdsp" else [])


def through(gain: AutomaticGain, samples: np.ndarray) -> np.ndarray:
    return np.concatenate([gain.feed(block) for block in samples[: samples.size // 160 * 160].reshape(-1, 160)])


@pytest.mark.parametrize("level", [-38.0, -28.0, -19.0, -9.0])
def test_soft_and_loud_callers_end_up_alike(level: float, speech: Speech) -> None:
    heard = through(AutomaticGain(), speech(12.0, 1, level))
    assert levels.dbm0(heard[-5 * 8000 :]) == pytest.approx(TARGET_DBM0, abs=4.0)


def test_a_pause_is_not_pumped_up(speech: Speech) -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, levels.amplitude(-45.0) / 1.41, 30 * 8000)
    said = np.zeros(30 * 8000)
    said[: 8 * 8000] = speech(8.0, 2, -22.0)
    heard = through(AutomaticGain(), np.rint(said + noise).astype(np.int16))
    early, late = heard[9 * 8000 : 11 * 8000], heard[-2 * 8000 :]
    assert levels.dbm0(late) - levels.dbm0(early) < 0.5


def test_noise_alone_stays_as_it_is() -> None:
    noise = np.random.default_rng(1).normal(0, levels.amplitude(-45.0) / 1.41, 10 * 8000).astype(np.int16)
    assert levels.dbm0(through(AutomaticGain(), noise)) == pytest.approx(-45.0, abs=0.5)


def test_a_quiet_caller_in_noise_is_lifted_and_the_noise_alone_is_not(speech: Speech) -> None:
    """-42 dBm0 of speech over -50 dBm0 of noise: some 10 dB after four seconds, and on."""
    noise = np.random.default_rng(2).normal(0, levels.amplitude(-50.0) / 1.41, 10 * 8000)
    gain = AutomaticGain()
    through(gain, np.rint(noise + speech(10.0, 1, -42.0)).astype(np.int16))
    assert gain.gain_db > 10.0
    alone = AutomaticGain()
    through(alone, np.rint(noise).astype(np.int16))
    assert alone.gain_db == 0.0


def test_gain_moves_without_a_step(speech: Speech) -> None:
    gain = AutomaticGain()
    gains = []
    for block in speech(6.0, 3, -35.0).reshape(-1, 160):
        gain.feed(block)
        gains.append(gain.gain_db)
    assert np.abs(np.diff(gains)).max() <= 0.25 and max(gains) > 6.0


def test_a_shout_after_a_whisper_is_limited_not_wrapped(speech: Speech) -> None:
    gain = AutomaticGain()
    through(gain, speech(8.0, 1, -38.0))
    shout = speech(1.0, 2, -3.0)
    heard = through(gain, shout)
    moving = np.abs(shout[: heard.size].astype(int)) > 2000
    assert np.all(np.sign(heard[moving].astype(int)) == np.sign(shout[: heard.size][moving].astype(int)))


def test_reset_forgets_the_caller(speech: Speech) -> None:
    gain = AutomaticGain()
    through(gain, speech(5.0, 1, -38.0))
    gain.reset()
    assert gain.gain_db == 0.0 and np.array_equal(gain.feed(np.full(160, 20, np.int16)), np.full(160, 20, np.int16))
    with pytest.raises(ValueError, match="-3"):
        AutomaticGain(-3.0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rate_in", "rate_out"), [(8000, 16000), (16000, 8000), (48000, 8000), (8000, 44100)])
def test_a_tone_keeps_its_pitch_and_level_at_another_rate(engine: str, rate_in: int, rate_out: int) -> None:
    tone = np.rint(8000 * np.sin(2 * np.pi * 1000 * np.arange(rate_in) / rate_in)).astype(np.int16)
    resampler = Resampler(rate_in, rate_out, engine)
    made = np.concatenate([resampler.process(tone[at : at + 333]) for at in range(0, rate_in, 333)])
    assert abs(made.size - rate_out) < rate_out * 0.01
    steady = made[rate_out // 10 : -rate_out // 10].astype(float)
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(steady.size)))
    assert spectrum.argmax() * rate_out / steady.size == pytest.approx(1000, abs=2)
    assert np.sqrt(2 * np.mean(steady**2)) == pytest.approx(8000, rel=0.02)
    top = int(spectrum.argmax())
    assert 20 * np.log10(spectrum[top] / np.delete(spectrum, slice(top - 8, top + 9)).max()) > 45


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_kept_is_filtered_out(engine: str) -> None:
    tone = np.rint(8000 * np.sin(2 * np.pi * 6000 * np.arange(16000) / 16000)).astype(np.int16)
    made = Resampler(16000, 8000, engine).process(tone)
    assert levels.dbm0(made[800:-800]) < levels.dbm0(tone) - 40.0


def test_impossible_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="sample rate 0"):
        Resampler(8000, 0)
    with pytest.raises(ValueError, match="soxr"):
        Resampler(8000, 16000, "soxr")
