"""A bank of ports without a link: blocks go in, blocks come out, commands are noted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from drivers.clock import SampleLoop
from drivers.link import Link
from drivers.ports.bank import PortBank
from drivers.signals import g711
from firmware.hat import protocol as p

KINDS = bytes((p.FXO, p.FXO, p.FXS, p.FXS))
Samples = np.ndarray


class Bank:
    """A bank without a link: blocks go in, blocks come out, commands are noted."""

    def __init__(self, loop: SampleLoop, kinds: bytes = KINDS, does: Any = Link.does) -> None:
        self.commands: list[int] = []
        link: Any = SimpleNamespace(does=does, command=self._command)
        self.link = link
        self.ports = PortBank(loop, link, "mu", [f"{at}" for at in range(len(kinds))])
        self.ports.configure(kinds, p.PLAYOUT_DELAY)
        self._loop = loop
        self._ts = 0

    async def _command(self, op: int, port: int, *args: Any) -> bytes:
        self.commands.append(op)
        return b""

    def beat(self, said: Samples) -> Samples:
        """One block from each port (ports x samples); what each of them is played."""
        self._loop.samples += p.BLOCK
        self._ts += p.BLOCK
        count = len(self.ports.ports)
        mask, codes = self.link.on_block(self._ts, (1 << count) - 1, g711.encode(said.T))
        played = np.zeros((count, p.BLOCK), np.int16)
        if codes is not None:
            played[[at for at in range(count) if mask >> at & 1]] = g711.decode(codes).T
        return played
