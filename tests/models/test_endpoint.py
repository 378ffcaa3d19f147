"""The end-pointer: where an utterance begins and ends, on a quiet line and in noise."""

from __future__ import annotations

import numpy as np
import pytest

from board.virtual.voices import from_text
from models.endpoint import HANGOVER_S, LEAD, LONGEST, RATE, utterances
from models.lines import LINES, through


def _said(text: str, line: str, seed: int = 1) -> np.ndarray:
    gap = np.zeros(6000, np.int16)
    return through(np.concatenate((gap, from_text(text), gap)), LINES[line], seed)


@pytest.mark.parametrize("line", ["quiet", "10db", "mobile"])
def test_a_word_is_one_utterance(line: str) -> None:
    (word,) = utterances(_said("important", line))
    assert word.start / RATE == pytest.approx(0.75, abs=0.12)
    assert word.decided - word.end == HANGOVER_S * RATE
    assert word.sound.size <= LONGEST


def test_two_words_with_a_pause_are_two() -> None:
    pause = np.zeros(4000, np.int16)
    sound = np.concatenate((_said("yes", "quiet"), pause, _said("no", "quiet")))
    assert len(utterances(sound)) == 2


def test_a_soft_beginning_is_in_the_sound() -> None:
    (word,) = utterances(_said("stop", "quiet"))
    assert word.sound.size == word.decided - word.start - 3 * 160 + LEAD or word.sound.size == LONGEST


@pytest.mark.parametrize("length", [0, 159, 8000])
def test_silence_and_scraps_are_nothing(length: int) -> None:
    assert utterances(np.zeros(length, np.int16)) == []


def test_noise_alone_is_nothing() -> None:
    noise = through(np.zeros(5 * RATE, np.int16), LINES["quiet"], 3)
    assert utterances(noise) == []
