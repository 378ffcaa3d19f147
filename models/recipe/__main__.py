"""``python -m models.recipe [--language en] [--cache DIR] [--words N] [--phrases N] [--seed N]``

Makes the heads of one language from nothing: voices, people, lines, frames, training, bands, files. `make train` calls
it in an environment of its own. What was made before is taken from the cache; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoders import Google, Moonshine
from models.files import HERE
from models.recipe import assets, shipping
from models.recipe.features import Batch, Heard, hear
from models.recipe.learning import joined, learn, only
from models.recipe.sources import choosing_batches, choosing_voices, people_batches, surroundings, voice_batches
from models.recipe.voices import Speakers, make_all, wanted
from models.vocabulary import LANGUAGES, NONE, vocabulary

_ROOT = HERE.parent
_ENGINES = ("kokoro", "espeak", "flite")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description=__doc__)
    parser.add_argument("--language", default="en", choices=LANGUAGES)
    parser.add_argument("--cache", type=Path, default=_ROOT / "build" / "train")
    parser.add_argument("--words", type=int, default=26, help="Kokoro's clips of each word")
    parser.add_argument(
        "--phrases", type=int, default=6, help="Kokoro's clips of each longer phrase and of what is none"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-people", action="store_true", help="synthetic voices alone")
    asked = parser.parse_args()
    known, encoders, around = (
        vocabulary(asked.language),
        (Google(), Moonshine()),
        surroundings(_ROOT / "build" / "prompts"),
    )
    speakers = Speakers(assets.kokoro(asked.cache))
    for engine in _engines(asked.language):
        words, others, _ = _amount(asked, engine)
        made = make_all(wanted(engine, asked.language, words, others), speakers, asked.cache / "voices")
        print(f"{engine}: {made} new clips", file=sys.stderr, flush=True)
    sets = [
        joined([_shown(hear(batch, encoders, around, asked.cache / "frames"), batch) for batch in batches])
        for batches in (_training(asked), _choosing(asked))
    ]
    heard, choose = sets if asked.language == "en" else [only(some, _no_person_s_word(some)) for some in sets]
    heads = learn(heard, encoders, known, asked.seed)
    shipping.ship(asked.language, known, encoders, heads, choose)
    return 0


def _no_person_s_word(heard: Heard) -> npt.NDArray[np.bool_]:
    """What people teach a language they do not speak: what is no word of it."""
    rows = zip(heard.keys, heard.labels, strict=True)
    return np.array([not key.startswith("part") or label == NONE for key, label in rows])


def _engines(language: str) -> tuple[str, ...]:
    return _ENGINES if language == "en" else ("kokoro", "espeak")


def _training(asked: argparse.Namespace) -> Iterator[Batch]:
    """Everything that trains."""
    if not asked.no_people:
        yield from people_batches()
    for engine in _engines(asked.language):
        words, others, takes = _amount(asked, engine)
        yield from voice_batches(asked.language, engine, words, others, asked.cache / "voices", takes)


def _choosing(asked: argparse.Namespace) -> Iterator[Batch]:
    """Everything by which bands are chosen: people, and voices where no people of the language are."""
    yield from choosing_batches()
    for engine in _engines(asked.language):
        words, others, _ = _amount(asked, engine)
        yield from choosing_voices(asked.language, engine, words, others, asked.cache / "voices")


def _amount(asked: argparse.Namespace, engine: str) -> tuple[int, int, int]:
    """Clips of each word and of each longer phrase, and over how many lines each is heard."""
    return (asked.words, asked.phrases, 2) if engine == "kokoro" else (8, 3, 1)


def _shown(heard: Heard, batch: Batch) -> Heard:
    print(f"{batch.name}.{batch.take}: {len(heard.labels)} windows", file=sys.stderr, flush=True)
    return heard


if __name__ == "__main__":
    sys.exit(main())
