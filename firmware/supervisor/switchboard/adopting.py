"""A conversation that outlived the program: the HAT kept it bridged while the supervisor was away.

The call's row, marked interrupted at the start, goes on: it is billed to the second as if nothing had happened, and the
timeline says what did. Life cycle: ``resume`` from the first report of the HAT until one side puts down.
"""

from __future__ import annotations

import logging
import sqlite3

from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.store import calls
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.talking import talk

log = logging.getLogger(__name__)

LOOK_BACK_MS = 24 * 3600 * 1000


async def resume(parts: Parts, first: Port, handset: Port) -> None:
    """Sees a bridged pair to its end; ``first`` is the line, or the other handset."""
    near, far = Leg(handset), Leg(first)
    near.ignore_tones = far.ignore_tones = True
    call = parts.live.new()
    line = first.name if first.kind == "line" else None
    try:
        row = await _row(parts, line, handset)
        if row is None:
            log.warning("handset %s talks on %s, and no row of the log knows of it", handset.name, first)
            call.ended = True
        else:
            call.resume(row)
            call.note("decision", because("box restarted"))
            if row["answered_by"] is None:
                call.answered_by("unknown")  # it was answered while nobody listened
            if line is not None:
                parts.lines.take(first, call)
        async with closing(call, "connected"):
            await _talk(parts, call, near, far)
    finally:
        await _let_go(parts, near, far)
        if line is not None:
            parts.lines.leave(line, call)


async def _row(parts: Parts, line: str | None, handset: Port) -> sqlite3.Row | None:
    """The row that the conversation belongs to; None where the store has none or fails: people talk all the same."""
    since_ms = parts.calendar.now_ms() - LOOK_BACK_MS
    try:
        return await parts.loop.settle(parts.database.write(calls.reopen, line, handset.name, since_ms))
    except Exception:
        log.exception("the row of the conversation of handset %s", handset.name)
        return None


async def _talk(parts: Parts, call: Call, near: Leg, far: Leg) -> None:
    """Until one side puts down; then they are taken apart."""
    ended = await talk(parts, call, near, far, bridged=True)
    await call.finish(ended.ending("connected"))


async def _let_go(parts: Parts, near: Leg, far: Leg) -> None:
    if far.port.kind == "handset":
        parts.off_hook.left(far)
    else:
        try:
            await lines.let_go(far)
        except LinkError as error:
            log.warning("%s: %s", far.port, error)
    parts.off_hook.left(near)
