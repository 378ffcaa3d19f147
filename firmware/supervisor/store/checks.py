"""The store's lines on the Health page: the database's writer, the recorder, the room left on the disk."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.supervisor.store.database import Database

ROOM_WARN = 0.10  # of the disk free: a warning below it
ROOM_FAULT = 0.02
QUEUE_WARN = 200  # writes waiting: some seconds of a disk that does not keep up

Check = dict[str, str]


def store_checks(database: Database, recorder_failure: str | None, home: Path) -> list[Check]:
    """``checks`` of ``health.get``: objects of name, state ('ok', 'warn', 'fault'), text, remedy."""
    return [_writer(database), _recorder(recorder_failure), _room(home)]


def _writer(database: Database) -> Check:
    health = database.health()
    if health.degraded is not None:
        text = f"The call log cannot be written: {health.degraded} ({health.failures} writes lost)"
        return _check("store", "fault", text, "Look at the disk: is it full, worn out or read-only? Restart the box.")
    if health.waiting > QUEUE_WARN:
        return _check("store", "warn", f"{health.waiting} writes wait for the disk", "The disk is slow: replace it.")
    lost = f"; {health.failures} writes were lost since the start" if health.failures else ""
    return _check("store", "warn" if lost else "ok", f"The call log is written{lost}", "")


def _recorder(failure: str | None) -> Check:
    if failure is None:
        return _check("recordings", "ok", "Recordings are written", "")
    return _check("recordings", "fault", f"The last recording failed: {failure}", "Look at the disk: is it full?")


def _room(home: Path) -> Check:
    try:
        disk = os.statvfs(home)
    except OSError as error:
        return _check("disk", "fault", f"The disk does not answer: {error.strerror}", "Replace the disk.")
    free = disk.f_bavail / max(disk.f_blocks, 1)
    hours = disk.f_bavail * disk.f_frsize / (8000 * 3600)  # of recordings: 8000 bytes a second
    text = f"{free:.0%} of the disk is free, {hours:,.0f} hours of recordings"
    state = "fault" if free < ROOM_FAULT else "warn" if free < ROOM_WARN else "ok"
    remedy = "" if state == "ok" else "Delete messages or set how long they are kept (Office, retention)."
    return _check("disk", state, text, remedy)


def _check(name: str, state: str, text: str, remedy: str) -> Check:
    return {"name": name, "state": state, "text": text, "remedy": remedy}
