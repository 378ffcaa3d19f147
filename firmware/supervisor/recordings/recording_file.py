"""The file behind a running recording; every method runs in the recorder's worker thread, may block and may fail.

``.part`` while it runs, its header saying 0 samples; ``close`` writes the length, fsyncs, renames and fsyncs the
folder.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from firmware.supervisor.recordings import wavefile
from firmware.supervisor.store.backup import sync

PART = ".part"


@dataclass(frozen=True)
class Finished:
    """What a closed recording holds: its path relative to the recordings folder, samples at 8 kHz.

    ``failure``: why what came after those samples is not in it; None: it is whole.
    """

    path: str
    samples: int
    failure: str | None = None


class RecordingFile:
    """One file: ``create``, then ``append`` and ``settle``, then ``close`` or ``discard``."""

    def __init__(self, folder: Path, path: str, law: str) -> None:
        self._path = path
        self._final = folder / path
        self._part = self._final.with_name(self._final.name + PART)
        self._law = law
        self._descriptor: int | None = None
        self.written = 0  # samples in the file
        self.failure: str | None = None  # the first thing that went wrong; nothing is appended after it

    def create(self) -> None:
        """Create the file with its header and make its name durable; what fails is kept in ``failure``."""
        try:
            folder = self._final.parent
            if not folder.exists():
                folder.mkdir(parents=True)
                sync(folder.parent)
            if self._final.exists():
                raise FileExistsError(f"{self._final}: exists already")
            self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
            _write_all(self._descriptor, wavefile.header(self._law, 0))
            os.fsync(self._descriptor)
            sync(folder)
        except OSError as error:
            self.failure = _sentence(error)

    def append(self, data: bytes) -> None:
        """Add samples; after a failure they are lost, and what was written before is kept."""
        if self.failure is not None or self._descriptor is None:
            return
        try:
            _write_all(self._descriptor, data)
            self.written += len(data)
        except OSError as error:
            self.failure = _sentence(error)

    def settle(self) -> None:
        """fdatasync: what was appended survives a power cut from here on."""
        if self._descriptor is None:
            return
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:  # the kernel drops what it could not write: a second try would lie
            self.failure = self.failure or _sentence(error)

    def close(self, most: int | None = None) -> Finished:
        """Make the file whole, of ``most`` samples at most, and give it its name.

        Raises ``OSError``; the ``.part`` is then left for the repair.
        """
        descriptor = self._take()
        self.written = self.written if most is None else min(self.written, most)
        try:
            # A disk that filled up mid-write may have taken part of a batch: the file ends where it was last whole.
            os.ftruncate(descriptor, wavefile.SIZE + self.written)
            os.pwrite(descriptor, wavefile.header(self._law, self.written), 0)
            if self.written % 2:
                os.pwrite(descriptor, b"\0", wavefile.SIZE + self.written)  # RIFF chunks are padded to even length
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._part.rename(self._final)
        sync(self._final.parent)
        return Finished(self._path, self.written, self.failure)

    def discard(self) -> Finished:
        """Delete the file. Raises ``OSError``."""
        os.close(self._take())
        self._part.unlink()
        sync(self._part.parent)
        return Finished(self._path, 0)

    def _take(self) -> int:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            raise OSError(f"{self._part}: {self.failure or 'is not open'}")
        return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sentence(error: OSError) -> str:
    with contextlib.suppress(TypeError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    return str(error)
