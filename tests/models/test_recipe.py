"""What of the training can be checked without training: who trains, chooses and judges, and how bands are chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.certainty import SIGNS, certainty, signs
from models.recipe import people
from models.recipe.people import Clip
from models.recipe.tune import Judged, Limits, band, judged, weigh
from models.vocabulary import NONE, vocabulary


def _clip(speaker: str, start: int = 0) -> Clip:
    return Clip(Path("yes.flac"), start, 8000, "yes", "isolated", "command", speaker, "yes")


def test_a_speaker_is_in_one_split_whatever_the_clip_and_some_judge() -> None:
    splits = {f"speaker {n}": _clip(f"speaker {n}").split for n in range(2000)}
    assert all(_clip(speaker, 16000).split == split for speaker, split in splits.items())
    counts = {split: sum(found == split for found in splits.values()) for split in ("test", "choose")}
    assert counts == {"test": pytest.approx(300, abs=50), "choose": pytest.approx(267, abs=50)}


def test_without_recordings_it_says_where_they_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="SPEECH_DATA names the folder"):
        people.clips(tmp_path)


def test_a_manifest_is_read(tmp_path: Path) -> None:
    part = tmp_path / "part1"
    part.mkdir()
    (part / "manifest.csv").write_text(
        "file,start_sample,num_samples,label,class,kind,speaker,text\nyes.flac,160,8000,yes,command,isolated,anna,yes\n"
    )
    assert people.clips(tmp_path) == [Clip(part / "yes.flac", 160, 8000, "yes", "isolated", "command", "anna", "yes")]


def test_a_band_lets_through_no_more_than_its_limits() -> None:
    confidence = np.linspace(0.2, 0.99, 1000)
    none = np.arange(1000) % 4 == 0
    right = ~none & (confidence > 0.5)
    found = Judged(np.zeros((1000, len(SIGNS))), right, none)
    level = band(confidence, found, Limits(0.05, 20.0), hours=2.0, menus=1)
    over = confidence >= level
    assert (over & none).sum() / 2.0 <= 20.0
    assert (over & ~none & ~right).sum() / (~none).sum() <= 0.05
    lower = confidence >= level - 0.02
    assert (lower & none).sum() / 2.0 > 20.0 or (lower & ~none & ~right).sum() / (~none).sum() > 0.05


def test_words_are_judged_in_the_menus_that_have_them_and_the_rest_in_all() -> None:
    known = vocabulary("en")
    labels = ["yes", "no", "five", NONE]
    scores = np.full((4, len(known.labels)), -9.0)
    for row, label in enumerate(labels):
        scores[row, known.labels.index(label)] = -0.01
    each = {name: (scores / 2).astype(np.float32) for name in ("google", "moonshine")}
    found = judged(each, np.full(4, 10, np.float32), labels, [("yes", "no"), ("five", "six")], known)
    assert found.none.tolist() == [False, False, True, False, True]
    assert found.right.tolist() == [True, True, False, True, False]
    share = found.signs[:, SIGNS.index("share")]
    assert share[~found.none].min() > 2.0
    assert share[found.none].max() < -2.0


def test_the_weights_are_those_that_tell_right_decisions_from_wrong_ones() -> None:
    chance = np.random.default_rng(1)
    share, alone_s = chance.uniform(0.01, 0.99, 4000), chance.choice([0.3, 10.0], 4000)
    right = (share > 0.5) & (alone_s > 0.6)
    seen = signs(share, np.full(4000, -3.0), np.full((2, 4000), -1.0), alone_s)
    sure = certainty(seen, weigh(Judged(seen, right, ~right)))
    assert ((sure > 0.5) == right).mean() > 0.95
    assert sure[(share > 0.9) & right].min() > 0.9
    assert sure[(share > 0.9) & ~right].mean() < 0.5
