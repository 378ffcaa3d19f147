"""One line chip on a line of its own, for tests of the chip models."""

from __future__ import annotations

from typing import Any

from board.virtual.board import HANDSET_OHM, HANDSET_RING_OHM
from board.virtual.chips.chip import Chip
from board.virtual.chips.si3050 import Si3050
from board.virtual.chips.si3210 import Si3210
from board.virtual.line import Line
from board.virtual.loop import Loop
from board.virtual.sound import Pair
from drivers.signals.line import LineSettings
from firmware.hat.protocol import BLOCK


class Bench:
    """One chip on a line of its own, and a clock of 20 ms blocks."""

    def __init__(self, kind: type[Chip], **options: Any) -> None:
        loop = Loop("X", HANDSET_OHM, ring_ohm=HANDSET_RING_OHM) if kind is Si3210 else Loop("X")
        self.line = Line("X", loop, Pair(LineSettings(noise_dbm0=-100.0, band=False, return_loss_db=100.0)))
        self.chip = kind(self.line, **options)
        self.chip.set_clocks(512_000, 8_000)
        self.chip.set_reset(False)
        self.now = 0

    def read(self, register: int) -> int:
        if isinstance(self.chip, Si3050):
            return [self.chip.clock(byte) for byte in (0x60, register, 0)][2]
        return [self.chip.clock(byte) for byte in (0x80 | register, 0)][1]

    def write(self, register: int, value: int) -> None:
        for byte in (0x20, register, value) if isinstance(self.chip, Si3050) else (register, value):
            self.chip.clock(byte)

    def indirect(self, address: int, value: int) -> None:
        for register, part in ((28, value & 0xFF), (29, value >> 8), (30, address)):
            self.write(register, part)

    def run(self, ms: int) -> None:
        for _ in range(ms // 20):
            self.chip.begin()
            self.line.loop.advance(self.now)
            self.line.pair.start()
            self.chip.advance(self.now)
            self.now += BLOCK
            self.chip.advance(self.now - 1)
