"""The end-pointer: where an utterance begins and ends, on a quiet line and in noise."""

from __future__ import annotations

import numpy as np
import pytest

from board.virtual.voices import from_text
from drivers.signals.voice import BLOCK, VoiceDetector
from models.endpoint import ALONE_S, HANGOVER_S, LEAD, LONGEST, RATE, EndPointer, utterances
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


def test_a_word_knows_how_long_nothing_was_said_before_it() -> None:
    word = from_text("important")[:4000]
    parts = [np.zeros(6000, np.int16), word, np.zeros(3200, np.int16), word, np.zeros(12000, np.int16), word]
    first, second, third = utterances(through(np.concatenate((*parts, np.zeros(4000, np.int16))), LINES["quiet"], 1))
    assert first.alone_s == ALONE_S
    assert second.alone_s == pytest.approx((second.start - first.end) / RATE)
    assert second.alone_s < 0.6 < third.alone_s < 2.0


def test_what_is_heard_while_it_lasts_is_the_utterance() -> None:
    sound, pointer, voices = _said("important", "quiet"), EndPointer(), VoiceDetector()
    pieces: list[np.ndarray] = []
    for at in range(0, sound.size - BLOCK + 1, BLOCK):
        block = sound[at : at + BLOCK]
        utterance = pointer.feed(block, voices.feed(block))
        if utterance is not None:
            break
        pieces.append(pointer.since(sum(piece.size for piece in pieces)))
    assert utterance is not None
    heard = np.concatenate(pieces)
    assert heard.size == utterance.sound.size - BLOCK
    assert np.array_equal(heard, utterance.sound[: heard.size])
    assert pointer.since(0).size == 0
