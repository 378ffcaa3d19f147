"""The parties of a scenario on the virtual board: a caller on a line, somebody at a handset, a number that is dialled.

Each has the same face for the player: acts that raise CannotAct with a sentence when the moment does not allow them,
waits that say whether they are met, a mouth and an ear. What is heard is kept whole, by sample time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from board.virtual import farcall
from board.virtual.board import Board
from board.virtual.farcall import Behaviour, Call
from board.virtual.party import Party as Mouth
from tools.scenario.ears import Heard
from tools.scenario.fax_machine import FaxMachine
from tools.scenario.script import Party

RATE = 8000
Samples = npt.NDArray[np.int16]


class CannotAct(Exception):
    """A party cannot do now what its step says; the text says why."""


class Actor:
    """What all parties have in common."""

    def __init__(self, board: Board, party: Party) -> None:
        self.board = board
        self.party = party
        self.heard = Heard()
        self.cursor = 0
        """Sample time from which the next ``hears`` looks: the end of the last match, or this party's last act."""
        self.said: Samples | None = None

    @property
    def mouth(self) -> Mouth:
        """Where words and keys go. Raises CannotAct when the party is in no call."""
        raise NotImplementedError

    def act(self, what: str, number: str = "", *, pulse: bool = False) -> None:
        """Does one of keys.ACTS. Raises CannotAct."""
        raise NotImplementedError

    def met(self, what: str) -> bool:
        """Whether one of keys.WAITS has come true. Raises CannotAct when it no longer can."""
        raise NotImplementedError

    def say(self, samples: Samples) -> None:
        """Speaks, after what is being spoken."""
        self.mouth.say(samples)
        self.said = samples

    def silent(self) -> bool:
        """Whether everything has been said."""
        return self.mouth.silent

    def listen(self, mouth: Mouth) -> None:
        """Keeps what this end of the line hears from here on."""
        mouth.on_block.append(self._hear)

    def _hear(self, _: Mouth, block: Samples) -> None:
        self.heard.put(self.board.now, block)


class Caller(Actor):
    """Somebody outside who rings a line of the box."""

    def __init__(self, board: Board, party: Party) -> None:
        super().__init__(board, party)
        self._mouth = Mouth(party.name)
        self.listen(self._mouth)
        self._call: Call | None = None

    @property
    def mouth(self) -> Mouth:
        if self._call is None or self._call.state != farcall.CONNECTED:
            raise CannotAct(f"{self.party.name} is in no call{self._ended()}")
        return self._mouth

    def silent(self) -> bool:
        return self._mouth.silent

    def fax(self, letter: Path, *, by_hand: bool) -> FaxMachine:
        """A fax machine takes the caller's place and sends ``letter``; it is done when T.30 is, or the call over."""
        return FaxMachine(self.mouth, letter, self.party.number, lambda: self._call_over, by_hand=by_hand)

    @property
    def _call_over(self) -> bool:
        return self._call is None or self._call.state == farcall.CLEARED

    def act(self, what: str, number: str = "", *, pulse: bool = False) -> None:
        if what == "rings":
            if self._call is not None and self._call.state != farcall.CLEARED:
                raise CannotAct(f"{self.party.name} is in a call already")
            party = self.party
            name = party.shown_name or None
            self._call = self.board.exchange.call(
                party.port, number or party.number, name, party.presentation, self._mouth, party.redirecting
            )
            if self._call.why == "busy":
                raise CannotAct(f"line {party.port} is busy")
        elif what == "hangs up":
            if self._call is None or self._call.state == farcall.CLEARED:
                raise CannotAct(f"{self.party.name} is in no call{self._ended()}")
            self._call.hang_up(self.party.clears)

    def met(self, what: str) -> bool:
        if self._call is None:
            raise CannotAct(f"{self.party.name} has rung nobody")
        state = self._call.state
        if what == "answered":
            if state == farcall.CLEARED:
                raise CannotAct(f"the call is over{self._ended()}")
            return state == farcall.CONNECTED
        if state == farcall.CLEARED and self._call.why != "box":
            raise CannotAct(f"the box did not end the call{self._ended()}")
        return state == farcall.CLEARED

    def _ended(self) -> str:
        if self._call is None or self._call.cleared_at is None:
            return ""
        who = "the box hung up" if self._call.why == "box" else str(self._call.why)
        return f" ({who} at {self._call.cleared_at / RATE:.2f} s)"


