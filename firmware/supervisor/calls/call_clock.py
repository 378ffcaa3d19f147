"""A call's own clock: seconds of the sample clock since it began, and the calendar moment that they are."""

from __future__ import annotations

from datetime import datetime

from drivers.clock import Calendar, SampleLoop
from firmware.hat.protocol import RATE


class CallClock:
    """It stands at 0 until ``begin``."""

    def __init__(self, loop: SampleLoop, calendar: Calendar) -> None:
        self._loop = loop
        self._calendar = calendar
        self.begun = loop.samples
        self.started_ms = 0
        self.utc_offset_min = 0  # of local time, when it began

    def begin(self) -> None:
        """The call begins now."""
        self.begun = self._loop.samples
        self.started_ms = self._calendar.now_ms()
        self.utc_offset_min = self._calendar.utc_offset_min()

    def resume(self, started_ms: int, utc_offset_min: int) -> None:
        """The call began then, in an earlier run of the program."""
        self.started_ms, self.utc_offset_min = started_ms, utc_offset_min
        self.begun = self._loop.samples - round((self._calendar.now_ms() - started_ms) * RATE / 1000)

    def at(self) -> float:
        """Seconds since the call began."""
        return self.of(self._loop.samples)

    def of(self, samples: int) -> float:
        """Seconds into the call of a moment of the sample clock."""
        return (samples - self.begun) / RATE

    def moment_ms(self, at_s: float) -> int:
        """The calendar moment, in ms since 1970, of a time inside the call."""
        return self.started_ms + round(at_s * 1000)

    def now(self) -> datetime:
        """Local time."""
        return self._calendar.now()
