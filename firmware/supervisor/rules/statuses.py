"""The eight statuses of an office, and who may reach it in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

STATUSES = ("working", "meeting", "out", "unavailable", "vacation", "trip", "after hours", "weekend")

AUTOMATIC = "automatic"  # in a status's place: nobody has set one

CLASSES = ("contact", "unknown", "withheld")
"""Callers by what the line said of them: a number of a contact; another number, or none; a number that is kept back."""

EVERYBODY = frozenset(CLASSES)


@dataclass(frozen=True)
class Policy:
    """Who may reach somebody: ``admits`` classes of callers, and caller groups by their name."""

    admits: frozenset[str]


DEFAULTS = {status: Policy(EVERYBODY if status == "working" else frozenset()) for status in STATUSES}
"""Without a rule for a status: everybody while the office works, otherwise nobody; who is not admitted leaves word."""


@dataclass(frozen=True)
class Set:
    """A status that a person has set. It holds until ``until``, local time; None is until it is changed."""

    status: str
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it still does at ``at``."""
        return self.until is None or at < self.until
