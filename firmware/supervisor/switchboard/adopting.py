"""A conversation that outlived the program: the HAT kept it bridged while the supervisor was away.

The call's row, marked interrupted at the start, goes on: it is billed to the second as if nothing had happened, and the
timeline says what did. Life cycle: ``resume`` from the first report of the HAT until one side puts down.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING

from drivers.link import LinkError
from drivers.ports.port import Port
from firmware.supervisor.calls import bridges, lines
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.store import calls
from firmware.supervisor.switchboard import waiting

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

log = logging.getLogger(__name__)

LOOK_BACK_MS = 24 * 3600 * 1000


async def resume(box: Box, first: Port, handset: Port) -> None:
    """Sees a bridged pair to its end; ``first`` is the line, or the other handset."""
    near, far = Leg(handset), Leg(first)
    near.ignore_tones = far.ignore_tones = True
    call = box.new_call()
    line = first.name if first.kind == "line" else None
    try:
        row = await _row(box, line, handset)
        if row is None:
            log.warning("handset %s talks on %s, and no row of the log knows of it", handset.name, first)
            call.ended = True
        else:
            call.resume(row)
            call.note("decision", "the box was restarted; the conversation went on")
            if row["answered_by"] is None:
                call.answered_by("unknown")  # it was answered while nobody listened
            if line is not None:
                box.on_line[line] = call
        async with closing(call, "connected"):
            await _talk(box, call, near, far)
    finally:
        await _let_go(box, near, far)
        if line is not None:
            box.leave_line(line, call)


async def _row(box: Box, line: str | None, handset: Port) -> sqlite3.Row | None:
    """The row that the conversation belongs to; None where the store has none or fails: people talk all the same."""
    since_ms = box.calendar.now_ms() - LOOK_BACK_MS
    try:
        return await box.loop.settle(box.database.write(calls.reopen, line, handset.name, since_ms))
    except Exception:
        log.exception("the row of the conversation of handset %s", handset.name)
        return None


async def _talk(box: Box, call: Call, near: Leg, far: Leg) -> None:
    """Until one side puts down; then they are taken apart."""
    try:
        async with contextlib.AsyncExitStack() as listening:
            if far.port.kind == "line":
                await listening.enter_async_context(waiting.Watch(box, call, far, near))
            leg, gone = await bridges.until_one_goes(near, far)
    finally:
        await bridges.unbridge(near, far)
    why = gone.why if leg is far else f"handset {near.port.name} put down"
    outcome = "interrupted" if gone.by == "link" else "connected"
    await call.end(outcome, gone.by, why, at=gone.at)


async def _let_go(box: Box, near: Leg, far: Leg) -> None:
    if far.port.kind == "handset":
        box.leave_off_hook(far)
    else:
        try:
            await lines.let_go(far)
        except LinkError as error:
            log.warning("%s: %s", far.port, error)
    box.leave_off_hook(near)
