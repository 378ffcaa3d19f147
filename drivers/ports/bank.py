"""Ports: lines and handsets as the call code sees them, 20 ms blocks in and out and the events of the line.

A ``PortBank`` stands on the link: it takes each AUDIO_UP apart, hands every port its block, and collects what the
ports play into the answer. The echo reference of a block is what was played PLAYOUT_DELAY earlier, by time stamp, so it
is exact; a block that the HAT missed was silence, and a block that never came up is heard as silence and counted.

All ports are listened to for keys at once (`DtmfBank`), before anything else hears the block: a tap may ask its port
for the keys in the block it is given, and for what was played meanwhile.

A port is owned by at most one ``PortUser`` (a leg of a call); the bank's ``on_event`` sees every event first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.link import Telephone
from drivers.ports.playout import Playing, Playout, Source
from drivers.signals import g711
from drivers.signals.countries import Country
from drivers.signals.dtmf.receiver import Digit, DtmfBank
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.muting import KeyMuting
from drivers.signals.progress import ProgressDetector, ToneHeard
from firmware.hat import faults
from firmware.hat import protocol as p

Samples = npt.NDArray[np.int16]
Tap = Callable[[Samples, Samples], None]  # (as it came, after the echo canceller)

HISTORY_BLOCKS = 150  # 3 s of on-hook audio kept for caller ID that comes before the first ring
ECHO_HANG_BLOCKS = 10  # blocks the canceller runs on after the box fell silent: the tail has decayed by then
_QUIET = np.zeros(p.BLOCK, np.int16)

NAMES = ("A", "B", "C", "D")


class PortUser(Protocol):
    """What owns a port while a call uses it."""

    def on_event(self, kind: int, at: int, args: tuple[Any, ...]) -> None:
        """``at``: when it happened, on the sample clock."""

    def on_key(self, key: str) -> None: ...
    def on_tone(self, tone: ToneHeard) -> None: ...


class Port:
    """One line (FXO) or handset (FXS)."""

    def __init__(
        self,
        bank: PortBank,
        index: int,
        kind: Literal["line", "handset"],
        keys: DtmfBank | None = None,
        stream: int = 0,
    ) -> None:
        """``keys``: what hears this port's keys, and as which of its streams; default: something of its own."""
        self.bank = bank
        self.index = index
        self.name = NAMES[index]
        self.kind = kind
        self.user: PortUser | None = None
        self.playout = Playout()
        self._keys = keys or DtmfBank(1)
        self.stream = stream
        self.hears_keys = False
        self.digits: list[Digit] = []
        """What began or ended in the newest block, in samples from that block's start."""
        self.played = _QUIET
        """What sounded at this port during the newest block: the reference of its echo."""
        self.tones: ProgressDetector | None = None
        self.tones_since = 0  # sample clock at the start of ``tones``, whose positions count from there
        self.taps: list[Tap] = []
        self.history: deque[Samples] = deque(maxlen=HISTORY_BLOCKS)
        self.off_hook = False
        self.on_hook_since = -(1 << 31)  # sample clock when the box last hung this line up
        self.ringing = False
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

    # Audio

    def play(self, what: Samples | Source) -> Playing:
        """Queues audio towards this port."""
        return self.playout.play(what)

    def listen_for_keys(self, on: bool) -> None:
        """Whether DTMF from this port is heard; starts afresh."""
        self.hears_keys = on
        self.digits = []
        self._keys.reset(self.stream)

    def muting(self) -> KeyMuting:
        """Mutes the keys of this port in what is heard from now on; feed it each block with ``digits``."""
        return KeyMuting(self._keys.lasting(self.stream) if self.hears_keys else None)

    def listen_for_tones(self, country: Country | None, tones: Iterable[str] | None = None) -> None:
        """Call-progress tones of ``country`` are heard, or none; some of them alone (``tones``) are told sooner."""
        self.tones = ProgressDetector(country, tones) if country is not None else None
        self.tones_since = self.bank.loop.samples

    def hear(self, ts: int, block: Samples) -> Samples:
        """The block of time stamp ``ts`` from this port without our own echo; the block itself if we are silent."""
        reference = self._sent.pop((ts - self.bank.delay) & 0xFFFFFFFF, None)
        self.played = _QUIET if reference is None else reference
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
        if block is not None:
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

    # Commands

    async def command(self, op: int, *args: Any) -> bytes:
        """Has the HAT do ``op`` on this port. Raises LinkError."""
        return await self.bank.link.command(op, self.index, *args)


