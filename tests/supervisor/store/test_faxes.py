"""Faxes in the store: one state, a way back, and really gone when they are too old."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.supervisor.store import calls, faxes
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict, NotFound
from firmware.supervisor.store.mailbox import FAXES
from firmware.supervisor.store.retention import DAY_MS, purge

NOW_MS = 1_772_463_600_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "frontdesk.db")
    yield opened
    opened.stop()


def leave(database: Database, folder: Path, days_ago: int) -> int:
    """A call of that day with a fax that was looked at; TIFF and PDF lie in the folder."""
    moment = NOW_MS - days_ago * DAY_MS

    def left(connection: Any) -> int:
        call = calls.begin(connection, "in", started_ms=moment, utc_offset_min=0)
        calls.end(connection, call, outcome="fax", ended_ms=moment, at_s=1.0, hung_up_by="box", why="fax received")
        path = f"{call}.tif"
        row: dict[str, Any] = {
            "pages": 1,
            "sender": "+1 514",
            "received_ms": moment,
            "utc_offset_min": 0,
            "progress": "made",
        }
        return faxes.put(connection, call, path=path, **row)

    fax = database.write(left).result()
    database.write(FAXES.mark, fax, "heard").result()
    folder.mkdir(exist_ok=True)
    path = folder / database.write(lambda c: faxes.one_fax(c, fax).path).result()
    path.write_bytes(b"II*\0")
    path.with_suffix(".pdf").write_bytes(b"%PDF")
    return fax


def left_in(database: Database, table: str) -> int:
    return int(database.write(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()[0]).result())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_an_old_call_goes_with_its_fax_and_a_saved_fax_keeps_its_call(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "faxes"
    for days_ago in (40, 20):
        database.write(FAXES.mark, leave(database, folder, days_ago), "heard").result()
    database.write(FAXES.mark, leave(database, folder, 40), "saved").result()
    assert purge(database, tmp_path, folder, now_ms=NOW_MS, days=30) == 1
    assert names(folder) == {"2.tif", "2.pdf", "3.tif", "3.pdf"}
    assert (left_in(database, "calls"), left_in(database, "faxes")) == (2, 2)
    assert purge(database, tmp_path, folder, now_ms=NOW_MS, days=30) == 0


def test_the_trash_is_emptied_after_its_time_and_the_call_stays(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "faxes"
    for days_ago in (8, 6):
        fax = leave(database, folder, 20)
        database.write(FAXES.delete, fax, NOW_MS - days_ago * DAY_MS).result()
    assert purge(database, tmp_path, folder, now_ms=NOW_MS, days=0) == 1
    assert names(folder) == {"2.tif", "2.pdf"}
    assert (left_in(database, "calls"), left_in(database, "faxes")) == (2, 1)


def test_a_purge_cut_short_has_no_way_back_and_is_finished_by_the_next(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "faxes"
    fax = leave(database, folder, 40)
    database.write(FAXES.mark, fax, "heard").result()
    (folder / "1.pdf").unlink()
    (folder / "1.pdf").mkdir()  # what cannot be unlinked
    with pytest.raises(OSError):
        purge(database, tmp_path, folder, now_ms=NOW_MS, days=30)
    assert left_in(database, "faxes") == 1, "the row still names what must go"
    with pytest.raises(NotFound):
        database.write(FAXES.restore, fax).result()
    assert database.write(lambda c: faxes.list_faxes(c, deleted=True)).result() == []
    (folder / "1.pdf").rmdir()
    assert purge(database, tmp_path, folder, now_ms=NOW_MS, days=30) == 1
    assert (left_in(database, "calls"), left_in(database, "faxes"), names(folder)) == (0, 0, set())


def test_delete_twice_is_no_error_and_restore_gives_back_what_was(database: Database, tmp_path: Path) -> None:
    fax = leave(database, tmp_path / "faxes", 1)
    database.write(FAXES.mark, fax, "heard").result()
    assert [database.write(FAXES.delete, fax, NOW_MS).result() for _ in range(2)] == [True, False]
    with pytest.raises(Conflict):
        database.write(FAXES.mark, fax, "new").result()
    assert [row.id for row in database.write(lambda c: faxes.list_faxes(c, deleted=True)).result()] == [fax]
    assert [database.write(FAXES.restore, fax).result() for _ in range(2)] == [True, False]
    assert database.write(FAXES.state, fax).result() == "heard"
