"""Call progress in every country of the table, on a noisy line, with exchanges that are off in pitch and pace."""

from __future__ import annotations

import dataclasses
import zlib

import numpy as np
import pytest

from drivers.signals import countries, levels
from drivers.signals.cadence import pattern
from drivers.signals.progress import DETECTABLE, ProgressDetector, ToneHeard
from drivers.signals.tones import ToneSource
from drivers.signals.tonespec import Part, ToneSpec

RATE = 8000
MAIN = ("dial", "ringback", "busy", "reorder")
LESS_COMMON = ("stutter", "sit", "unobtainable", "congestion")
ROWS = countries.countries()


def off_by(spec: ToneSpec, pitch: float, pace: float) -> ToneSpec:
    def part(one: Part) -> Part:
        ms = None if one.ms is None else max(1, round(one.ms * pace))
        return dataclasses.replace(one, hz=tuple(hz * pitch for hz in one.hz), ms=ms)

    return ToneSpec(tuple(map(part, spec.once)), tuple(map(part, spec.cycle)))


def on_the_line(spec: ToneSpec, seconds: float, snr_db: float, seed: int, level: float = -20.0) -> np.ndarray:
    """Some silence, then the tone, over noise `snr_db` below it."""
    rng = np.random.default_rng(seed)
    lead = int(rng.integers(1000, 9000))
    tone = ToneSource(spec).read(int(seconds * RATE)).astype(float)
    sounding = tone[np.abs(tone) > 0]
    rms = levels.amplitude(level) / np.sqrt(2)
    wide = np.concatenate((np.zeros(lead), tone * rms / np.sqrt(np.mean(sounding**2))))
    wide += rng.normal(0.0, rms * 10 ** (-snr_db / 20), wide.size)
    return np.clip(np.rint(wide), -32768, 32767).astype(np.int16)


def hear(detector: ProgressDetector, samples: np.ndarray, block: int = 160) -> list[ToneHeard]:
    detector.reset()
    return [tone for at in range(0, samples.size, block) for tone in detector.feed(samples[at : at + block])]


def sounding_like(code: str, tone: str) -> set[str]:
    """The tone and those that the same country gives the same sound (Japan's busy and congestion)."""
    tones = ROWS[code].tones
    wanted = pattern(tone, tones[tone])
    alike = {name for name in DETECTABLE if name in tones}
    return {name for name in alike if (p := pattern(name, tones[name])).once == wanted.once and p.cycle == wanted.cycle}


@pytest.mark.parametrize("code", ROWS)
def test_every_country_is_understood(code: str) -> None:
    """Its tones at SNR 12 dB, pitch and pace off by seeded amounts up to 1.5 % and 10 %; never another."""
    detector = ProgressDetector(ROWS[code])
    for tone in (*MAIN, *(name for name in LESS_COMMON if name in ROWS[code].tones)):
        seed = zlib.crc32(f"{code} {tone}".encode())
        rng = np.random.default_rng(seed)
        spec = off_by(ROWS[code].tones[tone], 1 + rng.uniform(-0.015, 0.015), 1 + rng.uniform(-0.1, 0.1))
        seconds = 8.5 if tone == "ringback" else 6.0
        heard = hear(detector, on_the_line(spec, seconds, 12.0, seed))
        assert {one.tone for one in heard} and {one.tone for one in heard} <= sounding_like(code, tone), (tone, heard)


@pytest.mark.parametrize("code", ["FI", "GR", "EE"])
@pytest.mark.parametrize("snr_db", [40.0, 10.0])
@pytest.mark.parametrize("pace", [0.9, 1.1])
def test_a_dial_tone_with_dents_of_25_ms_is_the_special_one(code: str, snr_db: float, pace: float) -> None:
    detector = ProgressDetector(ROWS[code])
    special = hear(detector, on_the_line(off_by(ROWS[code].tones["stutter"], 1.0, pace), 8.0, snr_db, 11))
    assert [(one.tone, one.end) for one in special] == [("stutter", None)]  # once: it is held over every dent
    plain = hear(detector, on_the_line(ROWS[code].tones["dial"], 8.0, snr_db, 11))
    assert {one.tone for one in plain} == {"dial"}


