"""The part of a call that belongs to a fax machine: the gateway takes the line, the log says what came."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from firmware.supervisor.calls.call import Call, Ending
from firmware.supervisor.calls.legs import Gone, Leg
from firmware.supervisor.fax.line import LONGEST_S, FaxLine, Received
from firmware.supervisor.recordings.recorder import recording_path

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

log = logging.getLogger(__name__)

FOLDER = "faxes"


async def receive(box: Box, call: Call, leg: Leg) -> Ending:
    """Receives a fax on a leg whose caller has whistled. Raises Gone only where the line is taken away."""
    path = recording_path(call.id or 0, "fax", call.moment_ms(call.at())).replace(".wav", ".tif")
    call.note("decision", "the calling tone of a fax machine was heard: the fax is received")
    call.change(stage="receiving a fax")
    leg.port.listen_for_keys(False)
    leg.port.listen_for_tones(None)
    line = FaxLine(leg, box.bank.law, box.settings.home / FOLDER / path, lockstep=box.loop.lockstep)
    by, why, at = "box", "fax received", None
    try:
        await leg.until(lambda: line.done, LONGEST_S)
    except Gone as gone:
        by, why, at = gone.by, gone.why, gone.at
    finally:
        line.close()
        received = await box.loop.job(line.finish)
    await _file(call, path, received)
    if at is None and not received.pages:
        why = received.why or "no page came"
    return Ending("interrupted" if by == "link" else "fax", by, why, at)


async def _file(call: Call, path: str, received: Received) -> None:
    call.note("fax", received.why, pages=received.pages, sender=received.ident, bit_rate=received.bit_rate)
    if received.pages:
        await call.fax(path, received.pages, received.ident)
