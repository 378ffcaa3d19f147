"""``python -m tools.restore FILE.tar``: puts a backup made on the Health page into ``FRONTDESK_HOME``, on any box.

The box must be stopped. The file is looked through first: nothing but a whole database of Frontdesk's, recordings and
faxes; what is already there is kept under a name of its own (``before-restore-...``). Exit 0 good; 2 with one line that
says what was expected.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import sqlite3
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from firmware.supervisor.settings.in_force import DATABASE_NAME, home_folder
from firmware.supervisor.store import backup, ownership
from firmware.supervisor.store.errors import StoreError
from webui.backup_file import FOLDERS

USAGE = "usage: python -m tools.restore FILE.tar"
_MEMBER = re.compile(
    rf"{re.escape(DATABASE_NAME)}|(?:{'|'.join(FOLDERS)})/(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-][A-Za-z0-9._-]*"
)
_TAILS = ("", "-wal", "-shm")


class NoBackup(Exception):
    """The file cannot be put back; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    home = home_folder()
    try:
        kept = restore(Path(arguments[0]), home, time.strftime("%Y%m%d-%H%M%S"))
    except (NoBackup, StoreError, sqlite3.Error, OSError, tarfile.TarError) as error:
        print(error, file=sys.stderr)
        return 2
    before = f" What was there before is in {kept}." if kept is not None else ""
    print(f"The backup is in {home}.{before} Start the box.")
    return 0


def restore(file: Path, home: Path, stamp: str) -> Path | None:
    """Puts the backup in its place; returns the folder of what was there before, None where nothing was.

    Raises NoBackup, StoreError, sqlite3.Error, OSError, tarfile.TarError; the home is then as it was.
    """
    (home / "run").mkdir(parents=True, exist_ok=True)
    with (home / "run" / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoBackup(f"{home}: the box is running; stop it first") from None
        fresh = home / f"restoring-{stamp}"
        fresh.mkdir(mode=0o750)
        try:
            _take_out(file, fresh)
            backup.validate(fresh / DATABASE_NAME)
            kept = _set_aside(home, home / f"before-restore-{stamp}")
            for path in fresh.iterdir():
                path.rename(home / path.name)
        finally:
            shutil.rmtree(fresh)
        ownership.mark_owned(home)
        return kept


def _take_out(file: Path, into: Path) -> None:
    """Every member that may be there. Raises NoBackup for any other, and where there is no database."""
    with tarfile.open(file, "r:") as tar:
        for member in tar:
            if not member.isreg() or _MEMBER.fullmatch(member.name) is None:
                raise NoBackup(f"{file}: {ascii(member.name)[:80]}: expected a database, recordings and faxes alone")
            target = into / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            assert content is not None  # it is a regular file
            with target.open("xb") as out:
                shutil.copyfileobj(content, out)
            target.chmod(0o640)
    if not (into / DATABASE_NAME).exists():
        raise NoBackup(f"{file}: no {DATABASE_NAME} is in it; expected a backup made on the Health page")


def _set_aside(home: Path, kept: Path) -> Path | None:
    there = [home / f"{DATABASE_NAME}{tail}" for tail in _TAILS] + [home / name for name in FOLDERS]
    there = [path for path in there if path.exists()]
    if not there:
        return None
    kept.mkdir(mode=0o750)
    for path in there:
        path.rename(kept / path.name)
    return kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