@pytest.mark.parametrize("code", ["US", "GB", "DE", "JP"])
@pytest.mark.parametrize("level", [-10.0, -38.0])
def test_loud_and_soft_lines_are_heard(code: str, level: float) -> None:
    detector = ProgressDetector(ROWS[code])
    heard = hear(detector, on_the_line(ROWS[code].tones["busy"], 4.0, 20.0, 3, level))
    assert [one.tone for one in heard] == ["busy"]


def test_busy_is_told_within_two_cycles() -> None:
    samples = on_the_line(ROWS["US"].tones["busy"], 2.0, 20.0, 5)
    assert [one.tone for one in hear(ProgressDetector(ROWS["US"]), samples)] == ["busy"]


def test_the_end_of_a_tone_is_told_where_it_was() -> None:
    samples = np.concatenate((on_the_line(ROWS["CA"].tones["dial"], 2.0, 30.0, 7), np.zeros(RATE, np.int16)))
    began, ended = hear(ProgressDetector(ROWS["CA"]), samples)
    lead = samples.size - 3 * RATE
    assert (began.tone, began.end, ended.tone) == ("dial", None, "dial")
    assert began.start == ended.start == pytest.approx(lead, abs=160)
    assert ended.end == pytest.approx(lead + 2 * RATE, abs=160)


def test_ringback_then_busy_are_both_told_in_order() -> None:
    tones = ROWS["CA"].tones
    samples = np.concatenate([on_the_line(tones["ringback"], 7.0, 25.0, 1), on_the_line(tones["busy"], 4.0, 25.0, 2)])
    heard = hear(ProgressDetector(ROWS["CA"]), samples)
    assert [(one.tone, one.end is None) for one in heard] == [("ringback", True), ("ringback", False), ("busy", True)]


@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
@pytest.mark.parametrize("lengths", [(274, 274), (274, 380), (380, 274), (380, 380)])
@pytest.mark.parametrize("tones", [(913.8, 1370.6), (913.8, 1428.5), (985.2, 1370.6), (985.2, 1428.5)])
def test_every_telcordia_code_is_a_special_information_tone(
    tones: tuple[float, float], lengths: tuple[int, int], off: float
) -> None:
    parts = zip((*tones, 1776.7), (*lengths, 380), strict=True)
    spec = ToneSpec(tuple(Part((hz * off,), (-16.0,), ms) for hz, ms in parts), ())
    sound = on_the_line(spec, (sum(lengths) + 380) / 1000, 12.0, 9)
    samples = np.concatenate((sound, np.zeros(RATE, np.int16)))
    assert [one.tone for one in hear(ProgressDetector(ROWS["US"]), samples) if one.end is None] == ["sit"]


def test_asked_for_dial_tone_alone_it_is_told_sooner() -> None:
    samples = on_the_line(ROWS["FR"].tones["dial"], 0.8, 20.0, 4)
    assert [one.tone for one in hear(ProgressDetector(ROWS["FR"], ["dial"]), samples)] == ["dial"]
    assert hear(ProgressDetector(ROWS["FR"]), samples) == []  # could still be ringback


def test_three_percent_off_is_another_tone() -> None:
    for tone in MAIN:
        spec = off_by(ROWS["DE"].tones[tone], 1.035, 1.0)
        assert hear(ProgressDetector(ROWS["DE"]), on_the_line(spec, 6.0, 20.0, 6)) == []


@pytest.mark.parametrize("code", ["US", "GB", "FR", "AU"])
def test_noise_and_wandering_vowels_are_no_tone(code: str) -> None:
    rng = np.random.default_rng(8)
    time = np.arange(60 * RATE) / RATE
    pitch = np.cumsum(110 + 25 * np.sin(2 * np.pi * 0.7 * time) + rng.normal(0, 3, time.size)) / RATE
    vowel = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 25))
    voice = 3000 * vowel * (np.sin(2 * np.pi * 2.1 * time) > -0.3) + rng.normal(0, 20, time.size)
    noise = rng.normal(0, 2000, 30 * RATE)
    samples = np.clip(np.concatenate((voice, noise)), -32768, 32767).astype(np.int16)
    assert hear(ProgressDetector(ROWS[code]), samples) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tone_of_several_sounds_is_told_once(seed: int) -> None:
    """Finland's information tone steps from one sound to the next in 30 ms, which is no pause."""
    samples = on_the_line(off_by(ROWS["FI"].tones["sit"], 1.0, 1.08), 14.0, 15.0, seed)
    assert [(one.tone, one.end) for one in hear(ProgressDetector(ROWS["FI"]), samples)] == [("sit", None)]


