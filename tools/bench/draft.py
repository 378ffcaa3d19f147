"""How well the box writes down what people say (draft texts of messages), on a telephone line.

Sentences with their text of `shared/speech`, speakers of the split `test` (models/recipe/people.py): read by people who
learn English, half of them children, one sentence a recording. `BENCH_CLIPS` sentences (default 60) over the lines
`quiet` and `mobile`; without the recordings there are no rows.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Any, Final

import numpy as np

from models.lines import LINES, through
from models.names.decoder import Decoder
from models.names.writing import write
from models.recipe.people import Clip, clips

COMMAND: Final = "python -m tools.bench draft"


def run() -> list[dict[str, Any]]:
    """Word error rate by line, and how much of its length a recording takes to be written down."""
    try:
        every = [clip for clip in clips() if clip.split == "test" and clip.role == "running" and clip.text]
    except FileNotFoundError as error:
        print(f"draft: {error}", file=sys.stderr)
        return []
    order = np.random.default_rng(3).permutation(len(every))[: int(os.environ.get("BENCH_CLIPS", "60"))]
    decoder, rows = Decoder(), []
    for line in ("quiet", "mobile"):
        wrong, words, work, length = _heard(decoder, [every[at] for at in order], line)
        what = f"{len(order)} sentences, {words} words, {line}"
        rows.append(_row(f"{what}: words wrong, missing or too many", 100 * wrong / words, "%"))
        rows.append(_row(f"{what}: processor time a second of speech", 1000 * work / length, "ms"))
    return rows


def _heard(decoder: Decoder, some: list[Clip], line: str) -> tuple[int, int, float, float]:
    """Wrong words, words, seconds of processor time, seconds of sound."""
    wrong, words, work, length = 0, 0, 0.0, 0.0
    for number, clip in enumerate(some):
        sound = through(clip.sound(), LINES[line], number)
        began = time.process_time()
        text = write(decoder, sound)
        work += time.process_time() - began
        length += sound.size / 8000
        said = _words(clip.text)
        wrong += _apart(said, _words(text))
        words += len(said)
    return wrong, words, work, length


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _apart(said: list[str], heard: list[str]) -> int:
    """The fewest words to put in, leave out or change (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for n, word in enumerate(said, start=1):
        before, row = row, [n]
        for m, other in enumerate(heard, start=1):
            row.append(min(before[m] + 1, row[-1] + 1, before[m - 1] + (word != other)))
    return row[-1]


def _row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}
