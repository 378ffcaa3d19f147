"""Names that were only typed: a voice says one, the scorer finds it, says how sure it is, and what it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from board.virtual.voices import from_text
from drivers.signals.resample import Resampler
from models.files import ModelError, content
from models.names.decoder import RATE, Decoder
from models.names.scorer import Bands, Guess, Name, NameScorer, band
from models.names.spellings import spellings
from models.names.tokens import Tokens

PEOPLE = [
    Name("Paul Roy"), Name("Marie Tremblay"), Name("Robert O'Neil"), Name("Anna Kowalski"), Name("Jean-Pierre Côté"),
    Name("Siobhan Murphy", "Shivawn Murphy"), Name("David Smith"), Name("Elizabeth Taylor"),
]  # fmt: skip


@pytest.fixture(scope="module")
def scorer() -> NameScorer:
    return NameScorer(Decoder(), PEOPLE)


def _guess(scorer: NameScorer, text: str) -> list[Guess]:
    spoken = Resampler(8000, RATE).process(from_text(text))
    return scorer.guesses(spoken.astype(np.float32) / 32768)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Marie Tremblay", 1),
        ("call Anna Kowalski", 3),
        ("Bob O'Neil", 2),
        ("Shivawn Murphy", 5),
        ("call Liz Taylor", 7),
    ],
)
def test_a_typed_name_is_found(scorer: NameScorer, said: str, meant: int) -> None:
    guesses = _guess(scorer, said)
    assert guesses[0].contact == meant
    assert len({guess.contact for guess in guesses}) == 3
    assert guesses[0].gap > 0


def test_many_names_are_no_harder_to_find() -> None:
    first, last = (
        "Adam Bella Carl Dora Emil Frida Georg Hanna".split(),
        "Archer Baker Cooper Dyer Fisher Hunter".split(),
    )
    crowd = [Name(f"{a} {b}") for a in first for b in last]
    assert _guess(NameScorer(Decoder(), [*crowd, *PEOPLE]), "David Smith")[0].contact == len(crowd) + 6


def test_no_names_and_no_sound_are_no_guess(scorer: NameScorer) -> None:
    assert NameScorer(Decoder(), []).guesses(np.zeros(RATE, np.float32)) == []
    assert band([], Bands(0.5, 0.1)) == "again"


@pytest.mark.parametrize(("gap", "what"), [(0.6, "accept"), (0.3, "confirm"), (0.05, "again")])
def test_the_gap_decides(gap: float, what: str) -> None:
    assert band([Guess(0, -1.0, gap)], Bands(0.5, 0.1)) == what


def test_nicknames_and_sounds_like_count() -> None:
    assert spellings("robert roy") == ("Robert Roy", "Bob Roy", "Rob Roy")
    assert spellings("Siobhan", "shivawn") == ("Siobhan", "Shivawn")
    assert spellings("Jean-Pierre Côté") == ("Jean Pierre Côté",)


def test_any_text_becomes_tokens_and_comes_back() -> None:
    tokens = Tokens()
    for text in ("Paul Roy", "Jean Pierre Côté", "Łukasz", "Ng"):
        assert tokens.text(tokens.of(text)) == text


def test_without_the_decoder_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.files.installed", lambda inside: Path("gone"))
    with pytest.raises(ModelError, match=r"moonshine_listener: .*make setup installs moonshine-voice==0\.0\.49"):
        content("moonshine_listener")
