"""How a party went, how a dialog was called off, and how a call ended: three things, a word for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.supervisor.rules.reasons import Reason, because


class Gone(Exception):
    """The party on this leg is no longer there.

    ``by`` is a value of calls.hung_up_by, ``at`` when it went, on the sample clock: a hook or
    a tone is known later than it happened, and a call is billed to the second.
    """

    def __init__(self, by: str, why: Reason, at: int) -> None:
        super().__init__(why.id)
        self.by = by
        self.why = why
        self.at = at


TAKEN_OVER: Final = because("taken over")  # a handset was lifted for the call
FAX: Final = because("fax")  # a fax machine calls
TOO_LONG: Final = because("too long with the box")  # the line is wanted for others

POUND: Final = because("pound")  # how a recording ended, when it was not the dialog that did
SILENCE: Final = because("silence")
LONGEST: Final = because("longest message")


class CalledOff(Exception):
    """The box ends the dialog on this leg; the party is still there. ``why``: TAKEN_OVER, FAX or TOO_LONG."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.id)
        self.why = why


@dataclass(frozen=True)
class Ending:
    """How a call ended. ``at``: when, on the sample clock; None is now."""

    outcome: str
    by: str
    why: Reason
    at: int | None = None

    @classmethod
    def of(cls, gone: Gone, otherwise: str, why: Reason | None = None) -> Ending:
        """A party went: the outcome is ``otherwise``, unless it was the HAT that went."""
        return cls(
            "interrupted" if gone.by == "link" else otherwise, gone.by, gone.why if why is None else why, gone.at
        )