def test_four_blips_are_no_tone_yet() -> None:
    """New Zealand's unobtainable tone is 75 ms on, 100 ms off: syllables do that for half a second."""
    spec = ROWS["NZ"].tones["unobtainable"]
    blips = on_the_line(spec, 0.7, 25.0, 3)
    silence = np.zeros(2 * RATE, np.int16)
    assert hear(ProgressDetector(ROWS["NZ"]), np.concatenate((blips, silence))) == []
    told = hear(ProgressDetector(ROWS["NZ"]), np.concatenate((on_the_line(spec, 3.0, 25.0, 3), silence)))
    assert told and {one.tone for one in told} == {"unobtainable"}


def bursts(frequencies: list[float], on: float, off: float, level: float = 3000.0) -> np.ndarray:
    """One burst a frequency, pauses between and after, with 20 ms of rise and fall."""
    time = np.arange(int(on * RATE)) / RATE
    shape = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.02)
    parts = [
        np.concatenate((level * shape * np.sin(2 * np.pi * hz * time), np.zeros(int(off * RATE)))) for hz in frequencies
    ]
    wide = np.concatenate((np.zeros(RATE), *parts)) + np.random.default_rng(4).normal(
        0.0, 30.0, RATE + sum(map(len, parts))
    )
    return np.rint(wide).astype(np.int16)


def test_a_hummed_note_is_no_dial_tone() -> None:
    """It stays within the tone's frequencies and is as pure, but it is not still."""
    time = np.arange(5 * RATE) / RATE
    for wobble, told in ((0.0, ["dial"]), (0.012, [])):
        pitch = 425.0 * (1.0 + wobble * np.sin(2 * np.pi * 2.5 * time))
        note = 3000.0 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
        samples = np.concatenate((np.zeros(RATE), note)).astype(np.int16)
        assert [one.tone for one in hear(ProgressDetector(ROWS["DE"]), samples)] == told


def test_bursts_of_unlike_pitch_are_no_busy_tone() -> None:
    """Syllables in busy's rhythm, each within its frequency, but no two alike."""
    detector = ProgressDetector(ROWS["DE"])
    assert [one.tone for one in hear(detector, bursts([425.0] * 6, 0.48, 0.48))] == ["busy"]
    assert hear(detector, bursts([425.0, 420.0, 430.0, 422.0, 427.5, 419.0], 0.48, 0.48)) == []


def test_a_pause_full_of_sound_is_no_pause() -> None:
    detector = ProgressDetector(ROWS["DE"])
    samples = bursts([425.0] * 6, 0.48, 0.48).astype(float)
    rng = np.random.default_rng(12)
    filled = np.where(
        np.convolve(np.abs(samples) > 300, np.ones(160), "same") > 0, samples, rng.normal(0, 1800, samples.size)
    )
    assert hear(detector, np.clip(filled, -32768, 32767).astype(np.int16)) == []


def test_a_word_in_a_pause_of_ringback_does_not_end_it() -> None:
    """An announcement between rings is no answer; only a ring that does not come is."""
    samples = on_the_line(ROWS["CA"].tones["ringback"], 20.0, 25.0, 1).astype(float)
    lead = int(np.random.default_rng(1).integers(1000, 9000))
    word = np.random.default_rng(2).normal(0, 2500, 4000)
    for ring in range(3):
        at = lead + (6 * ring + 3) * RATE
        samples[at : at + word.size] += word
    told = hear(ProgressDetector(ROWS["CA"]), np.clip(samples, -32768, 32767).astype(np.int16))
    assert [(one.tone, one.end) for one in told] == [("ringback", None)]


def test_the_block_size_changes_nothing() -> None:
    samples = on_the_line(ROWS["GB"].tones["ringback"], 6.0, 15.0, 10)
    detector = ProgressDetector(ROWS["GB"])
    told = hear(detector, samples)
    assert told and all(hear(detector, samples, block) == told for block in (1, 77, 1000, samples.size))


def test_an_unknown_tone_is_refused() -> None:
    with pytest.raises(ValueError, match="'dail'"):
        ProgressDetector(ROWS["CA"], ["dail"])
