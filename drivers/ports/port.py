"""A port: a line or a handset as call code sees it. 20 ms blocks in and out, facts, keys and tones; verbs.

A port is owned by at most one ``PortUser`` (a leg of a call, a ringing); the bank's ``on_fact`` sees every fact first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.ports import facts
from drivers.ports.abilities import Abilities, CannotDo
from drivers.ports.facts import Fact
from drivers.ports.playout import Playing, Playout, Source
from drivers.signals.countries import Country
from drivers.signals.dtmf.receiver import Digit, DtmfBank
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.linetones import LineTones
from drivers.signals.muting import KeyMuting
from drivers.signals.progress import ToneHeard
from drivers.telephone import Telephone
from firmware.hat import protocol as p

Samples = npt.NDArray[np.int16]
Hears = Callable[[Samples, Samples], None]  # (as it came, after the echo canceller)
Kind = Literal["line", "handset"]

HISTORY_BLOCKS = 150  # 3 s of on-hook audio kept for caller ID that comes before the first ring
ECHO_HANG_BLOCKS = 10  # blocks the canceller runs on after the box fell silent: the tail has decayed by then
QUIET = np.zeros(p.BLOCK, np.int16)


class PortUser(Protocol):
    """What owns a port while a call uses it."""

    @property
    def state(self) -> str:
        """The port's state meanwhile, in a word of the pages: "in use", "ringing"."""

    def told(self, fact: Fact) -> None:
        """Something happened at the port."""

    def lost(self, why: str) -> None:
        """What the port belongs to has gone: nothing more will be told."""

    def dismiss(self, why: str) -> None:
        """The box wants the port given up: whatever uses it ends at once."""

    def on_key(self, key: str) -> None: ...
    def on_tone(self, tone: ToneHeard) -> None: ...


