"""The part of a call that belongs to a fax machine: the gateway takes the line, each page gets into the store."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware.fax_files import TIFF, Report
from firmware.supervisor.calls.call import Call, Ending
from firmware.supervisor.calls.legs import CalledOff, Gone, Leg
from firmware.supervisor.fax.library import fax_library
from firmware.supervisor.fax.line import FaxLine
from firmware.supervisor.recordings.recorder import recording_path

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

log = logging.getLogger(__name__)

LONGEST_S = 3600.0
ANSWER_S = 1.2  # after the question; T.30 has a machine answer within 0.1 s, and the network is 0.4 s long
LONGEST_QUESTION_S = 5.0  # with the start of the gateway


async def receive(box: Box, call: Call, leg: Leg) -> Ending:
    """Receives a fax on a leg whose caller has whistled. Never raises Gone: what came in is filed, however it ended."""
    call.note("decision", "the calling tone of a fax machine was heard: the fax is received")
    no_room = await call.no_room(box.settings)
    if no_room is not None:
        return Ending("fax", "box", no_room)
    path = _path(call)
    try:
        line = FaxLine(leg, box.bank.law, box.settings.home, path, lockstep=box.loop.lockstep)
    except OSError as error:
        log.error("fax gateway: %s", error)
        return Ending("fax", "box", Report.GATEWAY_ENDED)
    return await _receive(box, call, leg, line, path)


async def ask(box: Box, call: Call, leg: Leg, a_machine: Callable[[], None]) -> Ending | None:
    """A caller who has said nothing may be a fax machine that a person has started by hand: it is asked.

    None: it is none. ``a_machine`` is called once it is one; then as ``receive``. Raises Gone and CalledOff before.
    """
    if leg.gone is not None or not fax_library() or await call.no_room(box.settings) is not None:
        return None
    path = _path(call)
    try:
        line = FaxLine(leg, box.bank.law, box.settings.home, path, lockstep=box.loop.lockstep, skip_tone=True)
    except OSError as error:
        log.error("fax gateway: %s", error)
        return None
    try:
        await leg.until(functools.partial(line.has_waited, ANSWER_S), LONGEST_QUESTION_S)
    except (Gone, CalledOff):
        await _let_go(box, leg, line)
        raise
    if not line.answered:
        await _let_go(box, leg, line)
        return None
    a_machine()
    call.note("decision", "the caller answers as a fax machine does: the fax is received")
    return await _receive(box, call, leg, line, path)


async def _let_go(box: Box, leg: Leg, line: FaxLine) -> None:
    line.close()
    leg.port.playout.stop()
    await box.loop.job(line.finish)


def _path(call: Call) -> str:
    return recording_path(call.id or 0, "fax", call.moment_ms(call.at())).replace(".wav", TIFF)


async def _receive(box: Box, call: Call, leg: Leg, line: FaxLine, path: str) -> Ending:
    call.change(stage="receiving a fax")
    leg.port.listen_for_keys(False)
    leg.port.listen_for_tones(None)
    by, why, at = "box", "fax received", None
    try:
        await _pages(box, call, leg, line, path)
    except Gone as gone:
        by, why, at = gone.by, gone.why, gone.at
    finally:
        line.close()
        report = await box.loop.job(line.finish)
    call.note("fax", report.why, pages=report.pages, sender=report.sender, bit_rate=report.bit_rate)
    if report.pages:
        await call.fax(path, report.pages, report.sender, "waiting")
        box.fax_pictures.wake()
    if at is None and (report.why or not report.pages):
        why = report.why or "no page came"
    return Ending("interrupted" if by == "link" else "fax", by, why, at)


async def _pages(box: Box, call: Call, leg: Leg, line: FaxLine, path: str) -> None:
    """Until the machine is done: a page that its sender was told of is in the store. Raises Gone."""
    filed = Report()
    end = box.loop.time() + LONGEST_S
    while not line.done:
        if not await leg.until(functools.partial(line.has_more_than, filed.pages), end - box.loop.time()):
            return
        if line.report.pages > filed.pages:
            filed = line.report
            await call.fax(path, filed.pages, filed.sender, "receiving")
