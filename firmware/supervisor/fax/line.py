"""A fax machine calls: the call is handed to the fax gateway, a bank of one port elsewhere, until the pages are in.

The line and that port are mixed, untouched: T.30 is half duplex and gets the line as it is. In real time an answer that
is late is replaced by silence; a gateway that dies ends the call with what is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.ports.port import Tap
from drivers.remote import Remote, RemoteBank
from drivers.signals import g711
from drivers.signals.datatones import CallingToneDetector
from drivers.signals.v21 import PreambleDetector
from drivers.uart import LinkError
from firmware.fax_files import Report
from firmware.hat import protocol as p
from firmware.supervisor.calls.endings import FAX
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.mixed import Mixed
from firmware.supervisor.fax.gateway import Gateway

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

FINISH_S = 20.0  # after the line has gone, for the TIFF to be closed
HELD = 3  # answers kept in real time; more is delay that T.30 does not like
_SOUND = 64  # a sample that is louder is said, not silence
_ECHO_BLOCKS = 5


class FaxWatch:
    """A tap that hears the calling tone of a fax machine (CNG, T.30) and ends the assistant's part of the call."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._detector = CallingToneDetector()
        self.heard = False
        self._listening = leg.port.tap(self._tap)

    def close(self) -> None:
        """Stops listening."""
        self._listening.close()

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if any(tone.tone == "cng" for tone in self._detector.feed(heard)):
            self.heard = True
            self.close()
            self._leg.call_off(FAX)


class FaxLine:
    """One port joined to the gateway.

    ``report``: how far it is, by the gateway's last word. ``answered``: the caller speaks as a fax machine does.
    ``tiff``: relative to the folder of faxes. ``skip_tone``: begins by asking, without the answering tone. Raises
    OSError. Nothing is heard or said before the gateway is ready: it would answer all of it at once.
    """

    def __init__(
        self, leg: Leg, law: g711.Law, home: Path, tiff: str, *, loop: SampleLoop, skip_tone: bool = False
    ) -> None:
        self.done = False
        self.report = Report()
        self.answered = False
        self._flags = PreambleDetector()
        self._quiet: int | None = None  # blocks since it last said something
        self._leg = leg
        self._gateway = Gateway(home, job="receive", tiff=tiff, law=law, skip_tone=skip_tone)
        self.link = Remote(loop, lambda: self._gateway.socket, HELD)
        self.link.on_log = self._told
        self._bank = RemoteBank(loop, self.link, law, ("fax",))
        self._bank.on_lost = lambda why: self._ended()
        leg.port.bank.beside.append(self._bank)
        self._mixed: Mixed | None = None
        self._listening: list[Tap] = []
        self._starting = asyncio.ensure_future(self._start())

    @property
    def joined(self) -> bool:
        """Whether the gateway is ready, and hears the line."""
        return self._mixed is not None

    def has_waited(self, seconds: float) -> bool:
        """Whether it is done, is answered, or nobody has answered for so long what it said."""
        waited = self._quiet is not None and self._quiet >= seconds * p.RATE / p.BLOCK
        return self.done or self.answered or waited

    def has_more_than(self, pages: int) -> bool:
        """Whether it is done, or another page has come."""
        return self.done or self.report.pages > pages

    def close(self) -> None:
        """Takes the two apart; ``finish`` comes after it."""
        self._starting.cancel()
        for tap in self._listening:
            tap.close()
        if self._mixed is not None:
            self._mixed.close()
        self._leg.port.bank.beside.remove(self._bank)
        self.link.leave()

    def finish(self) -> Report:
        """Ends the call at the gateway and waits for its last word. Blocks up to FINISH_S; call it off the loop."""
        try:
            words = self.link.last_words(FINISH_S)
        except OSError as error:
            log.warning("fax gateway: %s", error)
            words = []
        for text in words:
            with contextlib.suppress(ValueError):
                self.report = Report.from_json(text.encode())
        self._gateway.close(FINISH_S)
        return self.report if self.report.over else dataclasses.replace(self.report, why=Report.GATEWAY_ENDED)

    async def _start(self) -> None:
        """Joins the two as soon as the gateway is ready."""
        try:
            await self._bank.connect()
        except LinkError as error:
            log.warning("fax gateway: %s", error)
            self._ended()
            return
        (machine,) = self._bank.ports
        self._listening = [self._leg.port.tap(self._listen), machine.tap(self._speaks)]
        self._mixed = Mixed((self._leg.port, machine), untouched=True)

    def _speaks(self, raw: Samples, heard: Samples) -> None:
        if np.abs(raw).max() > _SOUND:
            self._quiet = 0

    def _listen(self, raw: Samples, heard: Samples) -> None:
        """Whether the other side speaks, while this one is silent: what comes back of our own words is no answer."""
        if self._quiet is None or self.answered:
            return
        self._quiet += 1
        if self._quiet <= _ECHO_BLOCKS:
            self._flags.reset()
        elif self._flags.feed(raw):
            self.answered = True
        self._leg.wake()

    def _told(self, level: int, text: str) -> None:
        with contextlib.suppress(ValueError):
            self.report = Report.from_json(text.encode())
            self.done = self.done or self.report.over
            self._leg.wake()

    def _ended(self) -> None:
        self.done = True
        self._leg.wake()
