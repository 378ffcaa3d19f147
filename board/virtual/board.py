"""The virtual board: exchange, two lines, two handsets and the HAT, one 20 ms block at a time.

``Board(country, seed)``; ``receive(bytes)`` and ``tick() -> bytes`` are the UART's two ends; a pace (``lockstep``,
``realtime``) or a test drives them. The same seed, country and calls give the same bytes. One thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from board.virtual.exchange import Exchange
from board.virtual.faults import KINDS, LinkNoise
from board.virtual.handset import Handset
from board.virtual.hat.faults import FAULTS
from board.virtual.hat.micro import MicroHat
from board.virtual.hat.stand_in import Hat
from board.virtual.line import Line
from board.virtual.loop import Loop
from board.virtual.microcontroller import Microcontroller
from board.virtual.sound import Pair
from drivers.signals.countries import Country, country
from drivers.signals.line import LineSettings
from firmware.hat.protocol import BLOCK, RATE

HANDSET_OHM = 260.0  # a SLIC's output and a short pair
HANDSET_RING_OHM = 150.0  # protection and pair, for ringing
HANDSET_MA = 23.0  # a SLIC's constant current, until the chip's register says otherwise
MAX_PAUSE_MS = 60000
WIRE = 921600 // 10 * BLOCK // RATE  # bytes the serial line carries in a block: what a pause held back takes its time
DATE = datetime(2026, 3, 2, 10, 0)  # local wall time at sample 0 unless told


class Board:
    """The whole board. ``now`` is the sample at which the next block begins."""

    def __init__(
        self,
        country_code: str = "CA",
        seed: int = 0,
        date: datetime = DATE,
        return_loss_db: float = 14.0,
        noise_dbm0: float = -65.0,
        hat: Callable[[dict[str, Line], Handset], Microcontroller] | None = None,
    ) -> None:
        """Raises KeyError on a country that is not in the table. ``date`` is the exchange's local time at sample 0.

        ``hat`` makes what stands in the HAT's place, on lines A-D and handset C; without it the CPython stand-in.
        """
        self.country: Country = country(country_code)
        self.seed = seed
        self.now = 0
        law = "mu" if self.country.law == "mu" else "a"
        self.lines: dict[str, Line] = {}
        for index, name in enumerate("ABCD"):
            outside = name in "AB"
            settings = LineSettings(
                law=law,  # type: ignore[arg-type]
                loss_db=2.0 if outside else 0.0,
                return_loss_db=return_loss_db,
                noise_dbm0=noise_dbm0 if outside else noise_dbm0 - 5.0,
                seed=seed * 16 + index,
            )
            loop = Loop(name)
            if not outside:
                loop = Loop(name, HANDSET_OHM, limit_ma=HANDSET_MA, ring_ohm=HANDSET_RING_OHM)
            self.lines[name] = Line(name, loop, Pair(settings))
        self.exchange = Exchange(self.country, {name: self.lines[name] for name in "AB"}, date)
        self.handsets = {name: Handset(name, self.lines[name], seed) for name in "CD"}
        self.hat: Microcontroller = (hat or Hat)(self.lines, self.handsets["C"])
        self.noise_in = LinkNoise(seed * 2)
        self.noise_out = LinkNoise(seed * 2 + 1)
        self._paused_until = 0
        self._held_in = b""
        self._held_out = b""
        self._observers: list[Callable[[Board], None]] = []

    def on_tick(self, told: Callable[[Board], None]) -> None:
        """``told(board)`` runs after each block."""
        self._observers.append(told)

    def fault(self, what: str, value: float = 0.0, line: str = "A", kinds: tuple[str, ...] = KINDS) -> None:
        """Makes or mends a fault, from the next block on. Raises ValueError on one that is not here.

        "noise": errors at rate ``value`` a byte on the serial line, both ways (``kinds``: flip, lose, double, insert;
        0 mends). "pause": the serial line holds everything for ``value`` ms. "stop": the HAT's processor dies, its
        ports go on hook and the relay is released. "start": it powers up again. "cut": the line's pair is open;
        "mend": whole again. "hook bounce": with ``value`` 1 the hook switch of handset ``line`` (C, D) bounces for 30
        ms each time, with 0 as before. Every fault of ``hat.faults.FAULTS`` by its name, at the port ``line`` (A-D),
        with ``value`` 1 to make and 0 to mend it: only where the firmware runs over chips.
        """
        if what == "noise":
            self.noise_in.set(value, kinds)
            self.noise_out.set(value, kinds)
        elif what == "pause":
            if not 0 <= value <= MAX_PAUSE_MS:
                raise ValueError(f"pause of {value} ms: expected 0 to {MAX_PAUSE_MS}")
            self._paused_until = self.now + int(value) * RATE // 1000
        elif what == "stop":
            self.hat.kill()
        elif what == "start":
            self.hat.reset()
        elif what in ("cut", "mend"):
            if line not in self.lines:
                raise ValueError(f"line {line!r}: expected one of {', '.join(self.lines)}")
            self.lines[line].loop.cut(self.now, what == "cut")
        elif what == "hook bounce":
            if line not in self.handsets:
                raise ValueError(f"handset {line!r}: expected one of {', '.join(self.handsets)}")
            self.handsets[line].worn = bool(value)
        elif what in FAULTS:
            if not isinstance(self.hat, MicroHat):
                raise ValueError(f"fault {what!r}: expected a HAT with chips (micropython or twin), not the stand-in")
            if line not in self.lines:
                raise ValueError(f"line {line!r}: expected one of {', '.join(self.lines)}")
            self.hat.fault(what, "ABCD".index(line), bool(value))
        else:
            raise ValueError(
                f"fault {what!r}: expected noise, pause, stop, start, cut, mend, hook bounce, or one of"
                f" {', '.join(FAULTS)}"
            )

    def parallel_telephone(self, line: str) -> Handset:
        """A telephone beside the box on an exchange line, in ``handsets`` as "A2" or "B2"; made when asked for."""
        if line not in ("A", "B"):
            raise ValueError(f"line {line!r}: expected A or B")
        name = line + "2"
        if name not in self.handsets:
            self.handsets[name] = Handset(name, self.lines[line], self.seed, beside_fxo=True)
            self.handsets[name].signal(self.now - BLOCK)
        return self.handsets[name]

    def receive(self, data: bytes) -> None:
        """Bytes the Pi has written, in time for the next block."""
        if self._held_in or self.now < self._paused_until:
            self._held_in += data
            if self.now < self._paused_until:
                return
            data, self._held_in = self._held_in[:WIRE], self._held_in[WIRE:]
        if data and self.noise_in.busy:
            data = self.noise_in.spoil(data)
        if data:
            self.hat.receive(data, self.now)

    def tick(self) -> bytes:
        """Computes one block; the bytes the HAT writes to the Pi."""
        start = self.now
        hat, exchange = self.hat, self.exchange
        hat.begin(start)
        for line in self.lines.values():
            line.loop.advance(start)
            line.pair.start()
        exchange.signal(start)
        for handset in self.handsets.values():
            handset.signal(start)
        hat.sense(start)
        hat.speak(start)
        exchange.speak(start)
        for handset in self.handsets.values():
            handset.speak()
        hat.bridge()
        exchange.listen()
        for handset in self.handsets.values():
            handset.listen()
        data = hat.transmit(start)
        self.now = start + BLOCK
        for told in self._observers:
            told(self)
        if data and self.noise_out.busy:
            data = self.noise_out.spoil(data)
        if self._held_out or self.now <= self._paused_until:
            self._held_out += data
            if self.now <= self._paused_until:
                return b""
            data, self._held_out = self._held_out[:WIRE], self._held_out[WIRE:]
        return data

    def close(self) -> None:
        """Ends what stands in the HAT's place, which may be a process."""
        self.hat.close()

    def describe(self) -> dict[str, object]:
        """The board's state for people."""
        return {
            "seconds": round(self.now / RATE, 2),
            "lines": [self.lines[name].describe() | {"exchange": self.exchange.circuits[name].state} for name in "AB"],
            "handsets": [
                {"handset": name, "off_hook": one.off_hook, "ringing": one.ringing, "on": one.line.name}
                for name, one in self.handsets.items()
            ],
            "calls": [
                {"line": call.line, "direction": call.direction, "number": call.number, "state": call.state}
                for call in self.exchange.calls
            ],
            "relay": "box" if self.hat.lifeline.relay.pulled_in else "line A",
            "safe": self.hat.lifeline.safe,
        }
