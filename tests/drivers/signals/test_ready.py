"""Dial tone on a seized line, in every country: within a second, over hum, with dents; a busy line is never ready."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from drivers.signals import levels
from drivers.signals.countries import Country, countries
from drivers.signals.ready import ReadyToDial
from drivers.signals.tones import ToneSource
from drivers.signals.tonespec import Part, ToneSpec
from tools.bench import corpora

RATE = 8000
ROWS = countries()
LEAD = RATE
TWO_BURSTS = {"IT": 1.1, "GR": 1.1, "CZ": 1.25}  # their dial tones begin with a burst as short as a busy tone's
STUTTERS_S = {"SG": 2.4, "TH": 1.4, "IL": 1.3}  # before the tone that lasts; elsewhere at most 0.6


def line(spec: ToneSpec | None, *, pitch: float = 1.0, pace: float = 1.0, gain: float = 0.0, hum: float = 0.0,
         noise: float = -55.0, seconds: float = 4.5) -> np.ndarray:  # fmt: skip
    """A second without, then the tone; `hum`: Hz of the mains, 16 dB below full scale with its harmonics."""

    def part(one: Part) -> Part:
        ms = None if one.ms is None else round(one.ms * pace)
        return dataclasses.replace(one, hz=tuple(hz * pitch for hz in one.hz), ms=ms)

    wide = np.random.default_rng(5).normal(0.0, levels.amplitude(noise) / np.sqrt(2), int(seconds * RATE) + LEAD)
    if spec is not None:
        off = ToneSpec(tuple(map(part, spec.once)), tuple(map(part, spec.cycle)))
        wide[LEAD:] += ToneSource(off).read(wide.size - LEAD).astype(float) * 10 ** (gain / 20)
    if hum:
        time = np.arange(wide.size) / RATE
        for times, level in ((1, -16.0), (2, -26.0), (3, -22.0), (5, -42.0)):
            wide += levels.amplitude(level) * np.sin(2 * np.pi * times * hum * time + times)
    return np.clip(np.rint(wide), -32768, 32767).astype(np.int16)


def ready_after(country: Country, samples: np.ndarray, block: int = 160) -> float | None:
    """Seconds from the tone's beginning."""
    detector = ReadyToDial(country)
    for at in range(0, samples.size, block):
        if detector.feed(samples[at : at + block]):
            return (at + block - LEAD) / RATE
    return None


@pytest.mark.parametrize("code", ROWS)
def test_a_dial_tone_is_heard_within_a_second(code: str) -> None:
    within = TWO_BURSTS.get(code, 1.0)
    stuttered = within + STUTTERS_S.get(code, 0.6)
    for pitch, pace, hum, noise, gain in (
        (1.0, 1.0, 0.0, -55.0, 0.0),
        (0.985, 0.95, 50.0, -55.0, 0.0),
        (1.015, 1.05, 60.0, -30.0, 0.0),
        (1.0, 1.0, 0.0, -50.0, -15.0),
    ):
        for tone, least, most in (("dial", 0.3, within), ("stutter", 0.3, stuttered)):
            if tone in ROWS[code].tones:
                heard = line(ROWS[code].tones[tone], pitch=pitch, pace=pace, hum=hum, noise=noise, gain=gain)
                after = ready_after(ROWS[code], heard)
                assert after is not None and least < after <= most, (tone, hum, after)


@pytest.mark.parametrize("code", ROWS)
def test_a_busy_line_is_not_ready(code: str) -> None:
    for tone in ("busy", "reorder", "congestion"):
        for pace in (0.95, 1.0, 1.05):
            if tone in ROWS[code].tones and (code, pace) != ("IT", 1.05):  # its dial tone has bursts hardly longer
                assert ready_after(ROWS[code], line(ROWS[code].tones[tone], pace=pace)) is None, (tone, pace)


def test_an_adapters_dial_tone_of_another_country_is_heard() -> None:
    for code in ("CA", "GB", "DE", "CN"):
        for other in ("CA", "DE", "AU", "JP", "HU"):
            after = ready_after(ROWS[code], line(ROWS[other].tones["dial"]))
            assert after is not None and after <= 1.0


@pytest.mark.parametrize("hum", [50.0, 60.0])
def test_hum_and_silence_are_not_ready(hum: float) -> None:
    assert ready_after(ROWS["CA"], line(None, hum=hum, seconds=10)) is None
    assert ready_after(ROWS["CA"], line(None, noise=-30.0, seconds=10)) is None


def test_voices_are_not_ready() -> None:
    """An announcement instead of a dial tone."""
    for piece in corpora.voices(corpora.TUNING, 0.03, 3):
        assert ready_after(ROWS["CA"], piece) is None


def test_the_block_size_changes_nothing() -> None:
    heard = line(ROWS["GB"].tones["dial"])
    after = ready_after(ROWS["GB"], heard)
    assert after is not None
    assert ready_after(ROWS["GB"], heard, 77) == pytest.approx(after, abs=0.02)
    assert ready_after(ROWS["GB"], heard, heard.size) is not None
