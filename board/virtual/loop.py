"""A two-wire loop as electricity: what feeds it, what hangs on it, and what a meter across tip and ring reads.

A loop has one feed (the exchange's line circuit or the HAT's SLIC) and any number of terminals (the HAT's FXO, a
handset, a telephone in parallel). Both sides *schedule* changes (``set_feed``, ``set_contact``, ``attach``,
``detach``) for a sample at or after the present block; ``advance`` applies those that fall into the block and leaves
them in ``changes`` in the order of time, one ``Electrical`` each. Everybody who looks at a loop reads the block's
``changes`` and answers in the next block, so that a run does not depend on who is asked first. A block in which
nothing changes costs two comparisons.

Values: 48 V behind 1250 R (400 R feed bridge and about 4 km of 0.5 mm pair). A closed terminal has a ``Termination``
(the FXO's by its registers, ``daa``; a telephone's of 300 R); what hangs on the pair on hook loads the ringing by its
REN (``ring_volts``). Signed volts: positive is normal polarity.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import NamedTuple

from firmware.hat.protocol import BLOCK

BATTERY_V = 48.0
SOURCE_OHM = 1250.0
REN_OHM, REN_FARAD = 6930.0, 8e-6  # one ringer equivalence: 7000 R at 20 Hz (TIA-968-B)
STEPS = 40  # of the bisection that finds where feed and terminals meet: far below a millivolt
LEAK_MA = 0.005  # an on-hook terminal's leakage, TIA-968: more than 5 MOhm at 48 V


class Electrical(NamedTuple):
    """What the pair carries from ``sample`` on."""

    sample: int
    volts: float
    """Direct voltage between tip and ring at the subscriber's end, signed by polarity; ringing is superimposed."""
    ma: float
    """Loop current, unsigned."""
    reversed: bool
    ring_on: bool
    """Ringing voltage stands on the pair."""
    closed: bool
    """Some terminal is off hook."""
    fed: bool
    """Battery (or ringing) is connected; False during a loop drop and on a dead line."""


class Termination(NamedTuple):
    """Direct current into a closed terminal: none up to ``volts``, then by ``ohm``, from ``knee_ma`` on by
    ``limit_ohm``.
    """

    volts: float = 0.0
    ohm: float = 300.0
    knee_ma: float = math.inf
    limit_ohm: float = 300.0

    def ma(self, volts: float) -> float:
        """The current at ``volts`` (unsigned)."""
        ma = max(0.0, volts - self.volts) / self.ohm * 1000.0
        if ma <= self.knee_ma:
            return ma
        knee_volts = self.volts + self.knee_ma * self.ohm / 1000.0
        return self.knee_ma + (volts - knee_volts) / self.limit_ohm * 1000.0