class Person(Actor):
    """Somebody at a handset of the box, or at a telephone beside it on a line."""

    def __init__(self, board: Board, party: Party) -> None:
        super().__init__(board, party)
        beside = party.place == "parallel"
        self._handset = board.parallel_telephone(party.port) if beside else board.handsets[party.port]
        self._display = self._handset.display_callers(board.country) if party.display else None
        self._seen = 0  # callers on the display that a step has asked about, and those before them
        self.listen(self._handset.party)

    @property
    def mouth(self) -> Mouth:
        if not self._handset.off_hook:
            raise CannotAct(f"{self.party.name}'s handset is on hook")
        return self._handset.party

    def silent(self) -> bool:
        return self._handset.party.silent

    def act(self, what: str, number: str = "", *, pulse: bool = False) -> None:
        handset = self._handset
        if what == "lifts" or what == "answers":
            if handset.off_hook:
                raise CannotAct(f"{self.party.name}'s handset is lifted already")
            if what == "answers" and not handset.bursts:
                raise CannotAct(f"{self.party.name}'s handset does not ring")
            handset.lift()
        elif what == "hangs up":
            handset.put_down()
        elif what == "flashes":
            _allowed(handset.flash)
        elif what == "dials":
            _allowed(lambda: handset.dial(number, pulse))

    def met(self, what: str) -> bool:
        if what == "rung":
            return self._handset.ringing
        return not self._handset.ringing

    def shows(self, words: str) -> bool:
        """Whether the handset's display has shown a caller with these words, after those it was asked for before."""
        shown = [] if self._display is None else self._display.shown
        for at, one in enumerate(shown[self._seen :], self._seen):
            if words.lower() in " ".join(filter(None, (one.number or one.reason, one.name))).lower():
                self._seen = at + 1
                return True
        return False


class Dialled(Actor):
    """A number outside that the box may dial."""

    def __init__(self, board: Board, party: Party) -> None:
        super().__init__(board, party)
        self._call: Call | None = None
        behaviour = Behaviour(
            answer_after_s=party.after if party.when_dialled == "answers" else None,
            busy=party.when_dialled == "busy",
            reorder=party.when_dialled == "reorder",
            no_such=party.when_dialled == "no such number",
            reversal=party.reversal,
            name=party.name,
            on_call=self._reached,
        )
        if party.number in board.country.emergency.numbers:
            board.exchange.operator = behaviour
        else:
            board.exchange.subscribers[party.number] = behaviour

    @property
    def mouth(self) -> Mouth:
        if self._call is None or self._call.state != farcall.CONNECTED:
            raise CannotAct(f"{self.party.name} is in no call")
        return self._call.party

    def silent(self) -> bool:
        return self._call is None or self._call.party.silent

    def act(self, what: str, number: str = "", *, pulse: bool = False) -> None:
        if what == "answers":
            if self._call is None or self._call.state != farcall.RINGING:
                raise CannotAct(f"{self.party.name} is not rung")
            self._call.answer()
        elif what == "hangs up":
            if self._call is None or self._call.state == farcall.CLEARED:
                raise CannotAct(f"{self.party.name} is in no call")
            self._call.hang_up(self.party.clears)

    def met(self, what: str) -> bool:
        if what == "rung":
            return self._call is not None and self._call.state == farcall.RINGING
        if what == "answered":
            return self._call is not None and self._call.state == farcall.CONNECTED
        if self._call is None:
            raise CannotAct(f"{self.party.name} was never dialled")
        return self._call.state == farcall.CLEARED

    def _reached(self, call: Call) -> None:
        self._call = call
        self.listen(call.party)


def actor(board: Board, party: Party) -> Actor:
    """The actor for a party of a scenario."""
    kinds: dict[str, type[Actor]] = {"line": Caller, "handset": Person, "parallel": Person, "number": Dialled}
    return kinds[party.place](board, party)


def _allowed(act: Callable[[], None]) -> None:
    try:
        act()
    except ValueError as error:
        raise CannotAct(str(error)) from error
