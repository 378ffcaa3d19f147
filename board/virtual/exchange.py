"""The telephone exchange: lines A and B of ours, everybody else's numbers, and the calls between them.

``call`` rings a line of ours. ``subscribers`` says how the numbers behave that our lines dial; a number that is not
there gets ``otherwise``; emergency numbers of the country reach ``operator``. Each line carries one call; a second
caller finds it busy.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from board.virtual import farcall
from board.virtual.announce import announcement
from board.virtual.circuit import LineCircuit
from board.virtual.farcall import Behaviour, Call
from board.virtual.line import Line
from board.virtual.linekinds import KINDS
from board.virtual.numbering import Decision, Plan
from board.virtual.party import Party, Samples
from board.virtual.register import Register
from drivers.signals.countries import Country
from firmware.hat.protocol import RATE

MAX_NUMBER = 24
MAX_NAME = 40


class Exchange:
    """One exchange. ``date`` is the wall time at sample 0, which caller ID carries."""

    def __init__(self, country: Country, lines: dict[str, Line], date: datetime) -> None:
        self.country = country
        self.date = date
        self.subscribers: dict[str, Behaviour] = {}
        self.otherwise = Behaviour(no_such=True)
        self.operator = Behaviour(answer_after_s=2.0, name="emergency")
        self.calls: list[Call] = []
        """Every call that is not cleared yet, oldest first."""
        self._watchers: list[Callable[[Call], None]] = []
        self._now = 0
        self.own_numbers: dict[str, str] = {}
        """Line -> number, for lines of ours that can be dialled from another one."""
        plan = Plan(country)
        self.circuits = {
            name: LineCircuit(line, country, Register(plan, self._numbers), self._route) for name, line in lines.items()
        }

    def on_call(self, told: Callable[[Call], None]) -> None:
        """``told(call)`` runs for each call our lines make, when it starts to ring."""
        self._watchers.append(told)

    def call(
        self,
        line: str = "A",
        number: str = "",
        name: str | None = None,
        presentation: str = "allowed",
        party: Party | None = None,
        redirecting: str = "",
    ) -> Call:
        """Somebody rings a line of ours; ``redirecting`` is the number that forwarded the call, if one did.

        ``presentation``: "allowed" (number and name are sent), "private", "unavailable" (the reason is sent),
        "corrupt" (sent with errors), "none" (nothing is sent). The call is cleared at once, ``why`` "busy", if the
        line is not idle. Raises ValueError on an unknown line or presentation, or a number or name too long to send.
        """
        circuit = self.circuits.get(line)
        if circuit is None:
            raise ValueError(f"line {line!r}: expected one of {', '.join(self.circuits)}")
        if presentation not in farcall.PRESENTATIONS:
            raise ValueError(f"presentation {presentation!r}: expected one of {', '.join(farcall.PRESENTATIONS)}")
        if max(len(number), len(redirecting)) > MAX_NUMBER or len(name or "") > MAX_NAME:
            raise ValueError(f"caller {number!r} {name!r}: at most {MAX_NUMBER} digits and {MAX_NAME} letters")
        call = Call("in", line, number, name, party or Party(name or number or "caller"), self._now, presentation)
        when = self.date + timedelta(seconds=self._now / RATE)
        if not circuit.offer(call, announcement(self.country, number, name, presentation, when, redirecting)):
            call.become(farcall.CLEARED, self._now, "busy")
            return call
        self._keep(call)
        return call

    def set_flash_service(self, on: bool) -> None:
        """Whether our lines have the flash service: hold, three-party talk and transfer (``circuit``)."""
        for circuit in self.circuits.values():
            circuit.set_flash_service(on)

    def set_call_waiting(self, on: bool) -> None:
        """Whether a second caller is announced on a line that talks; needs the flash service, and sets it."""
        for circuit in self.circuits.values():
            circuit.call_waiting = on
            if on:
                circuit.set_flash_service(True)

    def set_dial_tone(self, after_ms: int, *, heard: bool = True) -> None:
        """How long after off hook our lines are ready for digits, and whether dial tone says so."""
        for circuit in self.circuits.values():
            circuit.dial_tone_after_ms = after_ms
            circuit.dial_tone_heard = heard

    def set_kind(self, name: str) -> None:
        """What our lines hang on, one of ``KINDS``. Raises ValueError on another."""
        if name not in KINDS:
            raise ValueError(f"line kind {name!r}: expected one of {', '.join(KINDS)}")
        self.country = KINDS[name].seen_from(self.country)
        for circuit in self.circuits.values():
            circuit.set_kind(KINDS[name], self.country)

    def set_ring(self, cadence_ms: tuple[int, ...]) -> None:
        """How our lines are rung from the next burst on, in place of the country's cadence: on, off, on, off ... ms."""
        for circuit in self.circuits.values():
            circuit.ringer.cadence_ms = cadence_ms

    def signal(self, start: int) -> None:
        """Takes in what the loops did in the block that starts at ``start``."""
        self._now = start
        for circuit in self.circuits.values():
            circuit.signal(start)
            if circuit.transfers:
                for transfer in circuit.transfers:
                    transfer.tick(start)
                circuit.transfers = [transfer for transfer in circuit.transfers if not transfer.over]

    def speak(self, start: int) -> None:
        """Puts the exchange's side of the block on the lines."""
        for circuit in self.circuits.values():
            circuit.speak(start)

    def listen(self) -> None:
        """Takes the lines' side of the block."""
        for circuit in self.circuits.values():
            circuit.listen()

    def _numbers(self) -> list[str]:
        return [*self.subscribers, *self.own_numbers.values()]

    def _keep(self, call: Call) -> None:
        self.calls.append(call)
        call.on_state.append(self._forget)

    def _forget(self, call: Call) -> None:
        if call.state == farcall.CLEARED and call in self.calls:
            self.calls.remove(call)

    def _route(self, circuit: LineCircuit, decision: Decision, digits: str) -> None:
        """The network finds out whose number it is."""
        for line, number in self.own_numbers.items():
            if decision.number == number and not decision.emergency:
                self._between(circuit, line, digits)
                return
        if decision.emergency:
            behaviour = self.operator
        elif decision.number is not None:
            behaviour = self.subscribers[decision.number]
        else:
            behaviour = self.otherwise
        if behaviour.busy or behaviour.reorder or behaviour.no_such:
            circuit.put_through(None, behaviour)
            return
        call = self._outgoing(circuit, behaviour, decision, digits)
        if behaviour.on_call is not None:
            behaviour.on_call(call)
        for told in self._watchers:
            told(call)

    def _outgoing(self, circuit: LineCircuit, behaviour: Behaviour, decision: Decision, digits: str) -> Call:
        party = Party(behaviour.name or decision.number or digits)
        call = Call("out", circuit.line.name, digits, None, party, self._now)
        call.subscriber = decision.number
        call.emergency = decision.emergency
        call.presentation = "private" if decision.does == "withhold" else "allowed"
        self._keep(call)
        circuit.put_through(call, behaviour)
        return call

    def _between(self, circuit: LineCircuit, line: str, digits: str) -> None:
        """One line of ours has dialled another: two calls whose parties hand each other what they hear."""
        there = self.call(line, self.own_numbers.get(circuit.line.name, ""))
        if there.state == farcall.CLEARED:
            circuit.put_through(None, Behaviour(busy=True))
            return
        wait = Behaviour(answer_after_s=None, name=f"line {line}")
        here = self._outgoing(circuit, wait, Decision(0, self.own_numbers[line]), digits)
        for one, other in ((here, there), (there, here)):
            one.party.on_block.append(partial(_hand_over, one, other))
            one.on_state.append(partial(_follow, other))
        for told in self._watchers:
            told(here)


def _hand_over(call: Call, other: Call, _: Party, block: Samples) -> None:
    """What one end of a call between two of our lines hears is said at the other end."""
    if call.state == farcall.CONNECTED:
        other.party.say(block)


def _follow(other: Call, changed: Call) -> None:
    """What one end of a call between two of our lines does, the other end learns."""
    if changed.state == farcall.CONNECTED:
        other.answer()
    elif changed.state == farcall.CLEARED:
        other.hang_up(farcall.LOOP_DROP)
