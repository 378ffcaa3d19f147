"""A second caller on a line that talks: the tone, the alerting signal, and caller ID in mid-call.

Telcordia GR-575 and GR-30-CORE (type II), ETSI EN 300 659-2: call-waiting tone, then CAS (2130 and 2750 Hz, 80 ms)
while the far party is muted; a telephone that can show caller ID mutes itself and answers with DTMF D (or A) within
160 ms; then the message comes without channel seizure. No answer: no message. The tone comes again every REPEAT_S.
"""

from __future__ import annotations

import numpy as np

from board.virtual.farcall import Call
from board.virtual.hookwatch import samples
from board.virtual.sound import SILENCE, Samples
from drivers.signals import cas, tonespec
from drivers.signals.countries import Country
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import BLOCK, RATE

TONE_MS = 300
TONE = "!440@-16/300"  # where the country's row names none
PAUSE_MS = 40  # between tone and CAS
ANSWER_MS = 260  # 160 ms until the acknowledgement begins, and its own length
ACKNOWLEDGEMENTS = "DA"
BEFORE_MESSAGE_MS = 100  # 60 to 300 ms
REPEAT_S = 10


class Waiting:
    """One caller who waits. ``sound`` while it is not None replaces the far party's voice."""

    def __init__(self, call: Call, country: Country, message: Samples | None, now: int) -> None:
        self.call = call
        self.shown = False
        """Whether the caller ID was asked for and sent."""
        self._ringback = ToneSource(country.tones["ringback"])
        tone = country.tones.get("call_waiting")
        source = ToneSource(tone if tone is not None else tonespec.parse(TONE))
        self._tone = source.read(samples(TONE_MS))
        self._message = message
        self._receiver = DtmfReceiver()
        self._playing = self._tone
        if message is not None:
            alert = ToneSource(tonespec.parse(cas.CAS)).read(samples(80))
            self._playing = np.concatenate([self._tone, np.zeros(samples(PAUSE_MS), np.int16), alert])
        self._from = now
        self._listening_until = 0
        self._again = now + REPEAT_S * RATE

    def sound(self, start: int) -> Samples | None:
        """What the line hears instead of the far party in the block that starts at ``start``."""
        if start >= self._again:
            self._from, self._playing = start, self._tone
            self._again = start + REPEAT_S * RATE
        at = start - self._from
        if at >= self._playing.size:
            return SILENCE if start < self._listening_until else None
        part = self._playing[max(0, at) : at + BLOCK]
        if at + BLOCK >= self._playing.size and self._message is not None and not self._listening_until:
            self._listening_until = self._from + self._playing.size + samples(ANSWER_MS)
        return np.pad(part, (0, BLOCK - part.size)) if part.size < BLOCK else part

    def hear(self, start: int, line: Samples | None) -> None:
        """Listens to the line for the acknowledgement, and lets the caller hear ringback."""
        self.call.party.hear(self._ringback.read(BLOCK))
        if line is None or self._message is None or not start < self._listening_until:
            return
        if any(digit.digit in ACKNOWLEDGEMENTS for digit in self._receiver.feed(line)):
            self._playing = np.concatenate([np.zeros(samples(BEFORE_MESSAGE_MS), np.int16), self._message])
            self._from = start + BLOCK
            self._listening_until = self._from + 1  # heard: listen no more
            self._message = None
            self.shown = True
