"""The manifest of recordings, and the recordings. Both are strangers: every fault is named by file and line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from drivers.signals.resample import Resampler

Samples = npt.NDArray[np.int16]

KINDS = ("isolated", "cut", "phrase", "running", "noise", "name", "digits")
COLUMNS = ("path", "label", "speaker", "kind")
LONGEST_S = 1800
RATES = (8000, 16000)


class ManifestError(ValueError):
    """A manifest or a recording that is not what was expected; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One row: a recording, who speaks and what it means. `row`: the line of the manifest."""

    path: Path
    label: str
    speaker: str
    kind: str
    row: str

    def sound(self) -> Samples:
        """Its samples at 8 kHz. Raises ManifestError."""
        try:
            with soundfile.SoundFile(self.path) as file:
                if file.channels != 1:
                    raise ManifestError(f"{self.row}: {self.path} has {file.channels} channels, expected 1")
                if file.samplerate not in RATES:
                    raise ManifestError(f"{self.row}: {self.path} is at {file.samplerate} Hz, expected 8000 or 16000")
                if file.frames > LONGEST_S * file.samplerate:
                    raise ManifestError(f"{self.row}: {self.path} is longer than {LONGEST_S} s")
                rate, sound = file.samplerate, file.read(dtype="int16")
        except (OSError, RuntimeError) as error:
            raise ManifestError(f"{self.row}: {self.path} cannot be read as WAV or FLAC ({error})") from error
        return Resampler(rate, 8000).process(np.ascontiguousarray(sound))


def read(manifest: Path) -> list[Recording]:
    """The rows of a manifest; paths in it are relative to its folder. Raises ManifestError."""
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{manifest}: cannot be read ({error})") from error
    rows = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ManifestError(f"{manifest}: line 1: no column {', '.join(missing)}, expected {','.join(COLUMNS)}")
    found = []
    for row in rows:
        where = f"{manifest}: line {rows.line_num}"
        if any(not row[column] for column in ("path", "kind")) or row["label"] is None:
            raise ManifestError(f"{where}: path, label and kind are expected")
        if row["kind"] not in KINDS:
            raise ManifestError(f"{where}: kind {row['kind']!r}, expected one of {', '.join(KINDS)}")
        found.append(Recording(manifest.parent / row["path"], row["label"], row["speaker"] or "", row["kind"], where))
    if not found:
        raise ManifestError(f"{manifest}: no recordings")
    return found
