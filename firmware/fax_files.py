"""What lies in ``faxes/`` of each fax, for the process that receives it and for the box, which takes it from there.

Of a fax there are ``NAME.tif``, the pages as they came; ``NAME.json``, the report, written anew for each page before
the sender is told that the page was received; and later ``NAME.pdf``. So after a kill the disk knows what was promised.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import re
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

TIFF, REPORT, PDF = ".tif", ".json", ".pdf"
PART = ".part"  # not whole yet
NAME = re.compile(r"\d{4}-\d{2}/(?P<call>\d{6,18})-fax-(?P<ms>\d{1,15})\.tif")
"""A TIFF's path in the folder: its month, its call, and the moment the machine was heard, in ms since 1970."""
MOST_LINES = 18_000  # of a page: 4.6 m of paper at T.4's coarsest; Acrobat opens no page that is longer than 5 m
_MOST_PAGES = 10_000  # of a TIFF
_LOOK_S = 0.02


@dataclass(frozen=True)
class Report:
    """What came of a fax so far. ``pages``: those that its sender was told were received; ``sender``: what it calls
    itself, printable ASCII, from the wire; ``why``: where it ended otherwise than by its end; ``over``: no
    more will come."""

    pages: int = 0
    sender: str = ""
    bit_rate: int = 0
    why: str = ""
    over: bool = False

    GATEWAY_ENDED: ClassVar[str] = "fax gateway ended"

    def to_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Report:
        """Raises ValueError where ``text`` is no report."""
        try:
            values = json.loads(text)
            return cls(
                int(values["pages"]),
                str(values["sender"])[:20],
                int(values["bit_rate"]),
                str(values["why"])[:200],
                values["over"] is True,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no report of a fax: {error}") from error


def all_of(tiff: Path) -> list[Path]:
    """Every file that a fax may have, the TIFF first."""
    return [tiff, *(tiff.with_name(tiff.stem + suffix) for suffix in (REPORT, PDF, REPORT + PART, PDF + PART))]


def write_report(tiff: Path, report: Report) -> None:
    """Puts pages and report on the disk, whatever happens to this machine afterwards. Raises OSError."""
    path = tiff.with_suffix(REPORT)
    part = path.with_name(path.name + PART)
    _sync(tiff)
    part.write_bytes(report.to_json())
    _sync(part)
    part.rename(path)
    _sync(path.parent)


def read_report(tiff: Path) -> Report:
    """The report beside a TIFF; an empty one where there is none that can be read."""
    try:
        return Report.from_json(tiff.with_suffix(REPORT).read_bytes())
    except (OSError, ValueError):
        return Report()


def pages_in(tiff: Path) -> int:
    """How many pages a TIFF holds, up to the first that is not whole; 0 for what is no TIFF."""
    return len(_links(tiff)[0]) - 1


def mend(tiff: Path, most: int = _MOST_PAGES) -> None:
    """Has a TIFF end after its last whole page, or after ``most`` of them: whoever wrote it was cut off, or writes a
    page and then refuses it. One without a page stays as it is. Raises OSError."""
    links, ends = _links(tiff)
    pages = min(most, len(links) - 1)
    if pages and (pages < len(links) - 1 or not ends):
        with tiff.open("r+b") as file:
            file.seek(links[pages])
            file.write(bytes(4))


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Whoever writes into ``folder``, which is made if need be, says so for as long. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def nobody_writes(folder: Path, within_s: float) -> bool:
    """Waits until nobody writes into ``folder`` any more; False: after ``within_s`` somebody still does."""
    end = time.monotonic() + within_s
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(_LOOK_S)
            else:
                return True
    finally:
        os.close(descriptor)


def _links(tiff: Path) -> tuple[list[int], bool]:
    """Where the links of a TIFF lie, the first to its first page, each next one behind a whole page's directory
    (TIFF 6.0, section 2), and whether the last one says that this is the end."""
    links = [4]
    seen = set()
    try:
        with tiff.open("rb") as file:
            order = {b"II*\0": "<", b"MM\0*": ">"}[file.read(4)]
            while len(links) <= _MOST_PAGES:
                file.seek(links[-1])
                (directory,) = struct.unpack(order + "I", file.read(4))
                if directory == 0 or directory in seen:
                    return links, directory == 0
                seen.add(directory)
                file.seek(directory)
                (entries,) = struct.unpack(order + "H", file.read(2))
                if entries == 0 or len(file.read(12 * entries + 4)) < 12 * entries + 4:
                    break
                links.append(directory + 2 + 12 * entries)
    except (OSError, KeyError, struct.error):
        pass
    return links, False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
