"""What a call leaves behind is filed: its message, its fax, its recordings.

A message's caller is told that it is kept, so that is waited for; nobody waits long for anything else.
"""

from __future__ import annotations

import sqlite3

from firmware.supervisor.calls.call_clock import CallClock
from firmware.supervisor.calls.writing import Writing, patiently
from firmware.supervisor.events import Events
from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import faxes, messages, recordings, room
from firmware.supervisor.store.calls import CallColumns

OFFICE = 1  # the mailbox that every call is for until calls are told apart by whose they are


class Filing:
    """Of one call; ``columns``: what is known of it."""

    def __init__(self, clock: CallClock, writing: Writing, events: Events, columns: CallColumns) -> None:
        self._clock = clock
        self._writing = writing
        self._events = events
        self._columns = columns

    async def recording(self, path: str, law: str, kind: str) -> int | None:
        """Tells the store of a recording ("message", "call") that begins; its row's id."""
        if self._writing.id is None:
            return None
        started_ms = self._clock.moment_ms(self._clock.at())
        row: int | None = await self._writing.soon(
            recordings.begin, call=self._writing.id, kind=kind, path=path, law=law, started_ms=started_ms
        )
        return row

    async def no_room(self, settings: Settings) -> Reason | None:
        """Why nothing that the caller leaves could be kept, asked before it is left, and noted; None: there is room."""
        held: int | None = await self._writing.soon(recordings.held_bytes)  # None: the store does not say so in time
        try:
            no_room = room.no_room(settings.home, held, settings.whole("recording.quota_mb"))
            why = because(no_room) if no_room is not None else None
        except OSError as error:
            why = because("disk unreadable", error=error.strerror or str(error))
        if why is not None:
            self._writing.note(self._clock.at(), "decision", why, {})
        return why

    async def message(
        self, recording: int | None, path: str, law: str, samples: int, *, interrupted: bool = False
    ) -> int | None:
        """Makes a finished recording of ``samples`` a message; ``recording`` None: its row could not be written before.

        ``interrupted``: its end is missing.

        Waits until it is on the disk, since the caller is told that it is.
        """
        received_ms = self._clock.moment_ms(self._clock.at())

        def create(connection: sqlite3.Connection) -> int:
            row = recording
            if row is None:
                row = recordings.begin(
                    connection, call=self._writing.id, kind="message", path=path, law=law, started_ms=received_ms
                )
            recordings.finish(connection, row, samples)
            return messages.create(
                connection,
                call=self._writing.id or 0,
                recording=row,
                received_ms=received_ms,
                utc_offset_min=self._clock.utc_offset_min,
                important=bool(self._columns.get("important", False)),
                interrupted=interrupted,
                mailbox=OFFICE,
            )

        message: int | None = await self._writing.written(create)
        if message is not None:
            self._events.publish("message", {"id": message, "state": "new", "mailbox": OFFICE})
        return message

    async def fax(self, path: str, pages: int, sender: str, progress: str) -> None:
        """A fax has so many pages by now. A disk that fails is tried again; nobody waits for it long."""
        row = {
            "path": path,
            "pages": pages,
            "sender": sender,
            "received_ms": self._clock.moment_ms(self._clock.at()),
            "utc_offset_min": self._clock.utc_offset_min,
            "progress": progress,
            "mailbox": OFFICE,
        }
        if self._writing.id is None:
            self._writing.post(faxes.put, **row)
            return
        fax: int | None = await patiently(self._writing.kept(faxes.put, self._writing.id, **row))
        if fax is not None:
            self._events.publish("message", {"fax": fax, "state": "new", "progress": progress, "mailbox": OFFICE})

    async def keep_recording(self, recording: int, samples: int) -> None:
        """A finished recording that is no message: it stays on the call's page."""
        await self._writing.soon(recordings.finish, recording, samples)

    async def drop_recording(self, recording: int) -> None:
        """The recording came to nothing."""
        await self._writing.soon(recordings.drop, recording)
