"""Spoken names in an evaluation: a list of contacts, and the very scorer that the names process runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from drivers.signals.resample import Resampler
from models.endpoint import RATE, Utterance
from models.evaluate.manifest import ManifestError
from models.names.decoder import RATE as DECODER_RATE
from models.names.decoder import Decoder
from models.names.scorer import Name, NameScorer, band
from models.names.tuning import bands
from models.spotter import Answer

MOST = 2000


def read(file: Path) -> list[Name]:
    """Contacts, one a line: `name` or `name|sounds like`. Raises ManifestError."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{file}: cannot be read ({error})") from error
    found = []
    for number, line in enumerate(lines, start=1):
        name, _, like = line.partition("|")
        if not line.strip():
            continue
        if not any(letter.isalpha() for letter in name):
            raise ManifestError(f"{file}: line {number}: a name is expected, or name|sounds like")
        found.append(Name(name.strip(), like.strip()))
    if not 1 <= len(found) <= MOST:
        raise ManifestError(f"{file}: {len(found)} names, expected 1 to {MOST}")
    return found


class Namer:
    """Answers utterances with names."""

    def __init__(self, decoder: Decoder, names: Sequence[Name]) -> None:
        self.names = list(names)
        self._scorer = NameScorer(decoder, self.names)
        self._bands = bands(len(self.names))

    def answer(self, utterance: Utterance) -> Answer:
        """The name that was said; `ranked` holds the three likeliest."""
        sound = Resampler(RATE, DECODER_RATE).process(utterance.sound).astype(np.float32) / 32768.0
        guesses = self._scorer.guesses(sound)
        which = band(guesses, self._bands)
        ranked = tuple((self.names[guess.contact].name, guess.gap) for guess in guesses)
        best = ranked[0] if ranked else ("", 0.0)
        return Answer(best[0] if which != "again" else None, which, best[1], ranked)