class Tap:
    """Something that hears every block of a port, until it is closed or the port is given back."""

    def __init__(self, taps: list[Hears], hears: Hears) -> None:
        self._taps = taps
        self._hears = hears
        taps.append(hears)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; twice is no error."""
        if self._hears in self._taps:
            self._taps.remove(self._hears)


class Beside(Protocol):
    """A bank that keeps the beat of another one: it takes after that one, and gives after that one."""

    def take(self, ts: int) -> None: ...
    def give(self, ts: int) -> None: ...


class Wiring(Protocol):
    """What a port needs of the bank it belongs to."""

    delay: int
    loop: SampleLoop
    link: Telephone
    beside: list[Beside]

    async def bridge(self, first: Port, second: Port) -> None: ...
    async def unbridge(self, first: Port, second: Port) -> None: ...


class Port:
    """One line (FXO) or handset (FXS)."""

    def __init__(
        self,
        bank: Wiring,
        index: int,
        name: str,
        kind: Kind,
        does: Abilities,
        keys: DtmfBank | None = None,
        stream: int = 0,
    ) -> None:
        """``keys``: what hears this port's keys, and as which of its streams; default: something of its own."""
        self.bank = bank
        self.index = index
        self.name = name
        self.kind = kind
        self.does = does
        self.user: PortUser | None = None
        self.playout = Playout()
        self._keys = keys or DtmfBank(1)
        self.stream = stream
        self.hears_keys = False
        self.digits: list[Digit] = []
        """What began or ended in the newest block, in samples from that block's start."""
        self.played = QUIET
        """What sounded at this port during the newest block: the reference of its echo."""
        self.tones: LineTones | None = None
        self.tones_since = 0  # sample clock at the start of ``tones``, whose positions count from there
        self.taps: list[Hears] = []
        self.history: deque[Samples] = deque(maxlen=HISTORY_BLOCKS)
        self.off_hook = False
        self.on_hook_since = -(1 << 31)  # sample clock when the box last hung this line up
        self.ringing = False
        self.ring_pace_s: float | None = None  # from ring to ring, as this line's exchange was heard to ring
        self.in_use = False
        self.bridged = False  # at the first report after HELLO
        self.battery = True
        self.fault = ""  # what is wrong with the port, in words
        self.out_of_order = False  # a fault that the port does not work with; with some it does (faults.USABLE)
        self._echo: EchoCanceller | None = None
        self._sent: dict[int, Samples] = {}
        self._quiet_for = ECHO_HANG_BLOCKS

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def now(self) -> int:
        """The sample clock."""
        return self.bank.loop.samples

    @property
    def free(self) -> bool:
        """Whether nobody uses it, nobody has lifted it, and it works: it could be rung now."""
        return self.user is None and not self.off_hook and not self.out_of_order

    @property
    def feed(self) -> tuple[int, int] | None:
        """Voltage (V) and loop current (mA) by the newest report; None: not known."""
        reported = self.bank.link.status.ports[self.index : self.index + 1]
        return (abs(reported[0][1]), reported[0][2]) if reported else None

    # Audio

    def tap(self, hears: Hears) -> Tap:
        """From now on ``hears`` is given every block of this port."""
        return Tap(self.taps, hears)

    def play(self, what: Samples | Source) -> Playing:
        """Queues audio towards this port."""
        return self.playout.play(what)

    def listen_for_keys(self, on: bool) -> None:
        """Whether DTMF from this port is heard; starts afresh."""
        self.hears_keys = on and not self.does.tells_keys
        self.digits = []
        self._keys.reset(self.stream)

    def muting(self) -> KeyMuting:
        """Mutes the keys of this port in what is heard from now on; feed it each block with ``digits``."""
        return KeyMuting(self._keys.lasting(self.stream) if self.hears_keys else None)

    def listen_for_tones(
        self, country: Country | None, tones: Iterable[str] | None = None, *, answered: bool = False
    ) -> None:
        """Call-progress tones of ``country`` are heard, or none; some of them alone (``tones``) are told sooner.

        ``answered``: of a call that came in, as in ``LineTones``.
        """
        self.tones = LineTones(country, tones, answered=answered) if country is not None else None
        self.tones_since = self.now

    def hear(self, ts: int, block: Samples) -> Samples:
        """The block of time stamp ``ts`` from this port without our own echo; the block itself if we are silent."""
        if not self.does.echoes:
            return block
        reference = self._sent.pop((ts - self.bank.delay) & 0xFFFFFFFF, None)
        self.played = QUIET if reference is None else reference
        self._quiet_for = self._quiet_for + 1 if reference is None else 0
        if self._quiet_for >= ECHO_HANG_BLOCKS:
            return block
        if self._echo is None:
            self._echo = EchoCanceller()
        return self._echo.process(block, self.played)

    def take(self, block: Samples, heard: Samples, digits: list[Digit]) -> None:
        """One block from this port as it came, without our echo, and the keys heard in it."""
        self.digits = digits
        if self.kind == "line":
            self.history.append(block)
        for tap in tuple(self.taps):
            tap(block, heard)
        for digit in digits:
            if digit.end is None and self.hears_keys and self.user is not None:
                self.user.on_key(digit.digit)
        if self.tones is not None:
            for tone in self.tones.feed(heard):
                if self.user is not None:
                    self.user.on_tone(tone)

    def give(self, ts: int) -> Samples | None:
        """The block that answers time stamp ``ts``, or None for silence."""
        block = self.playout.read(p.BLOCK)
        if block is not None and self.does.echoes:
            self._sent[ts] = block
        return block

    def missed(self, ts: int) -> None:
        """The answer to ``ts`` did not reach the HAT in time: silence was played, and is the reference."""
        self._sent.pop(ts, None)

    def follow_status(self, state: int) -> None:
        """Takes over how the HAT says the port stands, before any event has told."""
        self.off_hook = bool(state & p.STATE_OFFHOOK)
        self.bridged = bool(state & p.STATE_BRIDGED)
        if self.kind == "line":
            self.battery = bool(state & p.STATE_BATTERY)
            self.in_use = bool(state & p.STATE_IN_USE)

    def idle(self) -> None:
        """Ends everything that played or listened; the port belongs to nobody."""
        self.playout.stop()
        self.user = None
        self.hears_keys = False
        self.digits = []
        self.tones = None
        self.taps.clear()
        self._echo = None

    def follow(self, fact: Fact) -> None:
        """Keeps the port's own picture of the line in step with what it tells."""
        match fact:
            case facts.Lifted() | facts.PutDown():
                self.off_hook = isinstance(fact, facts.Lifted)
            case facts.RingBegan() | facts.RingEnded():
                self.ringing = isinstance(fact, facts.RingBegan)
            case facts.InUse() | facts.Free():
                self.in_use = isinstance(fact, facts.InUse)
            case facts.BatteryLost() | facts.BatteryBack():
                self.battery = isinstance(fact, facts.BatteryBack)
            case facts.OutOfOrder():
                self.fault, self.out_of_order = fact.why, not fact.usable
            case facts.Mended():
                self.fault, self.out_of_order = "", False

    # Verbs: each raises LinkError when the HAT does not do it, CannotDo when it cannot

    async def take_up(self) -> None:
        """Takes the line: off hook."""
        await self.do(p.OP_OFFHOOK)

    async def hang_up(self) -> None:
        """Lets the line go: on hook. The exchange counts from now."""
        try:
            await self.do(p.OP_ONHOOK)
        finally:
            self.on_hook_since = self.now

    async def flash(self, ms: int) -> None:
        """Opens the loop for ``ms``, a sign for the exchange."""
        self._must(self.does.flashes, "flash")
        await self.do(p.OP_FLASH, ms)

    async def ring(self, cadence: int) -> None:
        """Rings the telephone, in a cadence by its number in the HAT's table, until ``stop_ringing``."""
        self._must(self.does.rings, "ring")
        await self.do(p.OP_RING, cadence)

    async def stop_ringing(self) -> None:
        """Ends ``ring``."""
        await self.do(p.OP_RING_STOP)

    def _must(self, can: bool, what: str) -> None:
        if not can:
            raise CannotDo(f"{self} cannot {what}")

    async def do(self, op: int, *args: Any) -> bytes:
        """Has the HAT do ``op`` of the link's protocol on this port; for ``drivers`` and tools that set a line up."""
        return await self.bank.link.command(op, self.index, *args)
