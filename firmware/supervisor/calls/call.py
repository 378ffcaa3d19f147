"""One call as the log keeps it: its row, its timeline and its parts, written to the store as they happen.

Life cycle: ``await begin()``, then ``note``, ``change`` and ``segment`` at any time, ``await end()`` once. Times inside
a call are seconds of its ``clock``. What it leaves behind, messages and faxes, its ``files`` take.

Failure behaviour: where the store fails or stands still the call goes on (`writing`): nobody waits for a disk longer
than PATIENCE_S, an emergency call least of all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Unpack, cast

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.calls.call_clock import CallClock
from firmware.supervisor.calls.endings import Ending
from firmware.supervisor.calls.filing import Filing
from firmware.supervisor.calls.writing import Writing, patiently
from firmware.supervisor.events import Events
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.reasons import Reason
from firmware.supervisor.store import calls as rows
from firmware.supervisor.store.calls import CallColumns
from firmware.supervisor.store.database import Database


class CallFacts(CallColumns, total=False):
    """What is known of a call that goes on: the columns of its row."""

    direction: str
    outcome: str


class Call:
    """A call going on. ``columns`` of its row are set by ``change``; ``stage`` says in a word where it is."""

    def __init__(
        self, loop: SampleLoop, calendar: Calendar, database: Database, events: Events, tariff: Callable[[], Tariff]
    ) -> None:
        self.clock = CallClock(loop, calendar)
        self.columns = CallFacts()
        self._writing = Writing(loop, database)
        self.files = Filing(self.clock, self._writing, events, self.columns)
        self._events = events
        self._tariff = tariff  # what is in force when the call ends
        self.stage = ""
        self.answered_at: float | None = None
        self.ended = False
        self.waiting: Mapping[str, str | None] | None = None  # a second caller in mid-call

    @property
    def id(self) -> int | None:
        """Of its row, once that is there."""
        return self._writing.id

    async def begin(self, direction: str, stage: str, **columns: Unpack[CallColumns]) -> None:
        """Writes the row; the call's clock starts here."""
        self.clock.begin()
        self.stage = stage
        started_ms, offset = self.clock.started_ms, self.clock.utc_offset_min
        self.columns["direction"] = direction
        self.columns.update(cast(CallFacts, columns))
        await self._writing.begin(rows.begin, direction, started_ms=started_ms, utc_offset_min=offset, **columns)
        self._publish()

    def resume(self, row: sqlite3.Row) -> None:
        """Goes on with a row that an earlier run of the program began: the call's clock is as old as the row."""
        self._writing.id = row["id"]
        self.clock.resume(row["started_ms"], row["utc_offset_min"])
        if row["answered_ms"] is not None:
            self.answered_at = (row["answered_ms"] - row["started_ms"]) / 1000
        self.stage = "talking"
        known = {key: row[key] for key in row.keys() if key in CallFacts.__annotations__}  # noqa: SIM118
        self.columns.update(cast(CallFacts, known))
        self._publish()

    def change(self, stage: str | None = None, **columns: Unpack[CallColumns]) -> None:
        """Changes columns of the row, and where the call is."""
        if stage is not None:
            self.stage = stage
        self.columns.update(cast(CallFacts, columns))
        if columns:
            self._writing.post(rows.change, **columns)
        self._publish()

    def note(self, kind: str, why: Reason | None = None, **detail: Any) -> None:
        """Adds a line to the timeline, of now."""
        self.note_at(self.clock.at(), kind, why, **detail)

    def note_at(self, at_s: float, kind: str, why: Reason | None = None, **detail: Any) -> None:
        """Adds a line of ``at_s`` into the call."""
        self._writing.note(at_s, kind, why, detail)

    def answered(self, how: str, at_s: float | None = None) -> None:
        """The call was answered now, or at ``at_s``; ``how`` is "exact" or "estimated". The first answer stays."""
        if self.answered_at is not None:
            return
        self.answered_at = self.clock.at() if at_s is None else at_s
        self.change(
            answered_how=how, answered_ms=self.clock.moment_ms(self.answered_at), ring_s=round(self.answered_at, 3)
        )

    def answered_by(self, who: str, at_s: float | None = None) -> None:
        """Whom the call has reached, in a word of the column; two people are together since ``at_s``.

        A "person" is there from now on where ``at_s`` is not given; a "screener" has put one on only where it is.
        """
        since_s = self.clock.at() if at_s is None and who == "person" else at_s
        self.change(answered_by=who, person_ms=None if since_s is None else round(1000 * since_s))

    def waits(self, caller: Mapping[str, str | None] | None) -> None:
        """Somebody waits on the same line in mid-call (``number``, ``name``, ``reason``); None: nobody any more."""
        self.waiting = caller
        self._publish()

    def also(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Writes something else about this call, once its row is there: ``fn(connection, call id, ...)``."""
        self._writing.post(fn, *args, **kwargs)

    def segment(self, kind: str, who: str) -> None:
        """From now on the call is with ``who``; the part before ends here."""
        self._writing.post(rows.next_segment, kind, who, round(self.clock.at(), 3))

    async def end(self, outcome: str, by: str, why: Reason, *, at: int | None = None) -> None:
        """Writes the end; talk, billable seconds and time with the box follow from the parts. The first call counts."""
        if self.ended:
            return
        self.ended = True
        at_s = round(self.clock.at() if at is None else max(0.0, self.clock.of(at)), 3)
        self._writing.post(
            rows.end,
            outcome=outcome,
            ended_ms=self.clock.moment_ms(at_s),
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
        await patiently(self._writing.kept(lambda connection: None))
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
        now = {"id": self.id, "stage": self.stage, "started_ms": self.clock.started_ms, "waiting": self.waiting}
        return now | {key: self.columns.get(key) for key in shown}

    def _publish(self) -> None:
        self._events.publish("call", self.live())
