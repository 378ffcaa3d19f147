"""The spotter: words of a menu out of a voice, with both encoders or with one; what is broken is said and left out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from board.virtual.voices import from_text
from models import files, spotter
from models.encoders import Encoder
from models.endpoint import Utterance, utterances
from models.files import ModelError, table
from models.lines import LINES, through
from models.spotter import Spotter, tuning

MENU = ("important", "message", "operator", "cancel", "goodbye", "delete")


def _said(text: str, voice: str = "en-us") -> Utterance:
    gap = np.zeros(6000, np.int16)
    (one,) = utterances(through(np.concatenate((gap, from_text(text, voice), gap)), LINES["quiet"], 1))
    return one


@pytest.fixture(scope="module")
def english() -> Spotter:
    return Spotter("en")


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of the spotter's files that may be spoilt."""
    for name in ("google_mel", "google_embedding"):
        copy = tmp_path / table()[name].inside
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(table()[name].path, copy)
    shutil.copytree(files.SHIPPED, tmp_path / "shipped")
    monkeypatch.setattr(files, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(files, "installed", lambda inside: tmp_path / inside)


@pytest.mark.parametrize("word", MENU)
def test_a_word_of_the_menu_is_understood(english: Spotter, word: str) -> None:
    assert english.halves == ("google", "moonshine")
    answer = english.decide(_said(word), MENU)
    assert answer.label == word
    assert answer.ranked[0] == (word, answer.confidence)


def test_french_words_are_understood_by_the_card_s_labels() -> None:
    french = Spotter("fr")
    for said, label in {
        "réception": "operator",
        "annuler": "cancel",
        "au revoir": "goodbye",
        "effacer": "delete",
    }.items():
        assert french.decide(_said(said, "fr-fr"), MENU).label == label
    assert french.decide(_said("bonjour madame", "fr-fr"), MENU).label is None


def test_languages_share_what_is_not_their_own(english: Spotter) -> None:
    shared: dict[str, Encoder] = {}
    first = Spotter("en", encoders=shared)
    encoders = dict(shared)
    Spotter("fr", encoders=shared)
    assert set(shared) == {"google", "moonshine"}
    assert all(shared[name] is encoders[name] for name in shared)
    assert first.decide(_said("operator"), MENU) == english.decide(_said("operator"), MENU)


def test_only_the_words_of_the_menu_compete(english: Spotter) -> None:
    assert all(label in ("yes", "no") for label, _ in english.decide(_said("goodbye"), ("yes", "no")).ranked)
    assert english.decide(_said("goodbye"), ("yes", "no")).label is None


@pytest.mark.parametrize("text", ["the weather is nice today", "tomatoes"])
def test_other_speech_means_nothing(english: Spotter, text: str) -> None:
    assert english.decide(_said(text), MENU).label is None


def test_a_label_the_models_do_not_know_is_an_error(english: Spotter) -> None:
    with pytest.raises(KeyError):
        english.decide(_said("goodbye"), ("dentist",))


@pytest.mark.usefixtures("own_files")
@pytest.mark.parametrize(("lost", "left"), [("moonshine_encoder", "google"), ("google_embedding", "moonshine")])
def test_each_half_works_alone(lost: str, left: str) -> None:
    table()[lost].path.unlink()
    alone = Spotter("en")
    assert alone.halves == (left,)
    assert lost in alone.faults[0]
    assert alone.decide(_said("operator"), MENU).label == "operator"


@pytest.mark.usefixtures("own_files")
def test_without_either_half_it_says_what_is_missing() -> None:
    for name in ("head_en_google", "head_en_moonshine"):
        table()[name].path.write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"head_en_google.*head_en_moonshine"):
        Spotter("en")


def test_a_half_that_answers_nonsense_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = dict(np.load(spotter.CHECK))
    stored["en_moonshine"] = stored["en_moonshine"][::-1]
    np.savez(tmp_path / "check.npz", **stored)
    monkeypatch.setattr(spotter, "CHECK", tmp_path / "check.npz")
    kept = Spotter("en")
    assert kept.halves == ("google",)
    assert "moonshine" in kept.faults[0]


def test_a_language_without_heads_is_said() -> None:
    with pytest.raises(ModelError, match="no heads are trained for 'de'; there are en, fr"):
        tuning("de")
