"""Which of the typed names was said: each name's likelihood by the decoder, evened out for length and rarity.

A score is log P(text | sound) - EVEN log P(text | silence), by token; the best spelling of a contact counts. With many
names a shortlist by their first token comes first. `Guess.gap`, the distance to the runner-up, says how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.names.decoder import RATE, Decoder
from models.names.spellings import spellings

Floats = npt.NDArray[np.float32]

EVEN: Final = 0.5
_SHORTLIST: Final = 40
_STARTS: Final = 48  # first tokens that are followed up
_AROUND_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Name:
    """A contact as it was typed; `sounds_like` may be empty."""

    name: str
    sounds_like: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """A contact (by its place in the list), its score a token, and how far the next contact is behind it."""

    contact: int
    score: float
    gap: float


@dataclass(frozen=True, slots=True)
class Bands:
    """From these gaps on a name is taken, or asked about ("did you say ...?")."""

    accept: float
    confirm: float


class NameScorer:
    """Scores sounds against one list of names. `names` may be changed by making another scorer of the same decoder."""

    def __init__(self, decoder: Decoder, names: Sequence[Name], opening: Sequence[str] = ("", "Call ")) -> None:
        """`opening`: what may stand before the name in the same breath."""
        self._decoder = decoder
        self._texts: list[list[int]] = []
        self._owner: list[int] = []
        for contact, name in enumerate(names):
            for spelling in spellings(name.name, name.sounds_like):
                for before in opening:
                    self._texts.append(decoder.tokens.of(f"{before}{spelling}"))
                    self._owner.append(contact)
        silence = decoder.hear(np.zeros(RATE, np.float32))
        self._rare = self._scores(silence, list(range(len(self._texts))))
        self._length = np.array([len(text) + 1 for text in self._texts], np.float32)

    def guesses(self, sound: Floats, most: int = 3) -> list[Guess]:
        """The likeliest contacts of a sound at 16 kHz, best first; none where there are no names."""
        if not self._texts:
            return []
        around = np.zeros(round(_AROUND_S * RATE), np.float32)
        frames = self._decoder.hear(np.concatenate((around, sound, around)))
        chosen = self._shortlist(frames)
        even = (self._scores(frames, chosen) - EVEN * self._rare[chosen]) / self._length[chosen]
        best: dict[int, float] = {}
        for row, score in zip(chosen, even, strict=True):
            owner = self._owner[row]
            best[owner] = max(best.get(owner, -np.inf), float(score))
        ranked = sorted(best.items(), key=lambda item: -item[1])[: most + 1]
        scores = [score for _, score in ranked] + [ranked[-1][1] - 10.0]
        return [Guess(owner, score, score - scores[n + 1]) for n, (owner, score) in enumerate(ranked[:most])]

    def _shortlist(self, frames: Floats) -> list[int]:
        """The texts whose first two tokens fit best; looked for from the likeliest first tokens on."""
        if len(self._texts) <= _SHORTLIST:
            return list(range(len(self._texts)))
        first = self._decoder.following(frames, [()])[0]
        begins = sorted({text[0] for text in self._texts}, key=lambda token: -first[token])[:_STARTS]
        starts: list[tuple[int, ...]] = [(token,) for token in begins]
        second = self._decoder.following(frames, starts)
        row_of = {start[0]: row for row, start in enumerate(starts)}

        def fit(number: int) -> float:
            text = self._texts[number]
            if text[0] not in row_of:
                return -np.inf
            return float(first[text[0]] + (second[row_of[text[0]], text[1]] if len(text) > 1 else 0.0))

        return sorted(sorted(range(len(self._texts)), key=lambda number: -fit(number))[:_SHORTLIST])

    def _scores(self, frames: Floats, rows: list[int]) -> Floats:
        parts = [
            self._decoder.likelihoods(frames, [self._texts[row] for row in rows[at : at + 64]])
            for at in range(0, len(rows), 64)
        ]
        joined: Floats = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return joined


def band(guesses: Sequence[Guess], bands: Bands) -> Literal["accept", "confirm", "again"]:
    """What to do with guesses: take the first, ask, or ask to say it again."""
    if not guesses or guesses[0].gap < bands.confirm:
        return "again"
    return "accept" if guesses[0].gap >= bands.accept else "confirm"
