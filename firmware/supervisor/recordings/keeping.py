"""Whether what happens can be kept: the log, the recordings, the disk under both, for the Health page."""

from __future__ import annotations

from pathlib import Path

from firmware.supervisor.health import Check, check
from firmware.supervisor.recordings.recorder import Recorder
from firmware.supervisor.store import room
from firmware.supervisor.store.database import Database


class Keeping:
    """``home``: $FRONTDESK_HOME."""

    def __init__(self, home: Path, database: Database, recorder: Recorder) -> None:
        self._home = home
        self._database = database
        self._recorder = recorder

    def checks(self) -> list[Check]:
        """Log, recordings, disk."""
        return [self._log(), self._recordings(), self._disk()]

    def _log(self) -> Check:
        degraded = self._database.health().degraded
        if degraded is None:
            return check("Call log", "ok", "Calls and messages are being written.")
        return check("Call log", "fault", f"Calls cannot be written: {degraded}.", "Free space, or replace the disk.")

    def _recordings(self) -> Check:
        failure = self._recorder.health()
        if failure is None:
            return check("Recordings", "ok", "Messages are being recorded.")
        text = f"Messages cannot be recorded: {failure}."
        return check("Recordings", "fault", text, "Free space, or replace the disk.")

    def _disk(self) -> Check:
        free = room.free(self._home)
        gigabytes = f"{free / 2**30:.1f}"
        words = f"{gigabytes} GB are free."
        if free > room.LOW:
            return check("Disk", "ok", words, free=gigabytes)
        state = "fault" if free < room.RESERVE else "warn"
        remedy = "Delete old messages, which frees their room at once while it is short, or set how long they are kept."
        return check("Disk", state, words, remedy, free=gigabytes)
