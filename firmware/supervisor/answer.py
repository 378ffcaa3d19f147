"""Whether a call that was dialled has been answered, from what the line tells.

``exact``: the line's polarity reversed. ``estimated``: ringback was heard and has not come again when it should have,
or a voice was heard for a while without any tone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drivers.signals.progress import ToneHeard
from drivers.signals.voice import VoiceDetector
from firmware.hat.protocol import BLOCK, RATE
from firmware.supervisor.calls import Call
from firmware.supervisor.legs import HANG_UP_TONES, Leg

Samples = npt.NDArray[np.int16]

NO_WAY_TONES = {"reorder", "congestion", "unobtainable", "sit"}  # the network has no way there, or no such number
VOICE_S = 0.6  # of voice within the window: somebody is there
WINDOW_S = 2.0
GRACE_S = 1.0  # after ringback stopped: a busy tone may follow instead of a person
CONFIRM_S = 2.5  # after a voice was heard: what sounded like one may turn out to be a tone, known by its cadence
LEAK = 1 - BLOCK / (WINDOW_S * RATE)


class AnswerWatch:
    """Follows one line from the end of dialling; tells the call when it is answered. ``close`` ends it."""

    def __init__(self, line: Leg, call: Call) -> None:
        self._line = line
        self._call = call
        self._voice = VoiceDetector()
        self._voiced = 0.0  # blocks of voice, leaking away over WINDOW_S
        self._tone = ""  # sounding now
        self._last_tone = ""
        self._ringback_ended: float | None = None  # seconds into the call
        self._voice_at: float | None = None  # likewise: a voice, if no tone shows up after it
        self._polarity = line.reversed
        line.on_tone_heard = self._on_tone
        line.port.taps.append(self._tap)

    def close(self) -> None:
        """Stops watching."""
        self._line.on_tone_heard = lambda tone: None
        if self._tap in self._line.port.taps:
            self._line.port.taps.remove(self._tap)

    def outcome(self, *, far_end_gone: bool) -> str:
        """What the log says of a call that is over."""
        if self._call.answered_at is not None:
            return "connected"
        if self._last_tone == "busy":
            return "busy"
        if self._last_tone == "ringback":
            return "no answer"
        if self._last_tone in NO_WAY_TONES:
            return "failed"
        return "failed" if far_end_gone else "cancelled"

    def _on_tone(self, tone: ToneHeard) -> None:
        if self._call.answered_at is not None:
            return
        if tone.end is None:
            self._tone = self._last_tone = tone.tone
            self._ringback_ended = self._voice_at = None
            self._voiced = 0.0
            self._call.note("tone", tone=tone.tone)
            return
        self._tone = ""
        if tone.tone == "ringback":
            self._ringback_ended = (self._line.port.tones_since + tone.end - self._call.begun) / RATE

    def _tap(self, raw: Samples, heard: Samples) -> None:
        if self._call.answered_at is not None:
            return
        if self._line.reversed != self._polarity:
            self._answered("exact", None, "the line's polarity reversed")
        elif self._ringback_ended is not None and self._call.at() - self._ringback_ended > GRACE_S:
            self._answered("estimated", self._ringback_ended, "ringback stopped")
        elif self._voice_at is not None:
            if self._call.at() - self._voice_at > CONFIRM_S:
                self._answered("estimated", self._voice_at, "a voice was heard")
        elif not self._tone and self._last_tone not in HANG_UP_TONES:
            self._voiced = self._voiced * LEAK + self._voice.feed(heard)
            if self._voiced * BLOCK / RATE > VOICE_S:
                self._voice_at = self._call.at()

    def _answered(self, how: str, at_s: float | None, why: str) -> None:
        self._call.answered(how, at_s)
        self._call.change(stage="talking")
        self._call.note("answered", why, how=how)
