"""The exchange's register: collects what a line dials, by tones and by pulses, until it is a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from board.virtual.numbering import Decision, Plan
from board.virtual.sound import Samples
from drivers.signals.dtmf.receiver import DtmfReceiver


class Register:
    """One line's register. ``numbers`` gives the numbers that exist; ``digits`` is what was dialled so far."""

    def __init__(self, plan: Plan, numbers: Callable[[], list[str]]) -> None:
        self.digits = ""
        self.ends = ""
        """The key that ends a number and is no part of it: an adapter's ``#``."""
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
        if digit == self.ends:
            return replace(self._plan.decide(self.digits, self._numbers()), after_ms=0)
        self.digits += digit
        return self._plan.decide(self.digits, self._numbers())
