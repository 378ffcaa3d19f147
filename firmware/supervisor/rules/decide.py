"""What happens to a call that comes in: one pure function, asked by the line that rings, by the Test page, by the log.

Precedence, as docs/rules.md says it: an emergency call that was made just now; who is blocked; a line on which nobody
is to be reached; who may reach the office while it does what it does. Calls that go out never come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from firmware.supervisor.rules.callers import Caller, Screen, screened
from firmware.supervisor.rules.reasons import Reason, because
from firmware.supervisor.rules.schedule import Schedule, status_at
from firmware.supervisor.rules.statuses import DEFAULTS, Policy

CALLED_BACK = timedelta(hours=3)  # so long after an emergency call those who were called may call back

What = Literal["blocked", "reach", "message"]


@dataclass(frozen=True)
class Office:
    """How an office wants its calls answered. ``policies`` by status, ``DEFAULTS`` for the rest.

    ``message_lines``: the lines on which nobody is reached. ``groups``: their contacts' ids, by the group's name.
    ``emergency_at``: the wall clock when the last emergency call was made here.
    """

    schedule: Schedule = field(default_factory=Schedule)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    screens: Sequence[Screen] = ()
    message_lines: frozenset[str] = frozenset()
    groups: Mapping[str, frozenset[int]] = field(default_factory=dict)
    emergency_at: datetime | None = None

    def groups_of(self, contact: int) -> frozenset[str]:
        """The names of the groups that a contact is in."""
        return frozenset(name for name, members in self.groups.items() if contact in members)


@dataclass(frozen=True)
class Outcome:
    """``what``: "blocked" (the house never rings), "reach" (people are rung), "message" (the box takes one at once).

    ``reasons``, in the order of the decision; the last one decided.
    """

    what: What
    status: str
    reasons: tuple[Reason, ...]


def decide(at: datetime, line: str, caller: Caller, office: Office) -> Outcome:
    """The outcome for ``caller`` on ``line`` at the wall clock's ``at``, without zone."""
    status, why_status = status_at(at, office.schedule)
    reasons = [why_status, caller.why()]

    def outcome(what: What, reason: Reason) -> Outcome:
        return Outcome(what, status, (*reasons, reason))

    if office.emergency_at is not None and timedelta() <= at - office.emergency_at < CALLED_BACK:
        return outcome("reach", because("emergency", at=office.emergency_at.isoformat(timespec="minutes")))
    screen = screened(caller, office.screens)
    if screen is not None and screen.id != "allowed":
        return outcome("blocked", screen)
    if screen is not None:
        reasons.append(screen)
    if line in office.message_lines:
        return outcome("message", because("line.message", line=line))
    admits = office.policies.get(status, DEFAULTS[status]).admits
    for kind in (caller.kind, *sorted(caller.groups)):
        if kind in admits:
            return outcome("reach", because("admitted", status=status, who=kind))
    return outcome("message", because("not_admitted", status=status))
