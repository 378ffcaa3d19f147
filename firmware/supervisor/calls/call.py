"""One call as the log keeps it: its row, its timeline and its parts, written to the store as they happen.

Life cycle: ``await begin()``, then ``note``, ``change`` and ``segment`` at any time, ``await end()`` once. Times inside
a call are seconds of the sample clock since ``begin``.

Failure behaviour: where the store fails or stands still the call goes on: nobody waits for a disk longer than
PATIENCE_S, an emergency call least of all. What is noted before the row is there is held and written after it. Where
the disk is full or fails, all of it waits in the store until the disk takes it; the Health page says so meanwhile.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from drivers.clock import Calendar, SampleLoop
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.endings import Ending
from firmware.supervisor.events import Events
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store import calls as rows
from firmware.supervisor.store import faxes, messages, recordings, room
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import StoreError

log = logging.getLogger(__name__)

OFFICE = 1  # the mailbox that every call is for until calls are told apart by whose they are
NOTES = 500  # lines of one call's timeline; a long ordinary one has fifty
PATIENCE_S = 0.5  # how long a call waits for the store


class Call:
    """A call going on. ``columns`` of its row are set by ``change``; ``stage`` says in a word where it is."""

    def __init__(
        self, loop: SampleLoop, calendar: Calendar, database: Database, events: Events, tariff: Callable[[], Tariff]
    ) -> None:
        self._loop = loop
        self._calendar = calendar
        self._database = database
        self._events = events
        self._tariff = tariff  # what is in force when the call ends
        self.id: int | None = None
        self.stage = ""
        self.columns: dict[str, Any] = {}
        self.begun = loop.samples
        self.started_ms = 0
        self.answered_at: float | None = None
        self.ended = False
        self._noted = 0
        self.waiting: Mapping[str, str | None] | None = None  # a second caller in mid-call
        self._held: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []

    def at(self) -> float:
        """Seconds since the call began."""
        return (self._loop.samples - self.begun) / RATE

    def now(self) -> datetime:
        """Local time."""
        return self._calendar.now()

    def moment_ms(self, at_s: float) -> int:
        """The calendar moment, in ms since 1970, of a time inside the call."""
        return self.started_ms + round(at_s * 1000)

    async def begin(self, direction: str, stage: str, **columns: Any) -> None:
        """Writes the row; the call's clock starts here."""
        self.begun = self._loop.samples
        self.started_ms = self._calendar.now_ms()
        self.stage = stage
        offset = self._calendar.utc_offset_min()
        self.columns = {"direction": direction, "utc_offset_min": offset, **columns}
        writing = asyncio.ensure_future(
            self._keep(rows.begin, direction, started_ms=self.started_ms, utc_offset_min=offset, **columns)
        )
        writing.add_done_callback(self._has_row)
        await asyncio.wait({writing}, timeout=PATIENCE_S)
        self._publish()

    def resume(self, row: sqlite3.Row) -> None:
        """Goes on with a row that an earlier run of the program began: the call's clock is as old as the row."""
        self.id = row["id"]
        self.started_ms = row["started_ms"]
        self.begun = self._loop.samples - round((self._calendar.now_ms() - self.started_ms) * RATE / 1000)
        if row["answered_ms"] is not None:
            self.answered_at = (row["answered_ms"] - self.started_ms) / 1000
        self.stage = "talking"
        self.columns = {key: row[key] for key in row.keys() if key not in ("id", "started_ms", "answered_ms")}  # noqa: SIM118
        self._publish()

    def change(self, stage: str | None = None, **columns: Any) -> None:
        """Changes columns of the row, and where the call is."""
        if stage is not None:
            self.stage = stage
        self.columns.update(columns)
        if columns:
            self._post(rows.change, **columns)
        self._publish()

    def note(self, kind: str, why: Reason | None = None, **detail: Any) -> None:
        """Adds a line to the timeline, of now."""
        self.note_at(self.at(), kind, why, **detail)

    def note_at(self, at_s: float, kind: str, why: Reason | None = None, **detail: Any) -> None:
        """Adds a line of ``at_s`` into the call. Of more than NOTES the last says so: keys fill no disk."""
        self._noted += 1
        if self._noted > NOTES:
            return
        if self._noted == NOTES:
            kind, why, detail = "decision", because("not all written down"), {}
        if why is not None:
            detail |= dict(why.fields)
        self._post(rows.event, round(at_s, 3), kind, detail, why.id if why is not None else "")

    def answered(self, how: str, at_s: float | None = None) -> None:
        """The call was answered now, or at ``at_s``; ``how`` is "exact" or "estimated". The first answer stays."""
        if self.answered_at is not None:
            return
        self.answered_at = self.at() if at_s is None else at_s
        self.change(answered_how=how, answered_ms=self.moment_ms(self.answered_at), ring_s=round(self.answered_at, 3))

    def answered_by(self, who: str, at_s: float | None = None) -> None:
        """Whom the call has reached, in a word of the column; two people are together since ``at_s``.

        A "person" is there from now on where ``at_s`` is not given; a "screener" has put one on only where it is.
        """
        since_s = self.at() if at_s is None and who == "person" else at_s
        self.change(answered_by=who, person_ms=None if since_s is None else round(1000 * since_s))

    def waits(self, caller: Mapping[str, str | None] | None) -> None:
        """Somebody waits on the same line in mid-call (``number``, ``name``, ``reason``); None: nobody any more."""
        self.waiting = caller
        self._publish()

    def also(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Writes something else about this call, once its row is there: ``fn(connection, call id, ...)``."""
        self._post(fn, *args, **kwargs)

    def segment(self, kind: str, who: str) -> None:
        """From now on the call is with ``who``; the part before ends here."""
        self._post(rows.next_segment, kind, who, round(self.at(), 3))

    async def recording(self, path: str, law: str, kind: str) -> int | None:
        """Tells the store of a recording ("message", "call") that begins; its row's id."""
        if self.id is None:
            return None
        started_ms = self.moment_ms(self.at())
        row: int | None = await self._settle(
            recordings.begin, call=self.id, kind=kind, path=path, law=law, started_ms=started_ms
        )
        return row

    async def no_room(self, settings: Settings) -> Reason | None:
        """Why nothing that the caller leaves could be kept, asked before it is left, and noted; None: there is room."""
        held: int | None = await self._settle(recordings.held_bytes)  # None: the store does not say so in time
        try:
            no_room = room.no_room(settings.home, held, settings.whole("recording.quota_mb"))
            why = because(no_room) if no_room is not None else None
        except OSError as error:
            why = because("disk unreadable", error=error.strerror or str(error))
        if why is not None:
            self.note("decision", why)
        return why

    async def message(
        self, recording: int | None, path: str, law: str, samples: int, *, interrupted: bool = False
    ) -> int | None:
        """Makes a finished recording of ``samples`` a message; ``recording`` None: its row could not be written before.

        ``interrupted``: its end is missing.

        Waits until it is on the disk, since the caller is told that it is.
        """
        received_ms = self.moment_ms(self.at())

        def create(connection: sqlite3.Connection) -> int:
            row = recording
            if row is None:
                row = recordings.begin(
                    connection, call=self.id, kind="message", path=path, law=law, started_ms=received_ms
                )
            recordings.finish(connection, row, samples)
            return messages.create(
                connection,
                call=self.id or 0,
                recording=row,
                received_ms=received_ms,
                utc_offset_min=self.columns["utc_offset_min"],
                important=bool(self.columns.get("important", False)),
                interrupted=interrupted,
                mailbox=OFFICE,
            )

        message: int | None = await self._write(create)
        if message is not None:
            self._events.publish("message", {"id": message, "state": "new", "mailbox": OFFICE})
        return message

    async def fax(self, path: str, pages: int, sender: str, progress: str) -> None:
        """A fax has so many pages by now. A disk that fails is tried again; nobody waits for it long."""
        row = {
            "path": path,
            "pages": pages,
            "sender": sender,
            "received_ms": self.moment_ms(self.at()),
            "utc_offset_min": self.columns["utc_offset_min"],
            "progress": progress,
            "mailbox": OFFICE,
        }
        if self.id is None:
            self._post(faxes.put, **row)
            return
        fax: int | None = await self._patiently(self._keep(faxes.put, self.id, **row))
        if fax is not None:
            self._events.publish("message", {"fax": fax, "state": "new", "progress": progress, "mailbox": OFFICE})

    async def keep_recording(self, recording: int, samples: int) -> None:
        """A finished recording that is no message: it stays on the call's page."""
        await self._settle(recordings.finish, recording, samples)

    async def drop_recording(self, recording: int) -> None:
        """The recording came to nothing."""
        await self._settle(recordings.drop, recording)

    async def end(self, outcome: str, by: str, why: Reason, *, at: int | None = None) -> None:
        """Writes the end; talk, billable seconds and time with the box follow from the parts. The first call counts."""
        if self.ended:
            return
        self.ended = True
        at_s = round(self.at() if at is None else max(0.0, (at - self.begun) / RATE), 3)
        self._post(
            rows.end,
            outcome=outcome,
            ended_ms=self.moment_ms(at_s),
            at_s=at_s,
            hung_up_by=by,
            why=why.id,
            fields=dict(why.fields),
            ring_s=at_s if self.answered_at is None else None,
            billable=self._tariff().billable_s,
        )
        self.stage = "ended"
        self.columns["outcome"] = outcome
        # Everything written for this call is on the disk after it, or the disk has failed and all of it waits
        await self._patiently(self._keep(lambda connection: None))
        self._publish()

    async def finish(self, ending: Ending) -> None:
        """As ``end``."""
        await self.end(ending.outcome, ending.by, ending.why, at=ending.at)

    def live(self) -> dict[str, Any]:
        """What pages show of a call going on."""
        shown = (
            "direction",
            "line",
            "port",
            "number_raw",
            "number_e164",
            "presentation",
            "name",
            "contact",
            "emergency",
            "drill",
            "outcome",
        )
        now = {"id": self.id, "stage": self.stage, "started_ms": self.started_ms, "waiting": self.waiting}
        return now | {key: self.columns.get(key) for key in shown}

    def _publish(self) -> None:
        self._events.publish("call", self.live())

    def _has_row(self, writing: asyncio.Task[Any]) -> None:
        """The row is on the disk: what was noted meanwhile follows."""
        self.id = writing.result()
        held, self._held = self._held, []
        for fn, args, kwargs in held if self.id is not None else []:
            self._post(fn, *args, **kwargs)

    def _post(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Hands a write over; what goes wrong is logged, the store's health tells the page."""
        if self.id is None:
            self._held.append((fn, args, kwargs))
            return
        try:
            kept = self._database.keep(fn, self.id, *args, **kwargs)
        except StoreError as error:
            log.error("call log: %s", error)
            return
        kept.done.add_done_callback(_report)
        self._loop.keep_pace(kept.tried, 1)

    async def _write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of a write once it is on the disk, however long that takes; None where the store fails."""
        try:
            return await self._loop.settle(self._database.write(fn, *args, **kwargs))
        except Exception as error:  # whatever fails there, nobody's conversation ends for the log of it
            log.error("call log: %s", error)
            return None

    async def _keep(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As ``_write``, but a disk that fails is waited for."""
        try:
            kept = self._database.keep(fn, *args, **kwargs)
            with contextlib.suppress(Exception):  # that is the pace; what counts is what the store says
                await self._loop.settle(kept.tried)
            return await asyncio.wrap_future(kept.done)
        except Exception as error:  # whatever fails there, nobody's conversation ends for the log of it
            log.error("call log: %s", error)
            return None

    async def _settle(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As ``_write``, but None after PATIENCE_S: the write goes on without anybody waiting for it."""
        return await self._patiently(self._write(fn, *args, **kwargs))

    async def _patiently(self, write: Coroutine[Any, Any, Any]) -> Any:
        writing = asyncio.ensure_future(write)
        await asyncio.wait({writing}, timeout=PATIENCE_S)
        return writing.result() if writing.done() else None


def _report(future: concurrent.futures.Future[Any]) -> None:
    error = future.exception()
    if error is not None:
        log.error("call log: %s", error)
