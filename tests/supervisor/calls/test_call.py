"""A call's row and timeline in a real store, on a clock of its own."""

from __future__ import annotations

from pathlib import Path

from drivers.clock import Calendar, SampleLoop
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.writing import NOTES
from firmware.supervisor.events import Events
from firmware.supervisor.rules.billing import Tariff
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.store.database import Database


def test_a_caller_cannot_fill_the_disk_with_what_is_noted(tmp_path: Path) -> None:
    """The timeline says that more has happened; the end of the call is written all the same."""
    database = Database(tmp_path / "frontdesk.db")
    loop = SampleLoop()
    call = Call(loop, Calendar(loop), database, Events(), lambda: Tariff(1, 0))

    async def keys() -> None:
        await call.begin("in", "ringing", line="A")
        for _ in range(3 * NOTES):
            call.note("key", key="5")
        await call.end("no message", "box", because("no speech"))

    try:
        loop.run_until_complete(keys())
        rows = database.write(lambda c: [tuple(row) for row in c.execute("SELECT kind, why FROM call_events")]).result()
        outcome = database.write(lambda c: str(c.execute("SELECT outcome FROM calls").fetchone()[0])).result()
    finally:
        database.stop()
        loop.close()
    assert len(rows) == NOTES + 1
    assert rows[-2:] == [("decision", "not all written down"), ("end", "no speech")]
    assert outcome == "no message"
