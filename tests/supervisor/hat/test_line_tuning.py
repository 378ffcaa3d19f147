"""The tuning of the lines: what linetune writes is what the box reads, and a wrong file is named, never obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.supervisor.hat.line_tuning import LineTuning, TuningError, read
from tools.linetune.settings import save
from tools.linetune.tuning import Tuning


def test_what_linetune_saves_is_read(tmp_path: Path) -> None:
    path = tmp_path / "linetune.toml"
    save(path, "B", Tuning(3, (1, -2, 3, 0, 0, 0, 0, -128), 9.0, 21.0, ()))
    assert read(path) == {"B": LineTuning(3, (1, -2, 3, 0, 0, 0, 0, -128))}


def test_no_file_is_no_tuning(tmp_path: Path) -> None:
    assert read(tmp_path / "linetune.toml") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A = 1", r"\[A\]: expected a table"),
        ("[A]\nacim = 16\nhybrid = [0,0,0,0,0,0,0,0]", "acim = 16: expected 0 to 15"),
        ("[A]\nacim = true\nhybrid = [0,0,0,0,0,0,0,0]", "acim = True"),
        ("[A]\nacim = 1\nhybrid = [0,0]", "eight whole numbers"),
        ("[A]\nacim = 1\nhybrid = [0,0,0,0,0,0,0,128]", "eight whole numbers"),
        ("[A]\nacim = 1\nhybrid = [0,0,0,0,0,0,0,0]\ntap = 3", "tap: unknown"),
        ("[A", "linetune.toml"),
    ],
)
def test_a_wrong_file_names_place_and_expectation(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "linetune.toml"
    path.write_text(text)
    with pytest.raises(TuningError, match=words):
        read(path)
