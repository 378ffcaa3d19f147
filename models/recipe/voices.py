"""Training clips by synthetic voices, kept in a cache: each text of `words.toml` by many voices, seeded, resumable.

Kokoro speaks best; espeak-ng (ten accents, its own variants) and flite (four voices) are cheap and different. All are
kept as 8 kHz int16 `.npy`, one file a clip, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from models.recipe.kokoro import RATE as KOKORO_RATE
from models.recipe.kokoro import Kokoro
from models.vocabulary import NONE, vocabulary

Samples = npt.NDArray[np.int16]

_ESPEAK = {
    "en": ("en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-rp", "en-gb-x-gbclan"),
    "fr": ("fr-fr", "fr-be", "fr-ch"),
}
_VARIANTS = tuple(f"m{n}" for n in range(1, 8)) + tuple(f"f{n}" for n in range(1, 6))
_FLITE = ("awb", "rms", "slt", "kal16")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip to be made: who speaks what, and the label it trains."""

    engine: str
    language: str
    label: str
    text: str
    take: int

    def path(self, cache: Path) -> Path:
        """Where the clip lies."""
        name = re.sub(r"\W+", "_", self.text.lower())
        return cache / self.engine / self.language / self.label / f"{name}.{self.take}.npy"

    def seed(self) -> tuple[int, ...]:
        """A seed of its own, the same in every run."""
        digest = hashlib.sha256(f"{self.engine}/{self.language}/{self.text}/{self.take}".encode()).digest()
        return tuple(digest[:8])


def wanted(engine: str, language: str, words: int, others: int) -> Iterator[Spoken]:
    """So many takes of each single word and each card's word, and of every longer phrase and reject.

    In rounds: wherever it is stopped, all texts are even.
    """
    known = vocabulary(language)
    short = [
        (word.label, text) for word in known.words for text in word.words if " " not in text or text == word.words[0]
    ]
    every = [(word.label, text) for word in known.words for text in (*word.words, *word.phrases)]
    longer = [row for row in every if row not in short] + [(NONE, text) for text in known.reject]
    apart = max(1, words // max(1, others))
    for take in range(words):
        yield from (Spoken(engine, language, label, text, take) for label, text in short)
        if take % apart == 0 and take // apart < others:
            yield from (Spoken(engine, language, label, text, take // apart) for label, text in longer)


class Speakers:
    """The voices of this machine. `make(spoken)` gives 8 kHz samples."""

    def __init__(self, kokoro: Kokoro | None) -> None:
        self._kokoro = kokoro

    def make(self, spoken: Spoken) -> Samples:
        """The clip, its silence trimmed. Raises ValueError where an engine has no such voice."""
        chance = np.random.default_rng(spoken.seed())
        if spoken.engine == "kokoro":
            if self._kokoro is None:
                raise ValueError("no Kokoro voice here")
            sound, rate = self._kokoro.speak(spoken.text, spoken.seed(), spoken.language) * 32767.0, KOKORO_RATE
        elif spoken.engine == "espeak":
            voice = f"{chance.choice(_ESPEAK[spoken.language])}+{chance.choice(_VARIANTS)}"
            how = ["-s", str(chance.integers(120, 210)), "-p", str(chance.integers(25, 75)), "-v", voice]
            sound, rate = _heard(["espeak-ng", "--stdout", *how, spoken.text])
        elif spoken.engine == "flite":
            how = ["-voice", str(chance.choice(_FLITE)), "--setf", f"duration_stretch={chance.uniform(0.8, 1.3):.2f}"]
            sound, rate = _heard(["flite", *how, "-t", spoken.text, "-o", "/dev/stdout"])
        else:
            raise ValueError(f"voice engine {spoken.engine!r}: expected kokoro, espeak or flite")
        line = resample_poly(sound, 8000, rate)
        return _trimmed(np.clip(np.rint(line), -32768, 32767).astype(np.int16))


def _heard(command: list[str]) -> tuple[npt.NDArray[np.float32], int]:
    made = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(1 << 24), np.int16)
    return sound.astype(np.float32), rate


def _trimmed(sound: Samples) -> Samples:
    """Without the silence before and after (40 dB under the loudest 10 ms), 20 ms left on either side."""
    blocks = sound[: sound.size // 80 * 80].reshape(-1, 80).astype(np.float32)
    power = (blocks**2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 1e-4) if power.size else power
    if not loud.size:
        return sound
    return sound[max(0, (loud[0] - 2) * 80) : (loud[-1] + 3) * 80]


def make_all(clips: Iterator[Spoken], speakers: Speakers, cache: Path) -> int:
    """Makes what is not there yet; how many clips that were."""
    made = 0
    for spoken in clips:
        path = spoken.path(cache)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, speakers.make(spoken))
        part.rename(path)
        made += 1
    return made
