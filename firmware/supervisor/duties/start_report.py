"""What the last start found wrong with files, for the Health page, until it is put right."""

from __future__ import annotations

from firmware.supervisor.health import Check, check
from firmware.supervisor.recordings.recovery import Recovered
from firmware.supervisor.store import backup, opening
from firmware.supervisor.store.opening import Opened

SHOWN = 3  # files named in one sentence


def checks(opened: Opened, recovered: Recovered) -> list[Check]:
    """The database that was set aside or lost, and the recordings that could not be read."""
    return [*_database(opened, len(recovered.found_again)), *_recordings(recovered)]


def _database(opened: Opened, found_again: int) -> list[Check]:
    kept = opening.set_aside(opened.database.path)
    names = ", ".join(path.name for path in kept)
    if opened.why:
        instead = (
            f"the box's own backup of {backup.day_of(opened.backup)} is in use; what came after it is missing"
            if opened.backup is not None
            else "there was no backup to take, and the log begins anew"
        )
        text = f"The database could not be used when the box started ({opened.why}): {instead}."
        if found_again:
            text += f" Messages that were found again by their recordings, without their callers: {found_again}."
        remedy = f"The damaged file is kept as {names}: copy it away, then delete it." if kept else ""
        return [check("Database", "warn" if opened.backup is not None else "fault", text, remedy)]
    if kept:
        text = f"A damaged database was set aside at an earlier start and is kept: {names}."
        return [
            check("Database", "warn", text, "Copy it away for whoever may mend it, then delete it.", "Database.kept")
        ]
    return []


def _recordings(recovered: Recovered) -> list[Check]:
    left = recovered.unreadable
    if not left:
        return []
    named = ", ".join(f"{path} ({why})" for path, why in list(left.items())[:SHOWN])
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    text = f"Recordings that the box was making when it stopped cannot be read, and were left: {named}{more}."
    return [check("Cut recordings", "warn", text, "Replace the disk soon: this is how one begins to fail.")]
