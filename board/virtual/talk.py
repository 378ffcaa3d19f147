"""Who talks on one line: the call, a held one, a waiting one, and who hears whom.

The exchange's circuit owns one. Parties come and go by ``hold``, ``swap``, ``take``, ``end``; ``speak`` and ``hear``
carry one block of sound between the line and them.
"""

from __future__ import annotations

from board.virtual import farcall
from board.virtual.callwaiting import Waiting
from board.virtual.farcall import Call
from board.virtual.sound import Samples, mix


class Talk:
    """The parties of one line's talk."""

    def __init__(self) -> None:
        self.call: Call | None = None
        self.held: Call | None = None
        self.waiting: Waiting | None = None
        self.joined = False
        """The held party takes part."""
        self.alternating = False
        """The two calls came by call waiting: a flash swaps them instead of joining them."""
        self._across: tuple[Samples | None, Samples | None] = (None, None)  # what the two far parties say

    # Who

    def hold(self) -> None:
        """The call waits while the line does something else."""
        self.held, self.call = self.call, None

    def take_back(self) -> None:
        """The held call is the line's call again."""
        self.call, self.held = self.held, None
        self.joined = self.alternating = False

    def swap(self) -> None:
        """The line talks to the one who was held."""
        self.call, self.held = self.held, self.call

    def take_waiting(self, now: int) -> None:
        """The line talks to the caller who waited; the other is held."""
        if self.waiting is None:
            return
        call, self.waiting = self.waiting.call, None
        self.hold()
        self.call = call
        self.alternating = self.held is not None
        call.become(farcall.CONNECTED, now)

    def end(self, why: str, now: int) -> None:
        """The line's call is over."""
        call, self.call = self.call, None
        if call is not None:
            call.become(farcall.CLEARED, now, why)

    def aside(self, call: Call, why: str, now: int) -> bool:
        """A party that is held or waits hangs up; False if ``call`` is neither."""
        if call is self.held:
            self.held = None
            self.joined = self.alternating = False
        elif self.waiting is not None and call is self.waiting.call:
            self.waiting = None
            why = "caller gave up"
        else:
            return False
        call.become(farcall.CLEARED, now, why)
        return True

    # Sound

    def speak(self, start: int) -> Samples | None:
        """What the line hears."""
        if self.waiting is not None:
            sound = self.waiting.sound(start)
            if sound is not None:
                return sound
        if self.call is None:
            return None
        voice = self.call.party.speak()
        if self.held is None or not self.joined:
            return voice
        self._across = voice, self.held.party.speak()
        return mix(*self._across)

    def hear(self, start: int, line: Samples | None) -> None:
        """What the line says, to everybody who is to hear it."""
        if self.waiting is not None:
            self.waiting.hear(start, line)
        if self.call is None:
            return
        if self.held is not None and self.joined:
            self.held.party.hear(mix(line, self._across[0]))
            line = mix(line, self._across[1])
        self.call.party.hear(line)
