"""The read side of a recording's audio: any stretch of it as 16-bit PCM, and its outline for a picture.

Recordings lie as mu-law or A-law WAV, 8 kHz, one channel, and may still be growing: the header's length is written at
the close, so what counts is what is in the file. Only the stretch asked for is read. The writer of these files is
elsewhere in this room; here nothing is ever changed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.g711 import Law
from firmware.supervisor.store.errors import StoreError

RATE_HZ = 8000
_LAWS: dict[int, Law] = {6: "a", 7: "mu"}  # WAVE_FORMAT_ALAW, WAVE_FORMAT_MULAW (RFC 2361)
_LONGEST_HEADER = 4096


class NotARecording(StoreError):
    """The file is not a WAV file as the recorder writes them."""


@dataclass(frozen=True)
class Recording:
    """Where the samples of one recording lie.

    Attributes:
        law: "mu" or "a".
        start: offset of the first sample in the file, bytes.
        samples: whole samples in the file now, at 8 kHz.
    """

    path: Path
    law: Law
    start: int
    samples: int

    def pcm(self, first: int, last: int) -> npt.NDArray[np.int16]:
        """Samples [first, last) as 16-bit PCM; fewer where the file ends before."""
        with self.path.open("rb") as file:
            file.seek(self.start + max(first, 0))
            coded = file.read(max(0, min(last, self.samples) - max(first, 0)))
        return g711.decode(np.frombuffer(coded, np.uint8), self.law)

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
            law, start, declared = _header(file, path)
            there = file.seek(0, 2) - start
    except OSError as error:
        raise NotARecording(f"{path}: {error.strerror}") from error
    # While it is recorded the header says nothing yet (0 or all ones).
    known = 0 < declared <= there
    return Recording(path, law, start, declared if known else max(there, 0))


def _header(file: BinaryIO, path: Path) -> tuple[Law, int, int]:
    """(law, offset of the samples, declared length) of a WAV file."""
    head = file.read(_LONGEST_HEADER)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotARecording(f"{path}: no RIFF WAVE header")
    law: Law | None = None
    at = 12
    while at + 8 <= len(head):
        chunk, length = struct.unpack_from("<4sI", head, at)
        if chunk == b"data":
            if law is None:
                raise NotARecording(f"{path}: no mu-law or A-law format before the data")
            return law, at + 8, length
        if chunk == b"fmt " and length >= 16 and at + 24 <= len(head):
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at + 8)
            if form not in _LAWS or (channels, rate, bits) != (1, RATE_HZ, 8):
                raise NotARecording(
                    f"{path}: format {form}, {channels} channels, {rate} Hz, {bits} bits; expected G.711"
                )
            law = _LAWS[form]
        at += 8 + length + length % 2
    raise NotARecording(f"{path}: no data chunk")
