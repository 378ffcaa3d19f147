"""Caller ID: samples of an idle line in, callers out.

`CallerIdReceiver` runs every scheme it was given side by side: Bell 202 and V.23 FSK (SDMF, MDMF, with or without
channel seizure, so ring first, line reversal, RP-AS and DT-AS and call waiting alike), NTT, and DTMF.

Life cycle and arming. It is for the times at which a line may send caller ID, not for all day: the port keeps the last
3 s of on-hook audio; when a ring or a line reversal begins it makes (or resets) a receiver, feeds it that history in
pieces, then the live blocks until the call is answered or stops. For call waiting it is armed when `cas.CasDetector`
reports a CAS, and dropped 1 s later if nothing was heard. While the line is silent a block costs a few microseconds.
An FSK message is told within 40 ms of its last bit; a DTMF one at its end mark, or 0.5 s after the last bare digit.

Failure behaviour. Whatever is on the line, memory is bounded (4 s of soft bits, eight messages begun). A message whose
checksum or form is wrong is no caller. What is told is clean text, see `reading`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import fsk, levels
from drivers.signals.callerid.dtmf import DtmfCallerId
from drivers.signals.callerid.fsk import FskMessages, Heard
from drivers.signals.callerid.messages import SCHEMES, Message

BLOCK: Final = 160

_QUIET: Final = levels.amplitude(-48.0) ** 2 / 2  # power of a block in which no message can be
_HANGOVER: Final = 400  # samples decoded on after the sound has gone, for what the filters hold back
_SETTLE: Final = 160  # samples a message waits for the other modem's reading of the same sound


@dataclass(frozen=True, kw_only=True)
class CallerId(Message):
    """A caller ID message heard on the line: what it says, and how and when it came.

    `scheme` is one of SCHEMES. `start` and `end` in samples since the receiver's start: the first and the last bit of
    the message proper (of the first and last digit for DTMF).
    """

    scheme: str
    start: int
    end: int


class CallerIdReceiver:
    """Hears caller ID by every scheme named. ValueError for an unknown one."""

    def __init__(self, schemes: Iterable[str] = SCHEMES) -> None:
        chosen = frozenset(schemes)
        unknown = chosen - set(SCHEMES)
        if unknown or not chosen:
            raise ValueError(f"caller ID: schemes are {sorted(chosen)}, expected some of {', '.join(SCHEMES)}")
        modems = []
        if "bell202" in chosen:
            modems.append(FskMessages(fsk.BELL_202, plain=True, ntt=False))
        if chosen & {"v23", "ntt"}:
            modems.append(FskMessages(fsk.V23, plain="v23" in chosen, ntt="ntt" in chosen))
        self._modems = modems
        self._dtmf = DtmfCallerId() if "dtmf" in chosen else None
        self._band_pass = fsk.BandPass()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sample fed is sample 0."""
        self._position = 0
        self._rest = np.zeros(0, np.int16)
        self._sounding = 0  # samples still to be decoded after the last loud block
        self._lead = np.zeros(0, np.int16)  # the silence before a sound, given to the filters first
        self._waiting: list[Heard] = []
        self._band_pass.reset()
        for modem in self._modems:
            modem.reset(0)
        if self._dtmf is not None:
            self._dtmf.reset()

    def feed(self, samples: npt.NDArray[np.int16]) -> list[CallerId]:
        """Hear the next samples (int16, any length); the messages that became complete."""
        callers: list[CallerId] = []
        if self._rest.size:
            samples = np.concatenate([self._rest, samples])
        whole = samples.size // BLOCK * BLOCK  # heard in blocks of one size, so that the size fed changes nothing
        self._rest = samples[whole:].copy()
        for start in range(0, whole, BLOCK):
            piece = samples[start : start + BLOCK]
            if self._modems:
                self._hear_fsk(piece)
            if self._dtmf is not None:
                callers += [_told("dtmf", *found) for found in self._dtmf.feed(piece)]
            self._position += piece.size
            callers += self._settled()
        return callers

    def _hear_fsk(self, piece: npt.NDArray[np.int16]) -> None:
        wide = piece.astype(np.float32)
        loud = float(np.dot(wide, wide)) > _QUIET * piece.size
        if loud:
            if self._sounding <= 0:
                self._band_pass.reset()
                begin = self._position - self._lead.size - fsk.DELAY
                for modem in self._modems:
                    modem.reset(begin)
                piece = np.concatenate([self._lead, piece])
            self._sounding = _HANGOVER
        elif self._sounding > 0:
            self._sounding -= piece.size
        self._lead = piece[-fsk.LEAD :].copy()
        if self._sounding > 0 or loud:
            filtered = self._band_pass.feed(piece)
            for modem in self._modems:
                self._waiting += modem.feed(filtered)

    def _settled(self) -> list[CallerId]:
        """The FSK messages that nothing can overtake any more, each once, from the modem that heard it clearest."""
        told: list[CallerId] = []
        while self._waiting and (self._position > self._waiting[0].end + _SETTLE + fsk.DELAY or not self._sounding > 0):
            first = self._waiting[0]
            same = [heard for heard in self._waiting if heard.start < first.end and first.start < heard.end]
            best = max(same, key=lambda heard: heard.clearness)
            self._waiting = [heard for heard in self._waiting if heard not in same]
            told.append(_told(best.scheme, best.message, best.start, best.end))
        return told


def _told(scheme: str, message: Message, start: int, end: int) -> CallerId:
    return CallerId(**vars(message), scheme=scheme, start=max(start, 0), end=end)
