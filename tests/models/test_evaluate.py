"""`python -m models.evaluate`: the keys that are promised, and a clear word on every wrong input."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from board.virtual.voices import from_text

WORDS = ("goodbye", "operator", "cancel")
HEADER = "path,label,speaker,kind"


def _evaluate(manifest: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "models.evaluate", "--manifest", str(manifest), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _manifest(folder: Path, *rows: str) -> Path:
    file = folder / "manifest.csv"
    file.write_text("\n".join((HEADER, *rows)))
    return file


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """Three words, one of them as FLAC at 16 kHz, a sentence, noise and silence."""
    soundfile.write(tmp_path / "goodbye.wav", from_text("goodbye"), 8000)
    soundfile.write(tmp_path / "operator.flac", np.repeat(from_text("operator"), 2), 16000)
    soundfile.write(tmp_path / "cancel.wav", from_text("cancel"), 8000)
    soundfile.write(tmp_path / "talk.wav", from_text("the weather is nice today and tomorrow"), 8000)
    soundfile.write(tmp_path / "noise.wav", np.random.default_rng(1).normal(0, 300, 80000).astype(np.int16), 8000)
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000, np.int16), 8000)
    return _manifest(
        tmp_path,
        "goodbye.wav,goodbye,espeak,isolated",
        "operator.flac,operator,espeak,isolated",
        "cancel.wav,cancel,espeak,isolated",
        "talk.wav,,espeak,running",
        "noise.wav,,nobody,noise",
        "silence.wav,delete,nobody,isolated",
    )


@pytest.fixture
def found(spoken: Path) -> dict:
    done = _evaluate(spoken, "--json", "--vocabulary", ",".join((*WORDS, "delete")), "--line", "quiet")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_keys_are_those_that_were_promised(found: dict) -> None:
    assert found["clips"] == 6
    assert found["accuracy"] == 0.75
    assert found["rejected_rate"] == 0.25
    assert found["wrong_accept_rate"] == 0.0
    assert found["false_alarms"] == 0
    assert found["false_alarms_per_hour"] == 0.0
    assert found["hours"] > 0.002
    assert found["by_label"]["goodbye"] == {"right": 1, "wrong": 0, "rejected": 0, "clips": 1}
    assert found["by_label"]["delete"]["rejected"] == 1
    assert found["by_speaker"]["espeak"] == {"right": 3, "wrong": 0, "rejected": 0, "clips": 3}
    assert found["by_speaker"]["nobody"]["rejected"] == 1
    assert set(found["latency_ms"]) == {"median", "p95"}
    assert found["latency_ms"]["median"] >= 240
    assert found["top3_accuracy"] is None
    answers = {Path(row["path"]).name: row for row in found["answers"]}
    assert answers["operator.flac"]["answer"] == "operator"
    assert 0 <= answers["operator.flac"]["start"] < answers["operator.flac"]["end"] < 1.5


def test_what_was_not_asked_for_is_null(spoken: Path) -> None:
    words_only = _manifest(spoken.parent, "goodbye.wav,goodbye,espeak,isolated")
    found = json.loads(_evaluate(words_only, "--json").stdout)
    assert found["false_alarms_per_hour"] is None
    assert found["hours"] is None


@pytest.mark.parametrize(
    ("row", "sound", "said"),
    [
        ("a.wav,yes,x,isolated", (np.zeros((800, 2), np.int16), 8000), "line 2: .*a.wav has 2 channels, expected 1"),
        ("a.wav,yes,x,isolated", (np.zeros(800, np.int16), 44100), "is at 44100 Hz, expected 8000 or 16000"),
        ("a.wav,yes,x,isolated", None, "line 2: .*a.wav cannot be read"),
        ("a.wav,yes,x,shouted", None, "line 2: kind 'shouted', expected one of isolated"),
        (",yes,x,isolated", None, "line 2: path, label and kind are expected"),
    ],
)
def test_wrong_input_is_named(tmp_path: Path, row: str, sound: tuple | None, said: str) -> None:
    if sound is not None:
        soundfile.write(tmp_path / "a.wav", *sound)
    done = _evaluate(_manifest(tmp_path, row))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("models.evaluate:") == 1

    assert re.search(said, done.stderr), done.stderr


def test_a_damaged_recording_and_a_manifest_without_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF....WAVEnonsense")
    done = _evaluate(_manifest(tmp_path, "a.wav,yes,x,isolated"))
    assert (done.returncode, "cannot be read as WAV or FLAC" in done.stderr) == (2, True)
    (tmp_path / "manifest.csv").write_text("file,word\n")
    done = _evaluate(tmp_path / "manifest.csv")
    assert (done.returncode, "no column path, label, speaker, kind" in done.stderr) == (2, True)
    done = _evaluate(tmp_path / "nothing.csv")
    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


def test_a_vocabulary_that_is_none_is_named(tmp_path: Path) -> None:
    done = _evaluate(_manifest(tmp_path, "a.wav,yes,x,isolated"), "--vocabulary", "yes,dentist")
    assert done.returncode == 2
    assert "'dentist' is neither all, digits, a menu" in done.stderr
