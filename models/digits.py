"""Strings of digits, as people say telephone numbers: separate words, or one breath that the decoder writes down.

`of_text` reads what a decoder wrote ("five one four, 555-0123", "oh two", "double three"); `Strings` joins what a
speaker said in several pieces. A text with anything else in it is no number: rather ask again than dial a guess.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from drivers.signals.resample import Resampler
from models.endpoint import ALONE_S, RATE, Utterance
from models.names.decoder import RATE as DECODER_RATE
from models.names.decoder import Decoder
from models.spotter import Answer, Band, Spotter

WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ONE_DIGIT_S: Final = 0.75
"""A longer utterance may be several digits, and is written down in place of spotted."""
_MOST_TOKENS: Final = 60
_SURE: Final = (
    -0.35
)  # mean log-probability a token from which on a written number is taken; under it, it is asked about
_SAID: Final = {word: str(n) for n, word in enumerate(WORDS)} | {
    "oh": "0",
    "o": "0",
    "to": "2",
    "too": "2",
    "for": "4",
    "ate": "8",
}
_TIMES: Final = {"double": 2, "triple": 3}


def of_text(text: str) -> str | None:
    """The digits of a written number; None where the text holds anything else, or nothing."""
    found, times = "", 1
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        digits = word if word.isdigit() else _SAID.get(word)
        if digits is None and word in _TIMES and times == 1:
            times = _TIMES[word]
            continue
        if digits is None:
            return None
        found += digits[0] * (times - 1) + digits
        times = 1
    return found or None


class Strings:
    """Utterances to one string of digits: short ones by the spotter, longer ones by the decoder where there is one."""

    def __init__(self, spotter: Spotter, decoder: Decoder | None) -> None:
        self._spotter, self._decoder = spotter, decoder

    def hear(self, utterances: Sequence[Utterance]) -> Answer | None:
        """The whole string, as sure as its least sure piece; None where a piece was no digits."""
        pieces = [self._piece(utterance) for utterance in utterances]
        if not pieces or any(piece is None for piece in pieces):
            return None
        known = [piece for piece in pieces if piece is not None]
        string, sure = "".join(piece[0] for piece in known), min(piece[1] for piece in known)
        band: Band = "accept" if all(piece[2] == "accept" for piece in known) else "confirm"
        return Answer(string, band, sure, ((string, sure),))

    def _piece(self, utterance: Utterance) -> tuple[str, float, Band] | None:
        if utterance.seconds <= ONE_DIGIT_S or self._decoder is None:
            alone = dataclasses.replace(
                utterance, alone_s=ALONE_S
            )  # the digit before it is no reason to doubt this one
            answer = self._spotter.decide(alone, WORDS)
            return None if answer.label is None else (str(WORDS.index(answer.label)), answer.confidence, answer.band)
        sound = Resampler(RATE, DECODER_RATE).process(utterance.sound).astype(np.float32) / 32768.0
        text, likely = self._decoder.write(self._decoder.hear(sound), _MOST_TOKENS)
        digits = of_text(text)
        return None if digits is None else (digits, float(np.exp(likely)), "accept" if likely >= _SURE else "confirm")
