"""A fax machine calls: the call is handed to the fax gateway, block by block, until the pages are in.

In lockstep each block waits for its answer; in real time an answer that is late is replaced by silence, and a gateway
that dies ends the call with what is known.
"""

from __future__ import annotations

import dataclasses
import logging
import socket
from collections import deque
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.datatones import CallingToneDetector
from drivers.signals.v21 import PreambleDetector
from firmware.fax_files import Report
from firmware.hat import protocol as p
from firmware.hat.cobs import frame
from firmware.supervisor.calls.endings import FAX
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.fax.gateway import Gateway

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

FINISH_S = 20.0  # after the line has gone, for the TIFF to be closed
ANSWER_S = 20.0  # in lockstep: a gateway that computes this long on one block hangs
HELD = 3  # answers kept in real time; more is delay that T.30 does not like
_PACKET = 65536
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
    """One port joined to the gateway: a tap for what is heard, a source for what is said.

    ``report``: how far it is, by the gateway's last word. ``answered``: the caller speaks as a fax machine does.
    ``tiff``: relative to the folder of faxes. ``skip_tone``: begins by asking, without the answering tone. Raises
    OSError.
    """

    def __init__(
        self, leg: Leg, law: g711.Law, home: Path, tiff: str, *, lockstep: bool, skip_tone: bool = False
    ) -> None:
        self.done = False
        self.report = Report()
        self.answered = False
        self._flags = PreambleDetector()
        self._quiet: int | None = None  # blocks since it last said something
        self._leg = leg
        self._law = law
        self._lockstep = lockstep
        self._answers: deque[bytes] = deque()
        self._seq = 0
        self._gateway = Gateway(home, job="receive", tiff=tiff, law=law, skip_tone=skip_tone)
        self.socket = self._gateway.socket
        self.socket.settimeout(ANSWER_S if lockstep else 0.0)
        self._ready = False  # a gateway that only starts is told nothing: it would answer all of it at once
        if lockstep:
            self._wait_until_ready()
        self._listening = leg.port.tap(self._tap)
        leg.port.play(self)

    def read(self, count: int) -> Samples:
        """What the fax terminal says; silence where its answer is late."""
        if not self.done:
            self._take_answers()
        if not self._answers:
            return np.zeros(count, np.int16)
        said = g711.decode(np.frombuffer(self._answers.popleft(), np.uint8), self._law)
        if np.abs(said).max() > _SOUND:
            self._quiet = 0
        return said

    def has_waited(self, seconds: float) -> bool:
        """Whether it is done, is answered, or nobody has answered for so long what it said."""
        waited = self._quiet is not None and self._quiet >= seconds * p.RATE / p.BLOCK
        return self.done or self.answered or waited

    def finish(self) -> Report:
        """Ends the call at the gateway and waits for its last word. Blocks up to FINISH_S; call it off the loop."""
        try:
            self.socket.settimeout(FINISH_S)
            self.socket.shutdown(socket.SHUT_WR)
            while not self.report.over and (packet := self.socket.recv(_PACKET)):
                self._take(packet)
        except OSError as error:
            log.warning("fax gateway: %s", error)
        self._gateway.close(FINISH_S)
        return self.report if self.report.over else dataclasses.replace(self.report, why=Report.GATEWAY_ENDED)

    def has_more_than(self, pages: int) -> bool:
        """Whether it is done, or another page has come."""
        return self.done or self.report.pages > pages

    def close(self) -> None:
        """Takes the tap off."""
        self._listening.close()

    def _tap(self, raw: Samples, heard: Samples) -> None:
        """T.30 is half duplex: it gets the line as it is, without echo cancelling."""
        if not self._ready:
            return
        self._listen(raw)
        self._seq = (self._seq + 1) & 0xFFFF
        codes = g711.encode(raw, self._law).tobytes()
        try:
            self.socket.sendall(frame(p.AUDIO_UP, 0, self._seq, 0, p.pack(p.AUDIO_UP, 0, 0, 0, codes)))
        except BlockingIOError:
            return  # it is seconds behind, perhaps on the disk: it loses this block, and T.30 repeats what it must
        except OSError:
            self._ended()

    def _listen(self, raw: Samples) -> None:
        """Whether the other side speaks, while this one is silent: what comes back of our own words is no answer."""
        if self._quiet is None or self.answered:
            return
        self._quiet += 1
        if self._quiet <= _ECHO_BLOCKS:
            self._flags.reset()
        elif self._flags.feed(raw):
            self.answered = True
        self._leg.wake()

    def _wait_until_ready(self) -> None:
        try:
            while not self._ready and (packet := self.socket.recv(_PACKET)):
                self._take(packet)
        except OSError as error:
            log.warning("fax gateway: %s", error)
        self.done = self.done or not self._ready

    def _take_answers(self) -> None:
        before = len(self._answers)
        try:
            while not self.done:
                packet = self.socket.recv(_PACKET)
                if not packet:
                    self._ended()
                    return
                self._take(packet)
                if self._lockstep and len(self._answers) > before:
                    return
        except BlockingIOError:
            while len(self._answers) > HELD:
                self._answers.popleft()
        except OSError:
            self._ended()

    def _take(self, packet: bytes) -> None:
        for told in self._gateway.frames(packet):
            if isinstance(told, Report):
                self._ready = True
                self.report = told
                self.done = self.done or told.over
                self._leg.wake()
            else:
                self._answers.append(told)

    def _ended(self) -> None:
        self.done = True
        self._leg.wake()
