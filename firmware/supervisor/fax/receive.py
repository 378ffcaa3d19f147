"""The part of a call that belongs to a fax machine: the gateway takes the line, each page gets into the store."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from drivers.clock import SampleLoop
from drivers.signals import g711
from firmware.fax_files import TIFF, Report
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.endings import CalledOff, Ending, Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.fax.library import fax_library
from firmware.supervisor.fax.line import FaxLine
from firmware.supervisor.fax.pictures import Pictures
from firmware.supervisor.recordings.recorder import recording_path
from firmware.supervisor.rules.reasons import Reason, because, from_elsewhere
from firmware.supervisor.settings.in_force import Settings

log = logging.getLogger(__name__)

LONGEST_S = 3600.0
ANSWER_S = 1.2  # after the question; T.30 has a machine answer within 0.1 s, and the network is 0.4 s long
LONGEST_QUESTION_S = 5.0  # with the start of the gateway


class FaxReception:
    """Receives faxes for the calls of a box."""

    def __init__(self, loop: SampleLoop, settings: Settings, law: g711.Law, pictures: Pictures) -> None:
        self._loop = loop
        self._settings = settings
        self._law: g711.Law = law
        self._pictures = pictures

    async def receive(self, call: Call, leg: Leg) -> Ending:
        """Receives a fax on a leg whose caller has whistled. Never raises Gone: what came in is filed all the same."""
        call.note("decision", because("fax calling tone"))
        no_room = await call.files.no_room(self._settings)
        if no_room is not None:
            return Ending("fax", "box", no_room)
        path = _path(call)
        try:
            line = FaxLine(leg, self._law, self._settings.home, path, loop=self._loop)
        except OSError as error:
            log.error("fax gateway: %s", error)
            return Ending("fax", "box", because(Report.GATEWAY_ENDED))
        return await self._receive(call, leg, line, path)

    async def ask(self, call: Call, leg: Leg, a_machine: Callable[[], None]) -> Ending | None:
        """A caller who has said nothing may be a fax machine that a person has started by hand: it is asked.

        None: it is none. ``a_machine`` is called once it is one; then as ``receive``. Raises Gone and CalledOff before.
        """
        if leg.gone is not None or not fax_library() or await call.files.no_room(self._settings) is not None:
            return None
        path = _path(call)
        try:
            line = FaxLine(leg, self._law, self._settings.home, path, loop=self._loop, skip_tone=True)
        except OSError as error:
            log.error("fax gateway: %s", error)
            return None
        try:
            await leg.until(functools.partial(line.has_waited, ANSWER_S), LONGEST_QUESTION_S)
        except (Gone, CalledOff):
            await self._let_go(leg, line)
            raise
        if not line.answered:
            await self._let_go(leg, line)
            return None
        a_machine()
        call.note("decision", because("fax answers"))
        return await self._receive(call, leg, line, path)

    async def _let_go(self, leg: Leg, line: FaxLine) -> None:
        line.close()
        leg.port.playout.stop()
        await self._finished(leg, line)

    async def _finished(self, leg: Leg, line: FaxLine) -> Report:
        return await self._loop.job(line.finish, lane=f"fax {leg.port.name}")  # 40 s at worst: a lane a port

    async def _receive(self, call: Call, leg: Leg, line: FaxLine, path: str) -> Ending:
        call.change(stage="receiving a fax")
        leg.port.listen_for_keys(False)
        leg.port.listen_for_tones(None)
        by, why, at = "box", because("fax received"), None
        try:
            await self._pages(call, leg, line, path)
        except Gone as gone:
            by, why, at = gone.by, gone.why, gone.at
        finally:
            line.close()
            report = await self._finished(leg, line)
        call.note("fax", _why(report), pages=report.pages, sender=report.sender, bit_rate=report.bit_rate)
        if report.pages:
            await call.files.fax(path, report.pages, report.sender, "waiting")
            self._pictures.wake()
        if at is None and (report.why or not report.pages):
            why = _why(report) or because("no page came")
        return Ending("interrupted" if by == "link" else "fax", by, why, at)

    async def _pages(self, call: Call, leg: Leg, line: FaxLine, path: str) -> None:
        """Until the machine is done: a page that its sender was told of is in the store. Raises Gone."""
        filed = Report()
        end = self._loop.time() + LONGEST_S
        while not line.done:
            if not await leg.until(functools.partial(line.has_more_than, filed.pages), end - self._loop.time()):
                return
            if line.report.pages > filed.pages:
                filed = line.report
                await call.files.fax(path, filed.pages, filed.sender, "receiving")


def _path(call: Call) -> str:
    return recording_path(call.id or 0, "fax", call.clock.moment_ms(call.clock.at())).replace(".wav", TIFF)


def _why(report: Report) -> Reason | None:
    """Why the fax ended otherwise than by its end; what its program says in words of its own is shown as it is."""
    return from_elsewhere(report.why, "fax failed") if report.why else None
