"""Text to speech: hostile texts, the cache, and engines that are not there or fail."""

from __future__ import annotations

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.supervisor.prompts import speech
from firmware.supervisor.prompts.catalogue import Voice
from firmware.supervisor.prompts.speech import Speech, SpeechError, active_level, clean, to_line

SLT = Voice("flite", "slt", 1.0)
FRENCH = Voice("espeak-ng", "fr-fr", 1.0)
flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
both = pytest.mark.skipif(
    not (shutil.which("flite") and shutil.which("espeak-ng")), reason="flite or espeak-ng is not installed"
)


def tone(dbm0: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    return np.asarray(peak * np.sin(2 * np.pi * 1000 * np.arange(int(8000 * seconds)) / 8000))


def test_a_tone_has_its_level_and_pauses_do_not_count() -> None:
    steady = tone(-19.0, 4.0)
    assert active_level(steady) == pytest.approx(-19.0, abs=0.1)
    with_pause = np.concatenate([tone(-19.0, 2.0), np.zeros(16000), tone(-19.0, 2.0)])
    assert active_level(with_pause) == pytest.approx(-19.0, abs=0.6)
    assert active_level(np.zeros(8000)) == -np.inf


def test_resampling_keeps_the_band_and_drops_what_would_fold_back() -> None:
    rate = 22050
    t = np.arange(rate) / rate
    inside, above = np.sin(2 * np.pi * 1000 * t), np.sin(2 * np.pi * 5000 * t)
    kept = to_line(inside, rate)
    assert len(kept) == 8000
    assert np.std(kept[800:-800]) == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert np.std(to_line(above, rate)[800:-800]) < 1e-3


@flite
def test_a_text_is_spoken_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Speech(SLT, tmp_path).say("Paul Roy, mobile.")
    monkeypatch.setattr(shutil, "which", lambda name: None)  # no engine any more
    again = Speech(SLT, tmp_path).say("Paul  Roy,\nmobile.")
    assert np.array_equal(first, again)
    with pytest.raises(SpeechError, match="flite is not installed"):
        Speech(SLT, tmp_path).say("Something else.")


@flite
def test_a_damaged_file_in_the_cache_is_spoken_again(tmp_path: Path) -> None:
    spoken = Speech(SLT, tmp_path)
    first = spoken.say("Marie Gagnon.")
    (kept,) = tmp_path.glob("*.wav")
    for damage in (b"", b"RIFF", kept.read_bytes()[:30]):
        kept.write_bytes(damage)
        assert np.array_equal(spoken.say("Marie Gagnon."), first)
    with wave.open(str(kept)) as file:
        assert file.getframerate() == 8000


@flite
def test_the_cache_stays_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "CACHE_FILES", 3)
    spoken = Speech(SLT, tmp_path)
    for word in ("one", "two", "three", "four", "five"):
        spoken.say(word)
    assert len(list(tmp_path.iterdir())) == 3


@both
@pytest.mark.parametrize(
    "text", ["-h", "--help", "; rm -rf /", "<speak>hi</speak>", "[[hello]] you", "café 😀", "a\x00b\nc"]
)
@pytest.mark.parametrize("voice", [SLT, FRENCH])
def test_hostile_names_are_only_spoken(text: str, voice: Voice, tmp_path: Path) -> None:
    assert len(Speech(voice, tmp_path).say(text)) > 800


@pytest.mark.parametrize("text", ["", " \n", "x" * 700, "[]"])
def test_nothing_to_say_or_too_much_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="expected 1 to"):
        Speech(SLT, tmp_path).say(text)


@both
def test_a_text_without_sound_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="no sound"):
        Speech(FRENCH, tmp_path).say(" ... ")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo broken pipe organ >&2; exit 3", "flite failed: broken pipe organ"),
        ("exit 3", "flite failed: exit code 3"),
        ("exit 0", "flite failed"),
        ("exec sleep 30", "did not finish in 1 s"),
        ('while [ "$1" != -o ]; do shift; done; echo noise > "$2"', "speech.wav: "),
    ],
)
def test_a_failing_engine_is_told(script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = tmp_path / "flite"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(speech, "_ENGINE_SECONDS", 1)
    with pytest.raises(SpeechError, match=says):
        Speech(SLT, tmp_path / "cache").say("Hello.")


def test_commands_of_the_engines_are_taken_out() -> None:
    assert clean("[[kl'ik]] <b>Paul</b>\x07\t|Roy|") == "kl'ik b Paul /b Roy"
