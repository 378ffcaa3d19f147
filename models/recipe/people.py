"""The recordings of people in `shared/speech` (or `SPEECH_DATA`): one row a clip, split by speaker, never by clip.

`split(speaker)` is a hash: two of fifteen speakers are `choose` (bands and sizes are chosen on them), three of twenty
`test` (looked at once, for the figures), the rest trains; among these everybody by whom the first heads were judged.
"""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.int16]

FOLDER = Path(os.environ.get("SPEECH_DATA", Path(__file__).parents[3] / "shared" / "speech"))


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: where it lies and what is known of it."""

    file: Path
    start: int
    length: int
    label: str
    kind: str
    role: str
    speaker: str
    text: str

    @property
    def split(self) -> str:
        """`train`, `choose` or `test`, by the speaker alone."""
        rest, place = divmod(int(hashlib.md5(self.speaker.encode()).hexdigest(), 16), 5)
        if place == 1 and rest % 3:
            return "choose"
        return "test" if place > 1 and rest % 4 == 0 else "train"

    def sound(self) -> Samples:
        """The samples, 8 kHz."""
        read: Samples = soundfile.read(self.file, start=self.start, frames=self.length, dtype="int16")[0]
        return read


def clips(folder: Path = FOLDER) -> list[Clip]:
    """Every clip of every part. Raises FileNotFoundError where there are no recordings."""
    manifests = sorted(folder.glob("part*/manifest.csv"))
    if not manifests:
        raise FileNotFoundError(f"{folder}: no part*/manifest.csv; SPEECH_DATA names the folder of the recordings")
    found = []
    for manifest in manifests:
        with manifest.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.append(
                    Clip(
                        manifest.parent / row["file"],
                        int(row["start_sample"]),
                        int(row["num_samples"]),
                        row["label"],
                        row["kind"],
                        row["class"],
                        row["speaker"],
                        row["text"],
                    )
                )
    return found
