"""Why the box decided as it did: an id and its fields, declared here once. The words live with who reads them."""

from __future__ import annotations

from dataclasses import dataclass

REASONS: dict[str, tuple[str, ...]] = {
    # what the office is doing
    "status.set": ("status", "until"),  # by a person; until: local time, "" is until changed
    "status.event": ("status", "event"),
    "status.week": ("status", "days", "begins", "ends"),
    "status.outside": ("status",),  # no time of the week says anything else
    "status.no_week": ("status",),  # and there is no week
    # who calls
    "who.contact": ("contact",),
    "who.unknown": (),
    "who.withheld": (),
    # what follows
    "emergency": ("at",),  # somebody here called for help then: whoever calls may be those who were asked
    "blocked": ("rule",),
    "blocked.list": ("rule",),  # by the downloaded list
    "allowed": ("rule",),  # although another rule would block
    "line.message": ("line",),
    "admitted": ("status", "who"),
    "not_admitted": ("status",),
    # what a caller wants, and who is looked for
    "important": (),
    "reach.handset": ("telephone",),  # it rings
    "reach.outside": ("telephone",),  # it is called
    "reach.no_line": ("telephone",),  # no line is free to call it
    "reach.screener": ("telephone",),  # a machine asks there who calls
    "accepted": ("telephone",),
    "nobody.refused": ("telephone",),
    "nobody.message": ("telephone",),  # somebody there wants a message to be taken
    "nobody.reply": ("telephone", "reply"),  # and has the caller told something
    "nobody.blocked": ("telephone",),
    "nobody.unanswered": ("telephone",),
    "nobody.silent": ("telephone",),  # it was answered, and nobody has pressed a key
    "nobody.machine": ("telephone",),  # a voicemail, a fax
    "nobody.busy": ("telephone",),
    "nobody.failed": ("telephone",),
    "nobody.to_ring": (),  # no telephone is free
}
"""Id -> the names of its fields, all of them texts."""

STATUS = frozenset(name for name in REASONS if name.startswith("status."))
CALLER = frozenset(name for name in REASONS if name.startswith("who."))
REACHING = frozenset(("important", "accepted", *(name for name in REASONS if name.startswith(("reach.", "nobody.")))))
DECIDING = {
    "emergency": "reach",
    "blocked": "blocked",
    "blocked.list": "blocked",
    "line.message": "message",
    "admitted": "reach",
    "not_admitted": "message",
}
"""The reasons that end a decision -> what they lead to."""


@dataclass(frozen=True)
class Reason:
    """One reason. ``fields`` in the order of its declaration."""

    id: str
    fields: tuple[tuple[str, str], ...] = ()


def because(reason: str, **fields: str) -> Reason:
    """A declared reason with all of its fields; ValueError where the declaration differs."""
    names = REASONS.get(reason)
    if names is None or set(fields) != set(names):
        raise ValueError(f"reason {reason} with {', '.join(fields) or 'no fields'}: expected one of REASONS")
    return Reason(reason, tuple((name, fields[name]) for name in names))
