"""Voice activity and the end of an utterance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.signals import levels
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.levels import amplitude
from drivers.signals.line import LineModel, LineSettings
from drivers.signals.voice import BLOCK, EndOfSpeech, QuietVoice, VoiceDetector
from tools.bench import corpora


def voices(samples: np.ndarray) -> list[bool]:
    detector = VoiceDetector()
    return [detector.feed(block) for block in samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK)]


Speech = Callable[[float, int, float], np.ndarray]


def test_speech_is_voice_and_noise_is_not(speech: Speech) -> None:
    rng = np.random.default_rng(1)
    assert np.mean(voices(speech(6.0, 1, -20.0))) > 0.8
    assert np.mean(voices(rng.normal(0, amplitude(-50.0) / 1.41, 40000).astype(np.int16))) < 0.02


def test_the_end_of_speech_comes_once_after_the_silence(speech: Speech) -> None:
    end = EndOfSpeech(silence_s=1.0)
    said = speech(3.0, 2, -20.0)
    samples = np.concatenate((np.zeros(8000, np.int16), said, np.zeros(24000, np.int16)))
    over = [block * 0.02 for block, voice in enumerate(voices(samples)) if end.feed(voice)]
    assert over == [pytest.approx(1.0 + said.size / 8000 + 1.0, abs=0.3)]


def test_silence_alone_never_ends_a_speech_and_is_counted() -> None:
    end = EndOfSpeech(0.5)
    assert not any(end.feed(False) for _ in range(500))
    assert end.quiet_s == pytest.approx(10.0) and not end.speaking


def test_single_blocks_of_noise_neither_start_nor_hold_an_utterance() -> None:
    end = EndOfSpeech(0.4)
    assert not any(end.feed(block % 10 == 0) for block in range(200)) and not end.speaking
    for _ in range(10):
        end.feed(True)
    assert end.speaking
    assert sum(end.feed(block % 10 == 9) for block in range(40)) == 1


def test_a_pause_between_words_does_not_end_it() -> None:
    end = EndOfSpeech(1.0)
    pattern = ([True] * 20 + [False] * 30) * 5  # 0.6 s pauses
    assert not any(end.feed(voice) for voice in pattern)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="159"):
        VoiceDetector().feed(np.zeros(159, np.int16))
    with pytest.raises(ValueError, match="mode"):
        VoiceDetector(4)
    with pytest.raises(ValueError, match="silence"):
        EndOfSpeech(0)


def test_our_own_prompt_is_nobodys_voice_and_a_caller_over_it_is(speech: Speech) -> None:
    """Return loss 6 dB: the prompt alone sets off no burst of 200 ms; a caller who talks over it is heard."""
    line, canceller, detector = LineModel(LineSettings(return_loss_db=6.0, seed=5)), EchoCanceller(), VoiceDetector()
    ours = speech(16.0, 0, -13.0).reshape(-1, BLOCK)
    theirs = np.zeros_like(ours)
    theirs[500:750] = speech(5.0, 3, -19.0).reshape(-1, BLOCK)
    heard = [
        detector.feed(canceller.process(line.to_box(caller, prompt), prompt), prompt)
        for caller, prompt in zip(theirs, ours, strict=True)
    ]
    bursts = [all(heard[at : at + 10]) for at in range(len(heard) - 10)]
    assert not any(bursts[:490]) and not any(bursts[755:])
    assert any(bursts[495:540]) and np.mean(heard[500:750]) > 0.8


def quiet_seconds(sound: np.ndarray) -> float:
    voice, nothing = QuietVoice(), np.zeros(BLOCK, np.int16)
    return sum(voice.feed(block, nothing) for block in sound[: sound.size // BLOCK * BLOCK].reshape(-1, BLOCK)) * 0.02


def on_a_line(sound: np.ndarray, noise_dbm0: float) -> np.ndarray:
    noise = np.random.default_rng(6).normal(0, levels.amplitude(noise_dbm0) / np.sqrt(2), sound.size)
    return np.clip(np.rint(sound + noise), -32768, 32767).astype(np.int16)


def test_a_quiet_caller_eight_decibels_over_the_noise_is_heard_in_a_recording() -> None:
    """Sentences of 4.5 s at -42 dBm0 over -50 dBm0: two seconds of voice, a message, in nine of ten at least."""
    pieces = list(corpora.voices(corpora.EXAM, 0.03, 77))
    said = [piece[at : at + 36000] for piece in pieces for at in range(0, piece.size - 36000, 40000)]
    lasted = [quiet_seconds(on_a_line(corpora.at_level(one.astype(float), -42.0), -50.0)) for one in said]
    assert len(said) > 20 and np.mean(np.array(lasted) >= 2.0) >= 0.9


@pytest.mark.parametrize("noise_dbm0", [-60.0, -50.0, -38.0, -30.0])
def test_noise_alone_is_nobody(noise_dbm0: float) -> None:
    assert quiet_seconds(on_a_line(np.zeros(20 * 8000), noise_dbm0)) == 0.0


@pytest.mark.parametrize("hz", [50.0, 60.0, 100.0, 120.0])
@pytest.mark.parametrize("level", [-20.0, -30.0, -40.0])
def test_mains_hum_that_sets_in_is_nobody_for_as_long_as_a_message_needs(hz: float, level: float) -> None:
    time = np.arange(20 * 8000) / 8000
    hum = sum(levels.amplitude(level - 3 * k) * np.sin(2 * np.pi * k * hz * time + k) for k in range(1, 5))
    assert quiet_seconds(on_a_line(np.where(time > 2.0, hum, 0.0), -60.0)) < 1.5
