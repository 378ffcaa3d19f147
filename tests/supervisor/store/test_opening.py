"""The store at a start: a file that is damaged, gone, foreign or out of reach never leaves the box without a writer."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.supervisor.store import backup, users
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.opening import Opened, open_store, set_aside
from firmware.supervisor.store.ownership import has_owner, mark_owned

STAMP = "20260302-100000"


def names(database: Database) -> list[str]:
    def read(connection: sqlite3.Connection) -> list[str]:
        return [row[0] for row in connection.execute("SELECT name FROM mailboxes WHERE id > 1 ORDER BY id")]

    return database.write(read).result()


def add(connection: sqlite3.Connection, name: str, rows: int = 1) -> None:
    connection.executemany("INSERT INTO mailboxes (name) VALUES (?)", [(name,)] * rows)


@pytest.fixture
def home(path: Path) -> Path:
    """A box with an owner, one backup, and a row written after it."""
    database = Database(path)
    database.write(users.create_first, "anna", "$argon2id$x", 1).result()
    database.write(add, "before", 300).result()
    backup.add(path, path.parent / "backups", "2026-03-01")
    database.write(add, "after").result()
    database.stop()
    mark_owned(path.parent)
    return path.parent


@contextmanager
def opened(home: Path) -> Iterator[Opened]:
    store = open_store(home / "frontdesk.db", home / "backups", STAMP)
    try:
        yield store
    finally:
        store.database.stop()


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(8192, len(data) - 4096, 4096):
        data[page : page + 256] = b"\xa5" * 256
    path.write_bytes(data)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "scribbled pages": (scribble, True),
    "a scribbled header": (lambda path: path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:]), True),
    "half of it": (halve, True),
    "another program's file": (lambda path: path.write_bytes(b"%PDF-1.4\n" * 1000), True),
    "a folder in its place": (folder_instead, True),
    "emptied": (lambda path: path.write_bytes(b""), True),
    "gone": (lambda path: path.unlink(), False),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lost_database_is_kept_and_the_newest_backup_takes_its_place(home: Path, damage: str) -> None:
    act, something_left = DAMAGES[damage]
    act(home / "frontdesk.db")
    with opened(home) as store:
        assert store.why and store.backup == home / "backups" / "00001-2026-03-01.db"
        assert set(names(store.database)) == {"before"}
        assert store.database.health().degraded is None
        assert (store.aside is not None) == something_left
        assert [path.name for path in set_aside(home / "frontdesk.db")] == (
            [f"frontdesk.db.damaged-{STAMP}"] if something_left else []
        )
    with opened(home) as store:
        assert store.why == "", "the next start finds nothing wrong"


def test_a_second_damage_in_the_same_second_overwrites_nothing(home: Path) -> None:
    for _ in range(2):
        scribble(home / "frontdesk.db")
        with opened(home):
            pass
    kept = set_aside(home / "frontdesk.db")
    assert [path.name for path in kept] == [f"frontdesk.db.damaged-{STAMP}", f"frontdesk.db.damaged-{STAMP}-2"]


def test_a_backup_that_is_damaged_too_is_passed_over(home: Path) -> None:
    folder = home / "backups"
    for number, spoil in ((2, scribble), (3, lambda path: path.write_bytes(b""))):
        worse = folder / f"{number:05d}-2026-03-0{number}.db"
        worse.write_bytes((folder / "00001-2026-03-01.db").read_bytes())
        spoil(worse)
    scribble(home / "frontdesk.db")
    with opened(home) as store:
        assert store.backup is not None and store.backup.name == "00001-2026-03-01.db"


def test_without_any_backup_the_log_begins_anew_and_the_box_keeps_its_owner(home: Path) -> None:
    (home / "backups" / "00001-2026-03-01.db").unlink()
    scribble(home / "frontdesk.db")
    with opened(home) as store:
        assert store.backup is None and names(store.database) == []
        assert has_owner(home)


def test_a_new_box_is_a_new_box(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.why == "" and names(store.database) == []
    assert not has_owner(tmp_path)


def test_a_newer_file_is_left_alone_and_the_log_waits(home: Path) -> None:
    path = home / "frontdesk.db"
    connection = sqlite3.connect(path)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = path.read_bytes()
    with opened(home) as store:
        kept = store.database.keep(add, "meanwhile")
        kept.tried.result(10)
        assert not kept.done.done()
        assert "newer" in str(store.database.health().degraded)
        assert path.read_bytes() == before and set_aside(path) == []
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA user_version = {version}")  # the newer Frontdesk's own way back, say
        connection.close()
        kept.done.result(30)
        assert names(store.database)[-1] == "meanwhile"
        assert store.database.health().degraded is None


FULL = """
import resource, sys
from pathlib import Path
from firmware.supervisor.store.opening import open_store
home = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))  # write(2) fails, as on a full disk
store = open_store(home / "frontdesk.db", home / "backups", "now")
add = lambda connection: connection.execute("INSERT INTO mailboxes (name) VALUES ('meanwhile')").rowcount
kept = store.database.keep(add)
kept.tried.result()
assert not kept.done.done() and store.database.health().degraded, store
assert not store.why and not store.aside, store
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(kept.done.result(30))
"""


@pytest.mark.parametrize("new", [False, True])
def test_a_disk_without_room_is_waited_for(home: Path, tmp_path: Path, new: bool) -> None:
    where = tmp_path / "new" if new else home
    where.mkdir(exist_ok=True)
    run = subprocess.run([sys.executable, "-c", FULL, str(where)], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, "1\n"), run.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_seven_backups_are_kept_and_the_newest_is_the_last_made_whatever_the_clock_said(home: Path) -> None:
    folder = home / "backups"
    days = ["2030-01-01", *(f"2026-03-{day:02d}" for day in range(2, 10))]
    for day in days:
        backup.add(home / "frontdesk.db", folder, day)
    kept = backup.kept(folder)
    assert [backup.day_of(path) for path in kept] == days[-7:]
    assert backup.kept(home / "nowhere") == []
