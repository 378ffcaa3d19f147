"""Everything a box keeps in one file, for another box or the same: log, users and settings, all audio, faxes.

A plain tar (`tools/restore.py` puts it back), made while it is sent, so that a full disk can be backed up: only the
database is copied first, in one moment of its own. What is recorded after that moment is not in it, nor is
`frontdesk.toml`: that one is about the machine it lies on.
"""

from __future__ import annotations

import io
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from firmware.supervisor.settings.in_force import DATABASE_NAME
from webui.box import Box

FOLDERS = ("recordings", "faxes")


def archive(box: Box, scratch: Path) -> Iterator[bytes]:
    """The file, piece by piece; ``scratch`` is a folder on the disk for the copy of the database.

    Raises the store's errors and OSError.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        copy = Path(folder) / DATABASE_NAME
        with box.reading(box.running()) as reading:
            writing = sqlite3.connect(copy)
            try:
                reading.backup(writing)
                writing.execute("PRAGMA journal_mode = DELETE")
            finally:
                writing.close()
        sink = _Sink()
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            tar.add(copy, DATABASE_NAME, filter=_bare)
            yield sink.taken()
            for kind, place in zip(FOLDERS, (box.recordings, box.faxes), strict=True):
                for path in sorted(place.rglob("*")) if place.is_dir() else []:
                    if path.is_file() and not path.is_symlink() and path.suffix != ".part":
                        tar.add(path, f"{kind}/{path.relative_to(place)}", filter=_bare)
                        yield sink.taken()
        yield sink.taken()


class _Sink(io.BytesIO):
    """What has been written and not yet sent."""

    def taken(self) -> bytes:
        written = self.getvalue()
        self.seek(0)
        self.truncate()
        return written


def _bare(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whose file it was on this box means nothing on another."""
    for name, nobody in (("uid", 0), ("gid", 0), ("uname", ""), ("gname", "")):
        setattr(member, name, nobody)
    return member
