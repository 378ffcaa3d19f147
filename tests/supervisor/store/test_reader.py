"""The read side: cannot write, sees one moment, and opens a stopped box's file without write rights."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Unreadable
from firmware.supervisor.store.reader import Reader

NOBODY = 65534


def read_as_nobody(path: Path, box_stopped: bool) -> subprocess.CompletedProcess[str]:
    """Reads the store in a process without write rights to its folder."""
    program = (
        "import os, sys; from pathlib import Path; from firmware.supervisor.store.reader import Reader\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        f"with Reader(Path(sys.argv[1])).snapshot(box_stopped={box_stopped}) as connection:\n"
        "    print(connection.execute('SELECT count(*) FROM mailboxes').fetchone()[0])"
    )
    return subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=60)


@pytest.fixture
def readable(tmp_path: Path) -> Path:
    """A folder that everybody may enter and only its owner may write."""
    folder = tmp_path
    while folder != folder.parent:
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
        folder = folder.parent
    return tmp_path / "frontdesk.db"


def test_a_reader_cannot_write(database: Database, reader: Reader) -> None:
    with reader.snapshot() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM mailboxes")


def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nothing.db"
    with pytest.raises(Unreadable, match="never been started"), Reader(path).snapshot():
        pass
    assert not path.exists()


def test_a_path_with_signs_of_a_uri_is_only_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "what?mode=rwc#100%"
    folder.mkdir()
    path = folder / "frontdesk.db"
    Database(path).stop()
    with Reader(path).snapshot() as connection:
        assert connection.execute("SELECT name FROM mailboxes").fetchone()[0] == "office"


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, which needs root")
def test_a_stopped_box_is_read_without_write_rights(readable: Path) -> None:
    Database(readable).stop()
    assert "Unreadable" in read_as_nobody(readable, box_stopped=False).stderr
    assert read_as_nobody(readable, box_stopped=True).stdout == "1\n"


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, which needs root")
def test_a_running_box_is_read_without_write_rights(readable: Path) -> None:
    database = Database(readable)
    database.write(
        lambda connection: connection.execute("INSERT INTO mailboxes (name) VALUES ('two')").rowcount
    ).result()
    answer = read_as_nobody(readable, box_stopped=False)
    assert answer.stdout == "2\n", answer.stderr
    database.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="changes to another user, which needs root")
def test_a_killed_box_is_not_shown_as_it_was_before(readable: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from firmware.supervisor.store.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        "database.write(lambda c: c.execute(\"INSERT INTO mailboxes (name) VALUES ('two')\").rowcount).result()\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(readable)], timeout=60)
    answer = read_as_nobody(readable, box_stopped=True)
    assert answer.stdout == "2\n" or "not stopped cleanly" in answer.stderr
    Path(f"{readable}-shm").unlink()  # without it the WAL cannot be read here, and the file alone is old
    assert "not stopped cleanly" in read_as_nobody(readable, box_stopped=True).stderr
    with Reader(readable).snapshot(box_stopped=True) as connection:
        assert connection.execute("SELECT count(*) FROM mailboxes").fetchone()[0] == 2
