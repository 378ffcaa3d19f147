"""How a conversation ended."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.supervisor.calls.endings import Ending, Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import because


@dataclass(frozen=True)
class Ended:
    """Which leg went, and how."""

    leg: Leg
    gone: Gone

    def ending(self, outcome: str) -> Ending:
        """As the log has it; a handset that was put down is named."""
        put_down = self.gone.by == "handset"
        return Ending.of(
            self.gone, outcome, because("handset put down", handset=self.leg.port.name) if put_down else None
        )
