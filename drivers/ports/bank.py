"""All ports of one HAT (or what plays one): 20 ms blocks in and out for each, and what they tell.

A ``PortBank`` stands on the link: it takes each AUDIO_UP apart, hands every port its block, and collects what the
ports play into the answer. The echo reference of a block is what was played PLAYOUT_DELAY earlier, by time stamp, so it
is exact; a block that the HAT missed was silence, and a block that never came up is heard as silence and counted.

All ports are listened to for keys at once (`DtmfBank`), before anything else hears the block: a tap may ask its port
for the keys in the block it is given, and for what was played meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.ports import facts
from drivers.ports.facts import Fact
from drivers.ports.port import QUIET, Beside, Kind, Port, Samples
from drivers.signals import g711
from drivers.signals.callerid.messages import Message
from drivers.signals.dtmf.receiver import Digit, DtmfBank
from drivers.telephone import Telephone
from firmware.hat import protocol as p

HAT_NAMES: Final = ("A", "B", "C", "D")
"""As printed beside the HAT's sockets."""
KINDS: Final[dict[int, Kind]] = {p.FXO: "line", p.TRUNK: "line", p.FXS: "handset", p.EXT: "handset"}


class PortBank:
    """All ports of one HAT, by the names of its sockets."""

    def __init__(self, loop: SampleLoop, link: Telephone, law: g711.Law, names: Sequence[str] = HAT_NAMES) -> None:
        self.loop = loop
        self.link = link
        self.law: g711.Law = law
        self.beside: list[Beside] = []
        """Banks elsewhere. All blocks of a beat are taken before the first is given, so a mix adds no delay here."""
        self._names = names
        self.delay = p.PLAYOUT_DELAY
        self.ports: list[Port] = []
        self._keys = DtmfBank(0)
        self._streams = np.zeros((0, p.BLOCK), np.int16)  # a block of each port, as its keys are heard in it
        self.on_fact: Callable[[Port, Fact], None] = lambda port, fact: None
        link.on_block = self._block
        link.on_event = self._event
        link.on_missing = self._missing
        link.on_caller = self._caller

    def configure(self, kinds: bytes, delay: int) -> None:
        """Makes the ports that HELLO_R told of."""
        self.delay = delay
        known = [(at, KINDS[kind]) for at, kind in enumerate(kinds[: len(self._names)]) if kind in KINDS]
        self._keys = DtmfBank(len(known))
        self._streams = np.zeros((len(known), p.BLOCK), np.int16)
        self.ports = [
            Port(self, index, self._names[index], kind, self.link.does[kind], self._keys, stream)
            for stream, (index, kind) in enumerate(known)
        ]

    def __getitem__(self, name: str) -> Port:
        return next(port for port in self.ports if port.name == name)

    @property
    def lines(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "line"]

    @property
    def handsets(self) -> list[Port]:
        return [port for port in self.ports if port.kind == "handset"]

    def _block(self, ts: int, mask: int, samples: npt.NDArray[np.uint8] | None) -> tuple[int, Any]:
        """A beat: everybody is heard, then everybody is spoken to."""
        self.hear(ts, mask, samples)
        beside = tuple(self.beside)
        for bank in beside:
            bank.take(ts)
        answer = self.say(ts)
        for bank in beside:
            bank.give(ts)
        return answer

    def hear(self, ts: int, mask: int, samples: npt.NDArray[np.uint8] | None) -> None:
        """The ports' blocks of time stamp ``ts``, as codes (samples x ports); None: they never came."""
        if samples is not None:
            linear = np.ascontiguousarray(g711.decode(samples, self.law).T)
            block_of = dict(zip((bit for bit in range(mask.bit_length()) if mask >> bit & 1), linear, strict=True))
            self._take(ts, [(port, block_of[port.index]) for port in self.ports if port.index in block_of])
        elif mask == 0:
            self._take(ts, [(port, QUIET) for port in self.ports if port.taps])

    def say(self, ts: int) -> tuple[int, Any]:
        """What the ports play in answer to ``ts``: their mask, and codes (samples x ports); 0 and None for silence."""
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
        fact = facts.of_event(kind, self.link.sample_of(ts), args)
        if port is not None and fact is not None:
            self._tell(port, fact)

    def _caller(self, index: int, message: Message) -> None:
        for port in self.ports:
            if port.index == index:
                self._tell(port, facts.Caller(self.loop.samples, message))

    def _tell(self, port: Port, fact: Fact) -> None:
        port.follow(fact)
        self.on_fact(port, fact)
        if port.user is not None:
            port.user.told(fact)

    # Verbs for two ports of this bank. Raise LinkError

    async def bridge(self, first: Port, second: Port) -> None:
        """Connects two ports slot to slot: each hears the other, without the box between."""
        await self.link.command(p.OP_BRIDGE, p.NO_PORT, first.index, second.index)

    async def unbridge(self, first: Port, second: Port) -> None:
        """Takes two ports apart again."""
        await self.link.command(p.OP_UNBRIDGE, p.NO_PORT, first.index, second.index)
