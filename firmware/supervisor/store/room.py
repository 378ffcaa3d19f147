"""How much room the disk has, and what the box does at which limit: one place, read by start, duties and Health.

The reserve is for the log of calls: callers may fill the disk down to it and no further. The ballast is a file of no
content that is given up at a start without any room, so that the store can be opened and its owner can delete.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

LOW = 500 * 2**20  # bytes free, about 17 hours of messages: Health warns, the trash is emptied early
RESERVE = 50 * 2**20  # no message is taken that could leave less
AT_START = 4 * 2**20  # less than this and the ballast goes
BALLAST = 16 * 2**20
BALLAST_NAME = "ballast"


def free(folder: Path) -> int:
    """Bytes that are free on the disk of ``folder``. Raises ``OSError``."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def no_room(home: Path, held: int | None, quota_mb: int) -> Literal["quota full", "disk full"] | None:
    """Why no message can be taken now, ``held`` bytes of recordings being there (None: not known); None: it can.

    Raises ``OSError``.
    """
    if held is not None and held >= quota_mb << 20:
        return "quota full"
    return "disk full" if free(home) < RESERVE else None


def give_up_ballast(home: Path) -> bool:
    """At a start: delete the ballast where there is no room otherwise; whether it was. Raises ``OSError``."""
    ballast = home / BALLAST_NAME
    if free(home) >= AT_START or not ballast.exists():
        return False
    ballast.unlink()
    return True


def take_ballast(home: Path) -> None:
    """Put the ballast (back) in its place where the disk has room for it. Raises ``OSError``."""
    ballast = home / BALLAST_NAME
    if ballast.exists() or free(home) < LOW + BALLAST:
        return
    part = ballast.with_name(BALLAST_NAME + ".part")
    try:
        with part.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, BALLAST)
        part.rename(ballast)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
