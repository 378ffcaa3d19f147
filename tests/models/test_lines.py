"""The lines that speech is trained and judged on: levels, codecs, the same bytes for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from board.virtual.voices import from_text
from models import codecs
from models.lines import LINES, Line, level, noise, through

SPEECH = np.concatenate((np.zeros(2000, np.int16), from_text("goodbye, operator"), np.zeros(2000, np.int16)))


@pytest.mark.parametrize("name", LINES)
def test_the_same_seed_is_the_same_line(name: str) -> None:
    if LINES[name].network != "g711" and not codecs.there(LINES[name].network):
        pytest.skip(f"no library for {LINES[name].network} on this machine")
    once, again, other = (through(SPEECH, LINES[name], seed) for seed in (1, 1, 2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert once.size == SPEECH.size


@pytest.mark.parametrize("wanted", [-35.0, -20.0, -12.0])
def test_speech_arrives_at_its_level(wanted: float) -> None:
    heard = through(SPEECH, Line(speech_dbm0=wanted, band=False), 1)
    assert level(heard) == pytest.approx(wanted, abs=1.0)


@pytest.mark.parametrize("tilt", [0.0, 6.0])
def test_noise_falls_as_it_should(tilt: float) -> None:
    power = np.abs(np.fft.rfft(noise(80000, tilt, np.random.default_rng(1)))) ** 2
    low, high = power[9000:11000].mean(), power[18000:22000].mean()  # around 1 and 2 kHz: an octave
    assert 10 * np.log10(low / high) == pytest.approx(tilt, abs=1.0)


@pytest.mark.parametrize("codec", ["amr", "gsm"])
def test_a_codec_keeps_speech_and_conceals_what_is_lost(codec: str) -> None:
    if not codecs.there(codec):
        pytest.skip(f"no library for {codec} on this machine")
    whole = through(SPEECH, Line(network=codec), 1)
    lost = through(SPEECH, Line(network=codec, lost=0.1), 1)
    loudness = [np.abs(sound[: 160 * 60].astype(float)).reshape(-1, 320).mean(axis=1) for sound in (whole, SPEECH)]
    assert np.corrcoef(*loudness)[0, 1] > 0.8
    assert not np.array_equal(whole, lost)
    assert level(lost) == pytest.approx(level(whole), abs=3.0)
