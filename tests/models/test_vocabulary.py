"""The words of the models and those of the command table are the same."""

from __future__ import annotations

import pytest

from firmware.supervisor.assistant.commands import table
from models.evaluate.words import competing, menus
from models.vocabulary import LANGUAGES, NONE, vocabulary


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_can_be_said_is_known_to_the_models_and_nothing_else(language: str) -> None:
    known = vocabulary(language)
    spoken = {label: act.spoken[language] for label, act in table().acts.items() if language in act.spoken}
    for label, said in spoken.items():
        model = known.label_of(label)
        assert model is not None, f"{label}: no model knows it"
        for text in (*said.words, *said.phrases):
            assert known.label_of(text) == model, f"{text} ({label})"
    assert set(known.labels) - {NONE} == {known.label_of(label) for label in spoken}


def test_no_menu_has_two_acts_that_the_models_cannot_tell_apart() -> None:
    known = vocabulary("en")
    for name, acts in menus().items():
        labels = [label for act in dict.fromkeys(acts) if (label := known.label_of(act)) is not None]
        assert len(labels) == len(set(labels)), name


def test_synonyms_are_one_label() -> None:
    assert vocabulary("en").label_of("Oh") == "zero"
    assert vocabulary("en").label_of("go back") == "back"
    assert vocabulary("fr").label_of("au revoir") == "goodbye"
    assert vocabulary("en").label_of("dentist") is None


def test_a_vocabulary_by_name() -> None:
    known = vocabulary("en")
    assert competing("digits", known)[:3] == ("zero", "one", "two")
    assert competing("yes,no,oh", known) == ("yes", "no", "zero")
    assert "delete" in competing("messages", known)
    with pytest.raises(ValueError, match="'dentist' is neither all, digits, a menu"):
        competing("yes,dentist", known)
