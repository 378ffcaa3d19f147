"""What happens first when the box starts: recordings and calls that the last run left unfinished are put in order.

A message's row is made when its recording is finished; a recording's row is there before its first byte. So after a
kill or a power cut the row says 'running', the file says how far it came, and ``recover`` makes the message of it: up
to the last second, marked interrupted. Runs before the first call, once; running it again changes nothing.

Nothing here keeps the box from starting: a file that cannot be read is left as it is, with its row, and reported; where
the store does not take the rows now, they wait in it before all that comes later.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from firmware.hat.protocol import RATE
from firmware.supervisor.recordings import wavefile
from firmware.supervisor.recordings.recording_file import PART
from firmware.supervisor.store import calls, messages, recordings
from firmware.supervisor.store.backup import sync
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)

LEAST_S = 2.0  # a recording shorter than this makes no message; nobody can judge the speech in it any more
_NAME = re.compile(r"\d{4}-\d{2}/(\d{6,18})-(message|call)-(\d{1,15})\.wav")
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class Repaired:
    """A recording whose header was rebuilt. ``path`` relative to the recordings folder; ``cut``: zero bytes cut off."""

    path: str
    law: str
    samples: int
    cut: int


@dataclass
class Recovered:
    """What ``recover`` found: the calls marked interrupted, the messages made, the files repaired.

    ``unreadable``: what was left as it is, as paths relative to the folder of recordings, with the reason.
    ``found_again``: messages whose rows were lost with the database, made of their recordings.
    """

    calls: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    files: list[Repaired] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    found_again: list[int] = field(default_factory=list)

    def leave(self, path: Path, folder: Path, error: OSError) -> None:
        """Note what cannot be read; ``path`` lies in ``folder``."""
        name = path.relative_to(folder).as_posix().removesuffix(PART)
        self.unreadable[name] = error.strerror or str(error)
        log.error("%s: left as it is: %s", path, error)


def repair(folder: Path) -> Recovered:
    """Make every ``.part`` under ``folder`` a whole WAV file; one without a header or a sample is deleted.

    A file's size runs ahead of its data in a power cut, and the gap reads as zeros, which is a bang in mu-law: trailing
    zero bytes are cut off.
    """
    found = Recovered()
    for part in _parts(folder, found):
        try:
            repaired = _repair(folder, part)
        except OSError as error:
            found.leave(part, folder, error)
        else:
            found.files += [repaired] if repaired is not None else []
    return found


def recover(database: Database, folder: Path, *, rows_lost: bool = False) -> Recovered:
    """Repair the files under ``folder`` and bring the store in line with them, now or once it takes the rows.

    ``rows_lost``: an older database, or a new one, has taken the place of the one that knew all the recordings.
    """
    found = repair(folder)
    settling = database.keep(_settle, folder, found, rows_lost)
    settling.tried.result()
    if not settling.done.done():
        return found
    error = settling.done.exception()
    if error is not None:
        log.error("the log could not be brought in line with the recordings", exc_info=error)
        return found
    return settling.done.result()


def _parts(folder: Path, found: Recovered) -> list[Path]:
    """Every recording that was running, in order; a folder that cannot be read is noted in ``found``."""

    def unreadable(error: OSError) -> None:
        if Path(error.filename) != folder or not isinstance(error, FileNotFoundError):
            found.leave(Path(error.filename), folder, error)

    tree = os.walk(folder, onerror=unreadable)
    return sorted(Path(top) / name for top, _, names in tree for name in names if name.endswith(".wav" + PART))


def _settle(connection: sqlite3.Connection, folder: Path, repaired: Recovered, rows_lost: bool) -> Recovered:
    found = Recovered(files=repaired.files, unreadable=dict(repaired.unreadable))
    for file in found.files:
        _adopt(connection, file)
    whole_again = {file.path for file in found.files}
    for row in recordings.running(connection):
        if row["path"] in found.unreadable:
            continue
        try:
            samples = _length(folder / row["path"])
        except OSError as error:
            found.leave(folder / row["path"], folder, error)
            continue
        if samples is None:
            recordings.drop(connection, row["id"])
            continue
        recordings.finish(connection, row["id"], samples, repaired=row["path"] in whole_again)
        if row["kind"] == "message" and row["call"] is not None and samples >= LEAST_S * RATE:
            found.messages.append(_message(connection, row))
    found.calls = calls.mark_interrupted(connection)
    if rows_lost:
        found.found_again = _find_again(connection, folder)
    return found


def _find_again(connection: sqlite3.Connection, folder: Path) -> list[int]:
    """A message for each whole recording of one that no row names, in the order in which they were left."""
    known = {row[0] for row in connection.execute("SELECT path FROM recordings")}
    paths = (path.relative_to(folder).as_posix() for path in folder.glob("*/*.wav"))
    named = [match for path in paths if path not in known and (match := _NAME.fullmatch(path))]
    made = []
    for match in sorted(named, key=lambda match: int(match[3])):
        path, ms = folder / match[0], int(match[3])
        try:
            head = _head(path)
        except OSError as error:
            log.error("%s: %s", path, error)
            continue
        if match[2] == "message" and head is not None and head[1] >= LEAST_S * RATE:
            made.append(_lost_message(connection, match[0], head[0], head[1], ms))
    return made


def _lost_message(connection: sqlite3.Connection, path: str, law: str, samples: int, ms: int) -> int:
    call = calls.begin(connection, "in", started_ms=ms, utc_offset_min=0)
    calls.end(connection, call, outcome="message", ended_ms=ms, at_s=0.0, hung_up_by="box", why="log lost")
    row = recordings.begin(connection, call=call, kind="message", path=path, law=law, started_ms=ms)
    recordings.finish(connection, row, samples)
    return messages.create(connection, call=call, recording=row, received_ms=ms, utc_offset_min=0)


def _adopt(connection: sqlite3.Connection, file: Repaired) -> None:
    """Give a file that no row names (the store was failing when it began) its row, if its call is known."""
    match = _NAME.fullmatch(file.path)
    if match is None or connection.execute("SELECT 1 FROM recordings WHERE path = ?", (file.path,)).fetchone():
        return
    call = int(match[1])
    if connection.execute("SELECT 1 FROM calls WHERE id = ?", (call,)).fetchone():
        recordings.begin(connection, call=call, kind=match[2], path=file.path, law=file.law, started_ms=int(match[3]))


def _message(connection: sqlite3.Connection, row: sqlite3.Row) -> int:
    call = connection.execute(
        "SELECT mailbox, utc_offset_min, important FROM calls WHERE id = ?", (row["call"],)
    ).fetchone()
    return messages.create(
        connection,
        call=row["call"],
        recording=row["id"],
        received_ms=row["started_ms"],
        utc_offset_min=call["utc_offset_min"],
        mailbox=call["mailbox"],
        important=bool(call["important"]),
        interrupted=True,
    )


def _length(path: Path) -> int | None:
    head = _head(path)
    return None if head is None else head[1]


def _head(path: Path) -> tuple[str, int] | None:
    """Law and samples of a recording; None where there is none. Raises ``OSError`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return wavefile.read(file.read(wavefile.SIZE))
    except FileNotFoundError:
        return None


def _repair(folder: Path, part: Path) -> Repaired | None:
    final = part.with_name(part.name[: -len(PART)])
    with part.open("r+b") as file:
        head = wavefile.read(file.read(wavefile.SIZE))
        size = file.seek(0, os.SEEK_END)
        end = _end_of_data(part, size) if head is not None else 0
        if head is None or end <= wavefile.SIZE:
            part.unlink()
            sync(part.parent)
            return None
        law, samples = head[0], end - wavefile.SIZE
        file.truncate(end)
        file.seek(0)
        file.write(wavefile.header(law, samples))
        if samples % 2:
            file.seek(end)
            file.write(b"\0")
        file.flush()
        os.fsync(file.fileno())
    part.rename(final)
    sync(final.parent)
    return Repaired(final.relative_to(folder).as_posix(), law, samples, size - end)


def _end_of_data(path: Path, size: int) -> int:
    """Where the last byte that is not zero ends."""
    with path.open("rb") as file:
        end = size
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            kept = file.read(end - start).rstrip(b"\0")
            if kept:
                return start + len(kept)
            end = start
    return 0