TELEPHONE = Termination()
"""An ordinary telephone off hook; 200 to 600 R are usual (reference/hardware.md 8.1)."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """Ringing voltage, superimposed on the battery; ``volts_rms`` as it leaves the source."""

    hz: float = 20.0
    volts_rms: float = 75.0


@dataclass(slots=True)
class _Terminal:
    closed: bool = False
    ren: float = 1.0
    termination: Termination = TELEPHONE


def ringer_ohm(ren: float, hz: float) -> float:
    """Size of the impedance that bells of ``ren`` together have for ringing of ``hz``; infinite without a bell."""
    if ren <= 0.0:
        return math.inf
    return math.hypot(REN_OHM, 1.0 / (2.0 * math.pi * (hz or 20.0) * REN_FARAD)) / ren


class Loop:
    """One pair. ``now`` is its state at the end of the present block."""

    def __init__(
        self,
        name: str,
        source_ohm: float = SOURCE_OHM,
        fed: bool = True,
        limit_ma: float = math.inf,
        ring_ohm: float | None = None,
    ) -> None:
        """``limit_ma``: the feed's constant current. ``ring_ohm``: what ringing passes, ``source_ohm`` if None."""
        self.name = name
        self.source_ohm = source_ohm
        self.ring_ohm = source_ohm if ring_ohm is None else ring_ohm
        self.limit_ma = limit_ma
        self.battery_v = BATTERY_V
        self.ringing = Ringing()
        self.changes: list[Electrical] = []
        self._fed = fed
        self._cut = False
        self._reversed = False
        self._ring = False
        self._terminals: dict[str, _Terminal] = {}
        self._due: list[tuple[int, int, str, str, bool]] = []
        self._order = 0
        self._start = 0
        self.now = self._measure(0)

    # Who hangs on the pair

    def attach(self, who: str, closed: bool = False, ren: float = 1.0, termination: Termination = TELEPHONE) -> None:
        """Hangs a terminal on the pair, at once."""
        self._terminals[who] = _Terminal(closed, ren, termination)
        self._schedule(self._start, "contact", who, closed)

    def load(self, who: str, termination: Termination, ren: float) -> None:
        """Changes what an attached terminal is to the pair, off hook and on hook, at once."""
        terminal = self._terminals[who]
        terminal.termination, terminal.ren = termination, ren
        self._schedule(self._start, "load", who, False)

    def feed(self, volts: float, limit_ma: float) -> None:
        """Changes the feed's open-circuit voltage and constant current, at once."""
        self.battery_v, self.limit_ma = volts, limit_ma
        self._schedule(self._start, "load", "", False)

    def detach(self, who: str) -> None:
        """Takes a terminal off, at once; what it still had scheduled is void."""
        self._terminals.pop(who, None)
        self._schedule(self._start, "gone", who, False)

    def closed_by(self, who: str) -> bool:
        """Whether this terminal closes the loop at the end of the present block."""
        terminal = self._terminals.get(who)
        return terminal is not None and terminal.closed

    @property
    def ren(self) -> float:
        """Ringer equivalence of everything that is on hook."""
        return sum(terminal.ren for terminal in self._terminals.values() if not terminal.closed)

    @property
    def ring_volts(self) -> float:
        """Ringing voltage at the terminals (rms), as far as the bells on the pair leave it."""
        ohm = ringer_ohm(self.ren, self.ringing.hz)
        return self.ringing.volts_rms / (1.0 + self.ring_ohm / ohm)

    # Changes to come. What is asked for the block that has just been played (a chip is told what to do in its middle)
    # comes into the next one with its own sample; what lies further back is taken as the beginning of that block.

    def set_contact(self, who: str, at: int, closed: bool) -> None:
        """The terminal's hook contact closes or opens at sample ``at``."""
        self._schedule(at, "contact", who, closed)

    def set_fed(self, at: int, fed: bool) -> None:
        self._schedule(at, "fed", "", fed)

    def set_reversed(self, at: int, reverse: bool) -> None:
        self._schedule(at, "reversed", "", reverse)

    def set_ring(self, at: int, on: bool) -> None:
        self._schedule(at, "ring", "", on)

    def cut(self, at: int, open_pair: bool) -> None:
        """The pair is cut between feed and terminals, or mended."""
        self._schedule(at, "cut", "", open_pair)

    def cancel(self, who: str, since: int = 0) -> None:
        """Forgets what a terminal has scheduled for ``since`` or later (a flash cut short by a hang-up)."""
        self._due = [due for due in self._due if due[2:4] != ("contact", who) or due[0] < since]
        heapq.heapify(self._due)

    def cancel_ring(self) -> None:
        """Forgets the ringing that is scheduled."""
        self._due = [due for due in self._due if due[2] != "ring"]
        heapq.heapify(self._due)

    def advance(self, start: int) -> None:
        """Plays the block that starts at ``start``: applies what falls into it and fills ``changes``."""
        self._start = start
        end = start + BLOCK
        if self.changes:
            self.changes = []
        while self._due and self._due[0][0] < end:
            at, _, what, who, value = heapq.heappop(self._due)
            self._apply(what, who, value)
            state = self._measure(max(at, start - BLOCK))
            if state[1:] != self.now[1:]:
                self.changes.append(state)
                self.now = state
        self._start = end

    def _schedule(self, at: int, what: str, who: str, value: bool) -> None:
        self._order += 1
        heapq.heappush(self._due, (at, self._order, what, who, value))

    def _apply(self, what: str, who: str, value: bool) -> None:
        if what == "contact":
            if who in self._terminals:
                self._terminals[who].closed = value
        elif what == "fed":
            self._fed = value
        elif what == "reversed":
            self._reversed = value
        elif what == "ring":
            self._ring = value
        elif what == "cut":
            self._cut = value

    def _measure(self, sample: int) -> Electrical:
        closed = sum(terminal.closed for terminal in self._terminals.values())
        if not self._fed or self._cut:
            return Electrical(sample, 0.0, 0.0, self._reversed, False, closed > 0 and not self._cut, False)
        sign = -1.0 if self._reversed else 1.0
        if not closed:
            return Electrical(sample, sign * self.battery_v, LEAK_MA, self._reversed, self._ring, False, True)
        volts, ma = self._meet([terminal.termination for terminal in self._terminals.values() if terminal.closed])
        return Electrical(sample, sign * volts, ma, self._reversed, self._ring, True, True)

    def _meet(self, closed: list[Termination]) -> tuple[float, float]:
        """Volts and mA at which the feed gives what the terminals take."""
        low, high = 0.0, self.battery_v
        for _ in range(STEPS):
            volts = (low + high) / 2.0
            given = min(self.limit_ma, (self.battery_v - volts) / self.source_ohm * 1000.0)
            if sum(one.ma(volts) for one in closed) > given:
                high = volts
            else:
                low = volts
        return low, sum(one.ma(low) for one in closed)
