"""Why the box did as it did, and why a call ended: an id and its fields, declared here once.

``calls.why`` and ``call_events.why`` keep the id, the event's detail the fields. The words live with who reads them
(`webui/reasons.py`, the log of a program); what was written before there were ids is shown as it is.
"""

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
    "nobody.waits": (),  # the caller would rather leave a message
    "call back asked": (),
    "longest call": (),  # of two lines, where neither may tell that somebody has hung up
    # how a party went
    "hung up": (),
    "handset put down": ("handset",),
    "rang off": (),
    "one short ring": (),  # the line's calls are forwarded, or the caller gave up at once
    "loop drop": (),
    "line dead": (),
    "out of order": ("fault",),  # the port; the HAT's words
    "link lost": ("error",),  # the HAT, or what plays one elsewhere
    "busy tone": (),
    "reorder tone": (),
    "congestion tone": (),
    "howler tone": (),
    "dial tone": (),
    "stutter tone": (),
    "unobtainable tone": (),
    "sit tone": (),
    "hung up on the page": (),
    "caller blocked": (),
    "taken over": (),
    "fax": (),
    "too long with the box": (),
    "emergency call": (),  # it needs the line
    "parallel telephone": (),
    "box stopping": (),
    "box stopped": (),  # during the call
    "log lost": (),  # of this call, with the database
    "internal error": (),
    # who takes a call
    "handset takes call": ("handset",),
    "handset lifted": (),
    "handset flashed": (),  # the exchange swaps two callers
    "box restarted": (),  # and the conversation went on
    # messages
    "pound": (),
    "silence": (),
    "longest message": (),
    "no speech": (),
    "message deleted": (),
    "message cut": (),  # only its beginning could be saved
    "message not saved": (),
    "quota full": (),
    "disk full": (),
    "disk unreadable": ("error",),
    "not spoken": (),  # a prompt
    # who calls, by the line
    "caller sent": ("form", "scheme"),
    "caller told": ("form",),  # by a modem
    "caller unreadable": (),
    "caller not sent": (),
    "waiting caller not told": (),
    "ring pattern": ("pattern",),
    # calling out
    "no line works": (),
    "no line is free": (),
    "line taken for an emergency": (),
    "emergency dialled": (),  # on a handset that talks
    "no dial tone": (),
    "late dial tone": (),  # what had been dialled was lost, and is sent again
    "refused without dial tone": (),  # what had been sent; the line is taken anew
    "drill takes no line": (),
    "drill calls nobody": (),
    "handset in use": (),
    "nobody came to the handset": (),
    "nobody lifted the handset": (),
    # what answered
    "reversal": (),
    "voice": (),
    "ringback tone": (),
    "ringback stopped": (),
    "spoke and waited": ("seconds",),
    "spoke without waiting": ("seconds",),
    "did not answer": ("seconds",),
    "answered what was said": (),
    "holds the line": (),
    "somebody after a screener": (),
    "nobody spoke": (),
    "beep": ("hertz",),
    "ced tone": (),
    "bell103 tone": (),
    # faxes
    "fax calling tone": (),
    "fax answers": (),
    "fax received": (),
    "fax failed": ("error",),  # its program's words
    "fax gateway ended": (),
    "fax disk full": (),
    "fax page too long": (),
    "no fax library": (),
    "no page came": (),
    # the log
    "not all written down": (),
    # the receptionist
    "led to": ("node", "place"),
    "was told": (),  # what the caller asked for
    # in a call
    "call.held": ("telephone",),  # who has asked for the assistant; the others wait
    "call.wish": ("wish", "number"),
    "call.rings": ("telephone",),  # for a transfer or a conference
    "call.unanswered": ("telephone",),
    "call.transferred": ("telephone",),
    "call.conference": ("telephone",),  # who has come to it
    "call.left": ("telephone",),  # the others talk on
    "call.parked": ("place", "telephone"),
    "call.picked_up": ("telephone",),
    "call.returns": ("telephone",),  # to who had it
    "call.nobody": ("telephone",),  # nobody came there
    "recording.begins": ("consent",),  # everybody was told, or has agreed
    "recording.stopped": (),
    "recording.refused": ("telephone",),  # who has not heard the notice to its end, or has not agreed
}
"""Id -> the names of its fields, all of them texts. An id once written into a log keeps its meaning."""

STATUS = frozenset(name for name in REASONS if name.startswith("status."))
CALLER = frozenset(name for name in REASONS if name.startswith("who."))
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


def from_elsewhere(text: str, otherwise: str) -> Reason:
    """What a driver or another process says: the id that it is, else ``otherwise`` with the text as its one field."""
    if REASONS.get(text) == ():
        return because(text)
    return because(otherwise, **dict.fromkeys(REASONS[otherwise], text))
