"""Following a call that was dialled: what the line tells becomes the call's answer, its outcome and its timeline.

``exact``: the line's polarity reversed. ``estimated``: what ``drivers/signals/answer.py`` heard, at the moment it
happened. Once it has learnt what there is to learn it stops listening: nothing in a conversation is taken for a tone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.ports.port import Port, Tap
from drivers.signals.answer import AnswerDetector, CallFact
from drivers.signals.countries import Country
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import REASONS, Reason, because

Samples = npt.NDArray[np.int16]

# What the log says of a call that was not answered, by the last thing that was heard of it.
OUTCOMES = {"busy": "busy", "refused": "failed", "announcement": "failed", "ringing": "no answer"}
# Who answered, by what was heard last; until something was, it is a person.
ANSWERED_BY = {
    "person": "person", "machine": "voicemail", "beep": "voicemail", "unattended": "voicemail", "screener": "screener",
    "connected": "screener", "fax": "fax", "modem": "fax", "silence": "unknown", "busy": "busy",
    "announcement": "announcement",
}  # fmt: skip
SOMEBODY = frozenset({"person", "connected"})  # with these a person is there, from the fact's moment on


class AnswerWatch:
    """Follows one line from the end of dialling, ``listen``, to ``close``; tells the call when it is answered."""

    def __init__(self, line: Leg, call: Call, country: Country, ours: Port) -> None:
        """``ours``: the port of whoever talks on our side."""
        self._line = line
        self._call = call
        self._port = ours
        self._detector = AnswerDetector(country)
        self._begun = line.now
        self._polarity = line.reversed
        self._last = ""
        self._exact = False  # the line itself told when the call was answered
        self._listening: list[Tap] = []
        self._ours: Samples | None = None  # what the person at our end said in the newest block

    def listen(self) -> None:
        """The number has been sent, perhaps once more: what the line said before is of no account."""
        self.close()
        self._line.port.listen_for_tones(None)  # the detector hears them itself
        self._detector.reset()
        self._begun = self._line.now
        self._last = ""
        self._listening = [self._port.tap(self._said), self._line.port.tap(self._tap)]

    def close(self) -> None:
        """Stops watching."""
        for listening in self._listening:
            listening.close()

    def outcome(self, *, far_end_gone: bool) -> str:
        """What the log says of a call that is over."""
        if self._call.answered_at is not None:
            return "connected"
        return OUTCOMES.get(self._last, "failed" if far_end_gone else "cancelled")

    def _said(self, raw: Samples, heard: Samples) -> None:
        self._ours = heard

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if self._line.reversed != self._polarity:
            self._polarity = self._line.reversed
            self._answered("exact", None, because("reversal"))
        for fact in self._detector.feed(heard, self._ours):
            self._learn(fact)
        if self._detector.done and self._call.answered_at is not None:
            self.close()

    def _learn(self, fact: CallFact) -> None:
        at_s = self._call.clock.of(self._begun + fact.at)
        if fact.fact == "answered":
            self._answered("estimated", at_s, _why(fact))
            return
        if self._call.answered_at is None:
            self._last = fact.fact
        if fact.fact in ANSWERED_BY:
            exact = self._exact and fact.fact == "person"  # who picked up was there from the answer on
            since_s = self._call.answered_at if exact else at_s
            self._call.answered_by(ANSWERED_BY[fact.fact], since_s if fact.fact in SOMEBODY else None)
        self._call.note("tone", _why(fact), tone=fact.fact)

    def _answered(self, how: str, at_s: float | None, why: Reason) -> None:
        if self._call.answered_at is not None:
            return
        self._exact = how == "exact"
        self._call.answered(how, at_s)
        self._call.answered_by("person", self._call.answered_at)
        self._call.change(stage="talking")
        self._call.note("answered", why, how=how)


def _why(fact: CallFact) -> Reason:
    """What the detector was told by, with the number that it measured."""
    return because(fact.reason, **dict.fromkeys(REASONS[fact.reason], fact.measured))
