"""Following a call that was dialled: what the line tells becomes the call's answer, its outcome and its timeline.

``exact``: the line's polarity reversed. ``estimated``: what ``drivers/signals/answer.py`` heard, at the moment it
happened. Once it has learnt what there is to learn it stops listening: nothing in a conversation is taken for a tone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.ports.port import Tap
from drivers.signals.answer import AnswerDetector, CallFact
from drivers.signals.countries import Country
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg

Samples = npt.NDArray[np.int16]

# What the log says of a call that was not answered, by the last thing that was heard of it.
OUTCOMES = {"busy": "busy", "refused": "failed", "ringing": "no answer"}
# Who answered, by what was heard of it. Until then it is a person: of a machine only its beep is sure, since half of
# the people who answer say a whole sentence too.
ANSWERED_BY = {"beep": "voicemail", "fax": "fax", "modem": "fax", "silence": "unknown", "busy": "busy"}


class AnswerWatch:
    """Follows one line from the end of dialling, ``listen``, to ``close``; tells the call when it is answered."""

    def __init__(self, line: Leg, call: Call, country: Country) -> None:
        self._line = line
        self._call = call
        self._detector = AnswerDetector(country)
        self._begun = line.now
        self._polarity = line.reversed
        self._last = ""
        self._listening: Tap | None = None

    def listen(self) -> None:
        """The number has been sent, perhaps once more: what the line said before is of no account."""
        self.close()
        self._line.port.listen_for_tones(None)  # the detector hears them itself
        self._detector.reset()
        self._begun = self._line.now
        self._last = ""
        self._listening = self._line.port.tap(self._tap)

    def close(self) -> None:
        """Stops watching."""
        if self._listening is not None:
            self._listening.close()

    def outcome(self, *, far_end_gone: bool) -> str:
        """What the log says of a call that is over."""
        if self._call.answered_at is not None:
            return "connected"
        return OUTCOMES.get(self._last, "failed" if far_end_gone else "cancelled")

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if self._line.reversed != self._polarity:
            self._polarity = self._line.reversed
            self._answered("exact", None, "the line's polarity reversed")
        for fact in self._detector.feed(heard):
            self._learn(fact)
        if self._detector.done and self._call.answered_at is not None:
            self.close()

    def _learn(self, fact: CallFact) -> None:
        at_s = (self._begun + fact.at - self._call.begun) / RATE
        if fact.fact == "answered":
            self._answered("estimated", at_s, fact.reason)
            return
        if self._call.answered_at is None:
            self._last = fact.fact
        if fact.fact in ANSWERED_BY:
            self._call.answered_by(ANSWERED_BY[fact.fact])
        self._call.note("tone", fact.reason, tone=fact.fact)

    def _answered(self, how: str, at_s: float | None, why: str) -> None:
        if self._call.answered_at is not None:
            return
        self._call.answered(how, at_s)
        self._call.answered_by("person", at_s)
        self._call.change(stage="talking")
        self._call.note("answered", why, how=how)
