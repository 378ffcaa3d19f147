"""Two far parties talking to each other through the exchange, after our line transferred the one to the other.

Our line has hung up and sees nothing of it any more. Ends when either party hangs up; the other is then cleared too.
"""

from __future__ import annotations

from board.virtual import farcall
from board.virtual.farcall import Call
from drivers.signals.tones import ToneSource
from firmware.hat.protocol import BLOCK


class Transfer:
    """``held`` waits for ``second``, which may still ring: it answers at sample ``answer_at`` (None: when told to)."""

    def __init__(self, held: Call, second: Call, ringback: ToneSource, answer_at: int | None, now: int) -> None:
        self._held = held
        self._second = second
        self._ringback = ringback
        self._answer_at = answer_at
        self._now = now
        held.circuit = second.circuit = self

    @property
    def over(self) -> bool:
        return self._held.state == farcall.CLEARED

    def far_answers(self, call: Call) -> None:
        """The second party answers."""
        if call is self._second and call.state == farcall.RINGING:
            call.become(farcall.CONNECTED, self._now)

    def far_hangs_up(self, call: Call, how: str) -> None:
        """One of the two hangs up: both calls are over."""
        for one in (self._held, self._second):
            if one.state != farcall.CLEARED:
                one.become(farcall.CLEARED, self._now, how)

    def tick(self, start: int) -> None:
        """One block: each hears the other, or the ringback tone."""
        self._now = start
        if self.over:
            return
        if self._second.state == farcall.RINGING:
            if self._answer_at is not None and start >= self._answer_at:
                self.far_answers(self._second)
            self._held.party.hear(self._ringback.read(BLOCK))
            return
        spoken = self._held.party.speak(), self._second.party.speak()
        self._second.party.hear(spoken[0])
        self._held.party.hear(spoken[1])
