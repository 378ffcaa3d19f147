"""What a box that was killed has received: each TIFF that holds pages gets its place in the store, exactly once.

Runs before the first call, after the calls of the last run were put in order; running it again changes nothing. A TIFF
without a page that its sender was told of is deleted with what lies beside it. A gateway of the last run notices soon
that its box is gone, and ends; until then it may still write a page, so it is waited for.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from firmware.fax_files import NAME, TIFF, all_of, nobody_writes, pages_in, read_report
from firmware.supervisor.store import calls, faxes
from firmware.supervisor.store.database import Database

log = logging.getLogger(__name__)

GATEWAY_S = 5.0  # for a gateway of the last run to end; it takes a few hundredths


def adopt(database: Database, folder: Path) -> list[int]:
    """The ids of the faxes that were cut off or had no row. Where the store fails they are filed once it does not."""
    if folder.is_dir() and not nobody_writes(folder, GATEWAY_S):
        log.warning("faxes: a gateway of the last run still writes")
    settling = database.keep(_settle, folder)
    settling.tried.result()
    if not settling.done.done():
        return []
    error = settling.done.exception()
    if error is not None:
        log.error("faxes: the store could not be brought in line with the folder", exc_info=error)
        return []
    return settling.done.result()


def _settle(connection: sqlite3.Connection, folder: Path) -> list[int]:
    found = [path.relative_to(folder).as_posix() for path in sorted(folder.glob(f"*/*{TIFF}"))]
    adopted = (_adopt(connection, path, folder / path) for path in faxes.unsettled(connection, found))
    return [fax for fax in adopted if fax is not None]


def _adopt(connection: sqlite3.Connection, path: str, tiff: Path) -> int | None:
    name = NAME.fullmatch(path)
    if name is None:
        log.warning("faxes: %s is no fax of this box", path)
        return None
    report = read_report(tiff)
    pages = max(report.pages, pages_in(tiff))
    if not pages:
        try:
            for file in all_of(tiff):
                file.unlink(missing_ok=True)
        except OSError as error:
            log.error("faxes: %s", error)
        return None
    ms = int(name["ms"])
    call = connection.execute(
        "SELECT id, mailbox, utc_offset_min FROM calls WHERE id = ? AND started_ms <= ?", (int(name["call"]), ms)
    ).fetchone()
    return faxes.put(
        connection,
        _lost_call(connection, ms) if call is None else call["id"],
        path=path,
        pages=pages,
        sender=report.sender,
        received_ms=ms,
        utc_offset_min=0 if call is None else call["utc_offset_min"],
        progress="waiting",
        mailbox=1 if call is None else call["mailbox"],
    )


def _lost_call(connection: sqlite3.Connection, ms: int) -> int:
    """The call of a fax that outlived the log of its call: the database was damaged, and a backup took its place."""
    call = calls.begin(connection, "in", started_ms=ms, utc_offset_min=0)
    calls.end(connection, call, outcome="fax", ended_ms=ms, at_s=0.0, hung_up_by="box", why="box stopped")
    return call
