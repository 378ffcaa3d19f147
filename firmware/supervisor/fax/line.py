"""A fax machine calls: the call is handed to the fax gateway, block by block, until the pages are in.

The gateway is a process of its own (``firmware/gateways/fax``) at the other end of a socket that carries the link's
frames. In lockstep each block waits for its answer; in real time an answer that is late is replaced by silence, and a
gateway that dies ends the call with what is known.
"""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.datatones import DataToneDetector
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse
from firmware.supervisor.calls.legs import FAX, Leg

log = logging.getLogger(__name__)

Samples = npt.NDArray[np.int16]

LONGEST_S = 3600.0
FINISH_S = 20.0  # after the line has gone, for the file and its PDF
ANSWER_S = 5.0  # in lockstep: a gateway that computes this long on one block hangs
HELD = 3  # answers kept in real time; more is delay that T.30 does not like


@dataclass(frozen=True)
class Received:
    """What the gateway reported. ``why``: in words, where nothing was received."""

    pages: int = 0
    ident: str = ""
    bit_rate: int = 0
    why: str = "the fax gateway ended"


class FaxWatch:
    """A tap that hears the calling tone of a fax machine (CNG, T.30) and ends the assistant's part of the call."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._detector = DataToneDetector()
        self.heard = False
        leg.port.taps.append(self._tap)

    def close(self) -> None:
        """Stops listening."""
        if self._tap in self._leg.port.taps:
            self._leg.port.taps.remove(self._tap)

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if any(tone.tone == "cng" for tone in self._detector.feed(heard)):
            self.heard = True
            self.close()
            self._leg.call_off(FAX)


class FaxLine:
    """One port joined to the gateway: a tap for what is heard, a source for what is said."""

    def __init__(self, leg: Leg, law: g711.Law, tiff: Path, *, lockstep: bool) -> None:
        ours, theirs = socket.socketpair()
        self.done = False
        self.received = Received()
        self._leg = leg
        self._law = law
        self._lockstep = lockstep
        self._socket = ours
        self._splitter = Splitter()
        self._answers: deque[bytes] = deque()
        self._seq = 0
        ours.settimeout(ANSWER_S if lockstep else 0.0)
        command = [sys.executable, "-m", "firmware.gateways.fax", "--fd", str(theirs.fileno())]
        self._process = subprocess.Popen(
            [*command, "--tiff", str(tiff), "--law", law], pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
        )
        theirs.close()
        leg.port.taps.append(self._tap)
        leg.port.play(self)

    def read(self, count: int) -> Samples:
        """What the fax terminal says; silence where its answer is late."""
        if not self.done:
            self._take_answers()
        silence = np.zeros(count, np.int16)
        return g711.decode(np.frombuffer(self._answers.popleft(), np.uint8), self._law) if self._answers else silence

    def finish(self) -> Received:
        """Ends the call at the gateway and waits for its report. Blocks up to FINISH_S; call it off the loop."""
        try:
            self._socket.settimeout(FINISH_S)
            self._socket.shutdown(socket.SHUT_WR)
            while not self.done and (data := self._socket.recv(65536)):
                self._take(data)
        except OSError as error:
            log.warning("fax gateway: %s", error)
        self._socket.close()
        try:
            self._process.wait(FINISH_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self.received

    def close(self) -> None:
        """Takes the tap off."""
        if self._tap in self._leg.port.taps:
            self._leg.port.taps.remove(self._tap)

    def _tap(self, raw: Samples, heard: Samples) -> None:
        """T.30 is half duplex: it gets the line as it is, without echo cancelling."""
        self._seq = (self._seq + 1) & 0xFFFF
        codes = g711.encode(raw, self._law).tobytes()
        try:
            self._socket.sendall(frame(p.AUDIO_UP, 0, self._seq, 0, p.pack(p.AUDIO_UP, 0, 0, 0, codes)))
        except OSError:
            self._ended()

    def _take_answers(self) -> None:
        try:
            before = len(self._answers)
            while not self.done:
                data = self._socket.recv(65536)
                if not data:
                    self._ended()
                    return
                self._take(data)
                if self._lockstep and len(self._answers) > before:
                    return
        except BlockingIOError:
            while len(self._answers) > HELD:
                self._answers.popleft()
        except OSError:
            self._ended()

    def _take(self, data: bytes) -> None:
        for piece in self._splitter.feed(data):
            try:
                kind, _, _, _, payload = parse(piece)
                if kind == p.AUDIO_DOWN:
                    self._answers.append(p.unpack(p.AUDIO_DOWN, payload)[0])
                elif kind == p.LOG:
                    self.received = _report(p.unpack(p.LOG, payload)[1])
                    self._ended()
            except (FrameError, p.ProtocolError):
                continue

    def _ended(self) -> None:
        self.done = True
        self._leg.wake()


def _report(text: bytes) -> Received:
    try:
        values: dict[str, Any] = json.loads(text)
        return Received(int(values["pages"]), str(values["ident"]), int(values["bit_rate"]), str(values["why"]))
    except (ValueError, KeyError, TypeError):
        return Received()
