"""A call as the exchange has it, and how subscribers behave when they are rung."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from board.virtual.party import Party

LOOP_DROP, BUSY_TONE, REORDER_TONE, SILENCE, REVERSAL = "loop drop", "busy tone", "reorder tone", "silence", "reversal"
CLEARINGS = (LOOP_DROP, BUSY_TONE, REORDER_TONE, SILENCE, REVERSAL)
PRESENTATIONS = ("allowed", "private", "unavailable", "corrupt", "none")

RINGING, CONNECTED, CLEARED = "ringing", "connected", "cleared"


@dataclass(slots=True)
class Behaviour:
    """What happens when a subscriber is rung.

    ``answer_after_s`` seconds of ringback the party answers; None: it rings until ``call.answer()`` or the caller
    gives up. ``busy``: busy tone. ``reorder``: the network has no way there. ``no_such``: information tone, then
    reorder. ``reversal``: the exchange tells the answer by reversing polarity. ``on_call(call)`` runs when the call
    is set up: give the party its words, keep the call.
    """

    answer_after_s: float | None = 3.0
    busy: bool = False
    reorder: bool = False
    no_such: bool = False
    reversal: bool = False
    name: str = ""
    on_call: Callable[[Call], None] | None = None


class Carrier(Protocol):
    """What carries a call in the exchange: a line's circuit, or a transfer."""

    def far_hangs_up(self, call: Call, how: str) -> None:
        """The far party has hung up."""

    def far_answers(self, call: Call) -> None:
        """The far party of an outgoing call answers."""


@dataclass(slots=True)
class Call:
    """One call between a line of ours and a far party. Times are samples of the board's clock, or None."""

    direction: str  # "in": the far party rang our line; "out": our line dialled
    line: str
    number: str  # the far party's: as given for "in", the digits dialled for "out"
    name: str | None
    party: Party
    began: int
    presentation: str = "allowed"
    subscriber: str | None = None  # of an "out" call: the entry of ``exchange.subscribers`` that was reached
    emergency: bool = False
    state: str = RINGING
    why: str | None = None  # once cleared: "box", or how the far end cleared, or "busy", "caller gave up"
    connected_at: int | None = None
    cleared_at: int | None = None
    on_state: list[Callable[[Call], None]] = field(default_factory=list)
    circuit: Carrier | None = field(default=None, repr=False)

    def hang_up(self, how: str = LOOP_DROP) -> None:
        """The far party hangs up; our line is told by ``how``, one of CLEARINGS. Nothing if already cleared."""
        if how not in CLEARINGS:
            raise ValueError(f"hang up by {how!r}: expected one of {', '.join(CLEARINGS)}")
        if self.state != CLEARED and self.circuit is not None:
            self.circuit.far_hangs_up(self, how)

    def answer(self) -> None:
        """The far party of an outgoing call answers now. Nothing unless it is ringing."""
        if self.state == RINGING and self.direction == "out" and self.circuit is not None:
            self.circuit.far_answers(self)

    def become(self, state: str, at: int, why: str | None = None) -> None:
        """Moves the call on and tells its watchers; for the exchange."""
        self.state = state
        if state == CONNECTED:
            self.connected_at = at
        elif state == CLEARED:
            self.cleared_at = at
            self.why = why
            self.party.hush()
        for told in list(self.on_state):
            told(self)
