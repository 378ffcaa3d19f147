"""The exchange's register: collects what a line dials, by tones and by pulses, until it is a number."""

from __future__ import annotations

from collections.abc import Callable

from board.virtual.numbering import Decision, Plan
from board.virtual.sound import Samples
from drivers.signals.dtmf.receiver import DtmfReceiver


class Register:
    """One line's register. ``numbers`` gives the numbers that exist; ``digits`` is what was dialled so far."""

    def __init__(self, plan: Plan, numbers: Callable[[], list[str]]) -> None:
        self.digits = ""
        self._plan = plan
        self._numbers = numbers
        self._receiver = DtmfReceiver()

    def reset(self) -> None:
        """Ready for a new number."""
        self.digits = ""
        self._receiver.reset()

    def hear(self, samples: Samples) -> Decision | None:
        """Listens for keys in the line's sound; what the digits mean now, None if no key was pressed."""
        decision = None
        for digit in self._receiver.feed(samples):
            if digit.end is None:
                decision = self.take(digit.digit)
        return decision

    def take(self, digit: str) -> Decision:
        """One more digit; what the digits mean now."""
        self.digits += digit
        return self._plan.decide(self.digits, self._numbers())
