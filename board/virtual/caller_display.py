"""The display of a telephone that shows who calls: after the first ring, and in a conversation (type II).

In a conversation it listens for the alerting signal (CAS); it then mutes ear and mouthpiece, answers with DTMF D and
waits for the message (Telcordia GR-30-CORE, ETSI EN 300 659-2). Without one it gives ear and mouthpiece back after
``WAIT_MS``.

Life cycle: ``Handset.display_callers`` fits one; the handset gives it every block that comes over the pair, on hook by
``on_hook``, in a conversation by ``in_call``, and asks ``answers`` for what it sends itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from board.virtual.hookwatch import samples
from board.virtual.sound import SILENCE, Samples
from drivers.signals.callerid.receiver import CallerId, CallerIdReceiver
from drivers.signals.cas import CasDetector
from drivers.signals.tones import dtmf
from firmware.hat.protocol import BLOCK

ANSWER_AFTER_MS = 20  # of the 100 ms that are allowed after the signal, the detector takes 25 to 45
ANSWER_MS = 60  # 55 to 65 ms
WAIT_MS = 500  # for a message to begin; afterwards the conversation has the ear again
LONGEST_MS = 2000  # a message, whatever comes
SILENT = 100  # a block with no sample above this holds no message


class CallerDisplay:
    """One display. ``shown`` has what it showed, the last one last; ``in_talk`` how many of them in a conversation."""

    def __init__(self, schemes: Sequence[str]) -> None:
        """``schemes``: those of the country, as `callerid.messages.SCHEMES` names them."""
        self.shown: list[CallerId] = []
        self.in_talk: list[CallerId] = []
        self._rings = CallerIdReceiver(schemes)
        self._inside = set(schemes) & {"bell202", "v23"}
        self.put_down()

    def put_down(self) -> None:
        """The conversation is over."""
        self._detector = CasDetector()
        self._receiver: CallerIdReceiver | None = None
        self._answer: list[Samples] = []
        self._heard = self._silent = 0  # blocks since the signal, and of silence on end

    def on_hook(self, block: Samples) -> None:
        """A block that came over the pair on hook."""
        self.shown += self._rings.feed(block)

    def in_call(self, block: Samples) -> Samples:
        """A block of the conversation; what the ear gets of it."""
        if self._receiver is None:
            if self._inside and self._detector.feed(block):
                self._receiver = CallerIdReceiver(self._inside)
                tone = dtmf("D", ANSWER_MS, 0).read(samples(ANSWER_MS))
                whole = np.concatenate([np.zeros(samples(ANSWER_AFTER_MS), np.int16), tone])
                whole = np.pad(whole, (0, -whole.size % BLOCK))
                self._answer = list(whole.reshape(-1, BLOCK))
                self._heard = self._silent = 0
            return block
        self._heard += 1
        self._silent = 0 if np.abs(block.astype(np.int32)).max() > SILENT else self._silent + 1
        found = self._receiver.feed(block)
        self.shown += found
        self.in_talk += found
        if found or self._silent * BLOCK >= samples(WAIT_MS) or self._heard * BLOCK >= samples(LONGEST_MS):
            self.put_down()
        return SILENCE

    def answers(self) -> Samples | None:
        """What it sends in the mouthpiece's place; None while the conversation has the mouthpiece."""
        if self._receiver is None:
            return None
        return self._answer.pop(0) if self._answer else SILENCE