class PortBank:
    """All ports of one HAT."""

    def __init__(self, loop: SampleLoop, link: Telephone, law: g711.Law) -> None:
        self.loop = loop
        self.link = link
        self.law = law
        self.delay = p.PLAYOUT_DELAY
        self.ports: list[Port] = []
        self._keys = DtmfBank(0)
        self._streams = np.zeros((0, p.BLOCK), np.int16)  # a block of each port, as its keys are heard in it
        self.on_event: Callable[[Port, int, int, tuple[Any, ...]], None] = lambda port, kind, at, args: None
        link.on_block = self._block
        link.on_event = self._event
        link.on_missing = self._missing

    def configure(self, kinds: bytes, delay: int) -> None:
        """Makes the ports that HELLO_R told of."""
        self.delay = delay
        names: dict[int, Literal["line", "handset"]] = {p.FXO: "line", p.FXS: "handset"}
        known = [(index, names[kind]) for index, kind in enumerate(kinds) if kind in names]
        self._keys = DtmfBank(len(known))
        self._streams = np.zeros((len(known), p.BLOCK), np.int16)
        self.ports = [Port(self, index, kind, self._keys, stream) for stream, (index, kind) in enumerate(known)]

    def __getitem__(self, name: str) -> Port:
        return next(port for port in self.ports if port.name == name)

    @property
    def lines(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "line"]

    @property
    def handsets(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "handset"]

    def _block(self, ts: int, mask: int, samples: npt.NDArray[np.uint8] | None) -> tuple[int, Any]:
        if samples is not None:
            linear = np.ascontiguousarray(g711.decode(samples, self.law).T)
            block_of = dict(zip((bit for bit in range(mask.bit_length()) if mask >> bit & 1), linear, strict=True))
            self._take(ts, [(port, block_of[port.index]) for port in self.ports if port.index in block_of])
        elif mask == 0:
            self._take(ts, [(port, _QUIET) for port in self.ports if port.taps])
        down_mask, blocks = 0, []
        for port in self.ports:
            block = port.give(ts)
            if block is not None:
                down_mask |= 1 << port.index
                blocks.append(block)
        if not blocks:
            return 0, None
        return down_mask, g711.encode(np.array(blocks).T, self.law)

    def _take(self, ts: int, blocks: list[tuple[Port, Samples]]) -> None:
        """One block from each of some ports. A port that gave none was silent, as far as keys go."""
        heard = [(port, block, port.hear(ts, block)) for port, block in blocks]
        listening = [one for one in heard if one[0].hears_keys]
        digits = self._listen(listening) if listening else {}
        for port, block, near in heard:
            port.take(block, near, digits.get(port, []))

    def _listen(self, heard: list[tuple[Port, Samples, Samples]]) -> dict[Port, list[Digit]]:
        """The keys in some ports' blocks (as they came, without our echo), in samples from the blocks' start."""
        if len(heard) < len(self._streams):
            self._streams.fill(0)
        echo = [False] * len(self._streams)
        for port, block, near in heard:
            self._streams[port.stream] = near
            echo[port.stream] = near is not block
        told = self._keys.feed(self._streams, echo)
        return {
            port: [digit.moved(p.BLOCK - self._keys.position(port.stream)) for digit in told[port.stream]]
            for port, _, _ in heard
            if told[port.stream]
        }

    def _missing(self, ts: int) -> None:
        for port in self.ports:
            port.missed(ts)

    def _event(self, index: int, kind: int, ts: int, args: tuple[Any, ...]) -> None:
        port = next((port for port in self.ports if port.index == index), None)
        if port is None:
            return
        _follow(port, kind, args)
        at = self.link.sample_of(ts)
        self.on_event(port, kind, at, args)
        if port.user is not None:
            port.user.on_event(kind, at, args)


def _follow(port: Port, kind: int, args: tuple[Any, ...]) -> None:
    """Keeps the port's own picture of the line in step with the events."""
    if kind in (p.EV_HOOK_OFF, p.EV_HOOK_ON):
        port.off_hook = kind == p.EV_HOOK_OFF
    elif kind in (p.EV_RING_START, p.EV_RING_STOP):
        port.ringing = kind == p.EV_RING_START
    elif kind in (p.EV_LINE_IN_USE, p.EV_LINE_FREE):
        port.in_use = kind == p.EV_LINE_IN_USE
    elif kind in (p.EV_BATT_LOST, p.EV_BATT_BACK):
        port.battery = kind == p.EV_BATT_BACK
    elif kind == p.EV_CHIP_FAULT:
        port.fault = _reason(args[0], bytes(args[1]).decode("utf-8", "replace"))
        port.out_of_order = args[0] not in faults.USABLE
    elif kind == p.EV_CHIP_BACK:
        port.fault = ""
        port.out_of_order = False


def _reason(code: int, seen: str) -> str:
    """What failed, in words, and what the HAT saw of it: "PCM clock missing: register 22 reads 0x00, ..."."""
    what = faults.TEXT.get(code, f"chip fault {code}")
    return what if seen in ("", what) else f"{what}: {seen}"
