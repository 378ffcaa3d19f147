"""How a scenario went, for people and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tools.scenario.log import Log


@dataclass
class Result:
    """How a scenario went. ``heard``: party -> WAV file of all that party heard."""

    failures: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    heard: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """The keys of COMMANDS.md, ``faxes``, and ``steps``: what happened when, on the sample clock."""
        return {
            "verdict": "pass" if self.passed else "fail",
            "failures": self.failures,
            "events": self.log.events,
            "calls": self.log.calls,
            "messages": self.log.messages,
            "faxes": self.log.faxes,
            "heard": self.heard,
            "steps": self.steps,
            "seconds": self.seconds,
        }
