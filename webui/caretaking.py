"""For whoever looks after the box: since when it runs, what fills the disk, its own backups, its log."""

from __future__ import annotations

import datetime
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from firmware.supervisor.settings.in_force import DATABASE_NAME
from firmware.supervisor.store import backup, room

_LOG = Path("log") / "supervisor.log"
_LONGEST_LOG = 64 * 1024
_NUMBER = re.compile(r"\+?\d[\d ()-]{5,}\d")


@dataclass(frozen=True)
class Disk:
    """Bytes by what they are for."""

    recordings: int
    faxes: int
    log: int
    backups: int
    free: int


def disk(home: Path) -> Disk:
    """What fills the disk. Raises OSError."""
    database = sum(_size(home / f"{DATABASE_NAME}{tail}") for tail in ("", "-wal"))
    parts = [sum(_size(path) for path in (home / name).rglob("*")) for name in ("recordings", "faxes", "backups")]
    return Disk(parts[0], parts[1], database, parts[2], room.free(home))


def backups(home: Path) -> list[tuple[str, int]]:
    """The box's own copies of its log: day and bytes, the newest first."""
    with suppress(OSError):
        return [(backup.day_of(path), _size(path)) for path in reversed(backup.kept(home / "backups"))]
    return []


def running_since(now: datetime.datetime) -> datetime.datetime | None:
    """When this machine was started; None where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        return now - datetime.timedelta(seconds=float(Path("/proc/uptime").read_text().split()[0]))
    return None


def log_lines(home: Path) -> str | None:
    """The end of the box's log with numbers masked; None where it goes to the system's journal instead."""
    with suppress(OSError), (home / _LOG).open("rb") as file:
        file.seek(max(0, _size(home / _LOG) - _LONGEST_LOG))
        return _NUMBER.sub("•••", file.read(_LONGEST_LOG).decode(errors="replace"))
    return None


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
