"""DTMF digits as telephones send them and lines carry them; libspandsp and multimon-ng judge the easy ones too."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.signals import g711, levels, tones
from drivers.signals.dtmf.fit import DtmfLimits, Rough, fit
from drivers.signals.dtmf.gate import WINDOW
from drivers.signals.dtmf.receiver import Digit, DtmfBank, DtmfReceiver
from tests.drivers.signals.told import assert_same, decided
from tools.bench import corpora
from tools.bench import dtmf as bench
from tools.oracles import multimon

Samples = npt.NDArray[np.int16]


def heard(sound: Samples, block: int = 160) -> list[Digit]:
    receiver = DtmfReceiver()
    return [digit for start in range(0, sound.size, block) for digit in receiver.feed(sound[start : start + block])]


def begun(sound: Samples) -> str:
    return "".join(digit.digit for digit in heard(sound) if digit.end is None)


def dialled(digits: str, **how: float) -> Samples:
    return np.concatenate([np.zeros(800, np.int16), tones.dtmf(digits, **how).read(1600 * len(digits) + 800)])  # type: ignore[arg-type]


def test_every_digit_is_told_once_when_it_begins_and_once_when_it_has_ended() -> None:
    sound = dialled(tones.DTMF_KEYS, level_dbm0=-10.0)
    digits = heard(sound)
    assert "".join(digit.digit for digit in digits if digit.end is None) == tones.DTMF_KEYS
    assert "".join(digit.digit for digit in digits if digit.end is not None) == tones.DTMF_KEYS


def test_start_end_level_and_twist_are_what_was_sent() -> None:
    (first, last) = heard(dialled("5", level_dbm0=-20.0, twist=2.0))
    assert first.start == pytest.approx(800, abs=40)
    assert last.end == pytest.approx(800 + 560, abs=40)
    assert first.twist == pytest.approx(2.0, abs=0.5)
    assert first.level == pytest.approx(-18.9, abs=0.7)


@pytest.mark.parametrize("size", [1, 7, 40, 80, 333, 4000])
def test_the_size_of_the_blocks_changes_nothing(size: int) -> None:
    sound = dialled("0123456789*#")
    assert_same(heard(sound, size), heard(sound))


def test_at_the_corners_of_q24_in_noise_no_digit_is_missed() -> None:
    sound, digits = bench.send(bench.Trial(), 400)
    assert begun(sound) == digits


@pytest.mark.parametrize(("snr", "share"), [(12.0, 0.003), (10.0, 0.03)])
def test_in_loud_noise_few_are_missed(snr: float, share: float) -> None:
    sound, digits = bench.send(bench.Trial(snr=snr), 400)
    assert bench.right(begun(sound), digits) >= round((1 - share) * 400)


@pytest.mark.parametrize(
    "trial",
    [
        bench.Trial(deviation=(0.035, 0.035), snr=None),
        bench.Trial(deviation=(0.035, 0.0), snr=None),
        bench.Trial(deviation=(0.0, 0.035), snr=None),
        bench.Trial(on_ms=23, off_ms=60, deviation=(0.0, 0.0), snr=None),
    ],
    ids=["both tones 3.5 % off", "low tone off", "high tone off", "23 ms"],
)
def test_what_is_no_digit_is_refused(trial: bench.Trial) -> None:
    sound, _ = bench.send(trial, 200)
    assert begun(sound) == ""


def test_a_gap_of_10_ms_does_not_double_a_digit() -> None:
    sound, digits = bench.send(bench.Trial(on_ms=100, gap_at_ms=45, snr=None), 100)
    assert begun(sound) == digits


@pytest.mark.parametrize("ms", [35, 36, 40])
@pytest.mark.parametrize("twist", [-6.0, 0.0, 3.0])
def test_keys_that_a_machine_presses_are_neither_lost_nor_run_together(ms: int, twist: float) -> None:
    sound, digits = bench.send(bench.Trial(on_ms=ms, off_ms=ms, twist=(twist, twist), snr=25.0), 100)
    assert begun(sound) == digits


def test_a_key_held_for_three_seconds_is_one_key() -> None:
    assert begun(tones.dtmf("79", on_ms=3000, off_ms=200).read(7 * 8000)) == "79"


@pytest.mark.parametrize("hz", [(350.0, 440.0), (425.0,), (400.0,)])
def test_digits_over_a_dial_tone_as_loud_as_they_are_are_heard(hz: tuple[float, ...]) -> None:
    sound, digits = bench.send(bench.over_dial_tone(hz), 100)
    assert begun(sound) == digits


@pytest.mark.parametrize("hz", [(350.0, 440.0), (425.0,), (400.0,), (350.0, 450.0)])
@pytest.mark.parametrize("over", [3.0, 12.0, 17.0, 20.0, 24.0, 35.0])
def test_a_key_over_hum_is_told_once_however_much_louder_it_is(hz: tuple[float, ...], over: float) -> None:
    keys = tones.dtmf(tones.DTMF_KEYS, on_ms=60, off_ms=60, level_dbm0=-8.0).read(16 * 960)
    wide = np.concatenate([np.zeros(4000), keys, np.zeros(4000)])
    for one in hz:
        wide += levels.amplitude(-8.0 - over) * np.sin(2 * np.pi * one * np.arange(wide.size) / 8000)
    digits = heard(levels.limit(wide))
    assert "".join(digit.digit for digit in digits if digit.end is None) == tones.DTMF_KEYS
    assert "".join(digit.digit for digit in digits if digit.end is not None) == tones.DTMF_KEYS


@pytest.mark.parametrize("level", [-1.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("law", ["mu", "a"])
def test_keys_cut_off_at_full_scale_are_heard(level: float, law: g711.Law) -> None:
    """Q.24 has 0 dBm0 a tone as the highest level; two of them do not fit into any codec."""
    sound, digits = bench.send(bench.as_loud_as_it_gets(level), 200)
    assert begun(g711.quantise(sound, law)) == digits


def test_a_loud_voice_cut_off_at_full_scale_dials_nothing() -> None:
    voice = next(iter(corpora.voices(corpora.EXAM, 0.02, 3))).astype(np.float64)
    assert begun(levels.limit(8.0 * voice)) == ""


def test_a_dial_tone_alone_is_no_digit_and_leaves_the_receiver_as_it_was() -> None:
    time = np.arange(5 * 8000) / 8000
    tone = levels.amplitude(-10.0) * (np.sin(2 * np.pi * 350 * time) + np.sin(2 * np.pi * 440 * time))
    assert begun(np.concatenate([tone.astype(np.int16), dialled("27")])) == "27"


def test_streams_heard_together_are_heard_as_each_alone() -> None:
    """Digits in noise, over dial tone, under an echo and a voice: side by side in one bank, and each in its own."""
    noisy, _ = bench.send(bench.Trial(snr=12.0), 20)
    toned, _ = bench.send(bench.over_dial_tone((350.0, 440.0)), 10)
    voice = np.concatenate(list(corpora.voices(corpora.EXAM, 0.001, 5)))
    size = min(noisy.size, toned.size, voice.size) // 160 * 160
    streams = [noisy[:size], toned[:size], voice[:size], np.zeros(size, np.int16)]
    bank = DtmfBank(4)
    told: list[list[Digit]] = [[], [], [], []]
    for start in range(0, size, 160):
        blocks = np.stack([stream[start : start + 160] for stream in streams])
        for stream, digits in enumerate(bank.feed(blocks, [False] * 4)):
            told[stream] += digits
    assert decided(told) == decided([heard(stream) for stream in streams])
    assert len(told[0]) > 20 and len(told[1]) > 10


def test_resetting_one_stream_of_a_bank_leaves_the_others_alone() -> None:
    bank, sound, told = DtmfBank(2), dialled("12"), []
    for start in range(0, sound.size - 159, 160):
        block = sound[start : start + 160]
        told.append(bank.feed(np.stack([block, block]), [False, False]))
        if start == 1120:  # in the first digit
            assert bank.lasting(0) is not None
            bank.reset(0)
            assert bank.lasting(0) is None and bank.position(0) == 0
    first, second = ([one for both in told for one in both[stream]] for stream in (0, 1))
    assert "".join(one.digit for one in second if one.end is not None) == "12"
    assert_same(second, heard(sound))
    assert first[-1].start == second[-1].start - 1280


def test_two_harmonics_of_a_thin_voice_are_no_digit() -> None:
    """A voice at 238.4 Hz without its first two harmonics has 954 and 1192 Hz, near *; 715 Hz gives it away."""
    time = np.arange(4000) / 8000
    parts = sum(
        levels.amplitude(level) * np.sin(2 * np.pi * 238.4 * number * time + number)
        for number, level in ((3, -49.0), (4, -34.0), (5, -35.0), (6, -56.0))
    )
    voice = np.rint(parts).astype(np.int16)
    assert begun(voice) == ""
    bare = np.rint(levels.amplitude(-34.0) * (np.sin(2 * np.pi * 953.6 * time) + np.sin(2 * np.pi * 1192 * time)))
    assert begun(bare.astype(np.int16)) == "*"


def test_a_tone_that_swells_as_a_voice_does_is_no_digit() -> None:
    time = np.arange(WINDOW) / 8000
    low = levels.amplitude(-16.0) * np.sin(2 * np.pi * 770 * time)
    high = levels.amplitude(-16.0) * np.sin(2 * np.pi * 1336 * time)
    noise = np.random.default_rng(3).normal(0.0, levels.amplitude(-31.0), time.size)
    as_found = Rough(1, 1, (770.0, 1336.0))

    def fitted(swell: float, drift: float) -> bool:
        limits = DtmfLimits(drift=drift, peaks=((1.0, math.inf),))  # what is left is not asked
        window = low + high * np.linspace(1 - swell, 1 + swell, time.size) + noise
        return fit(window[None], [as_found], limits, [False])[0] is not None

    usual = DtmfLimits().drift
    assert fitted(0.1, usual)
    assert not fitted(0.45, usual)
    assert fitted(0.45, 1.0)


@pytest.mark.parametrize(("on_ms", "echo", "expected"), [(70, True, "5"), (40, True, ""), (70, False, "")])
def test_what_our_own_voice_leaves_delays_a_digit_and_anybody_elses_refuses_it(
    on_ms: int, echo: bool, expected: str
) -> None:
    time = np.arange(on_ms * 8) / 8000
    tones_of_5 = levels.amplitude(-16.0) * (np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time))
    voice = levels.amplitude(-26.0) * np.sin(2 * np.pi * 600 * time)
    quiet = np.zeros(800)
    sound = np.rint(np.concatenate([quiet, tones_of_5 + voice, quiet])).astype(np.int16)
    told = DtmfReceiver().feed(sound, echo=echo)
    assert "".join(one.digit for one in told if one.end is None) == expected


@pytest.mark.skipif(not multimon.available(), reason="multimon-ng is not on this machine")
def test_libspandsp_and_multimon_hear_the_digits_we_send() -> None:
    pytest.importorskip("cffi")
    told = bench.told_by_all(dialled(tones.DTMF_KEYS))
    assert told == dict.fromkeys(("ours", "spandsp", "multimon-ng"), tones.DTMF_KEYS)


def test_voices_that_thresholds_never_saw_dial_nothing() -> None:
    """Two minutes of synthetic voices of the exam half, plain and 1.4 times higher."""
    pieces = list(corpora.voices(corpora.EXAM, 0.03, 77))
    assert [begun(piece) for piece in pieces] == [""] * len(pieces)
    assert [begun(corpora.raised(piece, 1.4)) for piece in pieces] == [""] * len(pieces)


@given(st.lists(st.integers(-32768, 32767), max_size=2000), st.integers(1, 700))
@settings(max_examples=30, deadline=None)
def test_any_samples_are_taken_and_reset_makes_it_new(values: list[int], size: int) -> None:
    receiver = DtmfReceiver()
    noise = np.array(values, np.int16)
    for start in range(0, noise.size, size):
        for digit in receiver.feed(noise[start : start + size]):
            assert digit.digit in tones.DTMF_KEYS
    receiver.reset()
    sound = dialled("58")
    again = [digit for start in range(0, sound.size, 160) for digit in receiver.feed(sound[start : start + 160])]
    assert_same(again, heard(sound))
