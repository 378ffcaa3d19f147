"""The read side of a recording's audio: any stretch of it as 16-bit PCM, and its outline for a picture.

Recordings lie as mu-law or A-law WAV, 8 kHz, one channel, and may still be growing: the header's length is written at
the close, so what counts is what is in the file. Only the stretch asked for is read. The writer of these files is
elsewhere in this room; here nothing is ever changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.store.errors import StoreError


class NotARecording(StoreError):
    """The file is not a WAV file as the recorder writes them."""


@dataclass(frozen=True)
class Recording:
    """Where the samples of one recording lie.

    Attributes:
        law: "mu" or "a".
        samples: whole samples in the file now, at 8 kHz.
    """

    path: Path
    law: str
    samples: int

    def pcm(self, first: int, last: int) -> npt.NDArray[np.int16]:
        """Samples [first, last) as 16-bit PCM; fewer where the file ends before."""
        with self.path.open("rb") as file:
            file.seek(wavefile.SIZE + max(first, 0))
            coded = file.read(max(0, min(last, self.samples) - max(first, 0)))
        return g711.decode(np.frombuffer(coded, np.uint8), "a" if self.law == "a" else "mu")

    def outline(self, columns: int) -> list[float]:
        """The loudest sample of each of `columns` equal stretches, 0..1 of full scale."""
        if self.samples == 0:
            return [0.0] * columns
        loudness = np.abs(self.pcm(0, self.samples).astype(np.int32))
        edges = np.linspace(0, len(loudness), columns, endpoint=False).astype(np.int64)
        return [float(value) for value in np.maximum.reduceat(loudness, edges) / 32768.0]


def recording(folder: Path, name: str) -> Recording:
    """Opens the recording that a row's `path` names.

    Args:
        folder: `$FRONTDESK_HOME/recordings`.
        name: path relative to it, from the store.

    Raises:
        NotARecording: the name leaves the folder, or the file is missing or something else.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise NotARecording(f"{name}: outside {folder}")
    try:
        with path.open("rb") as file:
            head = wavefile.read(file.read(wavefile.SIZE))
            there = file.seek(0, 2) - wavefile.SIZE
    except OSError as error:
        raise NotARecording(f"{path}: {error.strerror}") from error
    if head is None:
        raise NotARecording(f"{path}: not a WAV file as the recorder writes them")
    law, declared = head
    # While it is recorded the header says 0.
    return Recording(path, law, declared if 0 < declared <= there else there)
