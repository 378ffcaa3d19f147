"""The PCM highway: 64 PCLK a frame, every chip in its slots by its start counts, a block of 160 frames at a time.

Downward, bits 0 to 31 carry the microcontroller's words and bits 32 to 63 the upward word of the same frame once more
(the PIO program of ``firmware/hat/tdm.py``). A chip whose receive start points there hears its partner within the
frame. Outside its slot a chip is tri-state; two chips in one slot are a conflict, which is counted and reads as noise
of full scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from board.virtual.chips.chip import Chip
from board.virtual.sound import SILENCE, Samples
from drivers.signals import g711
from firmware.hat.protocol import BLOCK

Codes = npt.NDArray[np.uint8]
SLOTS = 4
IDLE_CODE = 0  # nobody drives the bus: the pull-down
CONFLICT_CODE = 0x80


class Highway:
    """Each block: ``play`` (downward words), ``bridge``, ``collect`` (upward words)."""

    def __init__(self, chips: Sequence[Chip]) -> None:
        self.chips = chips
        self.conflicts = 0
        self._down: Codes = np.zeros((BLOCK, SLOTS), np.uint8)
        self._given: dict[int, Samples] = {}

    def play(self, down: bytes) -> None:
        """The microcontroller's words of the block; chips that listen to one of them speak on their lines."""
        self._down = np.frombuffer(down, np.uint8).reshape(BLOCK, SLOTS)
        self._given.clear()
        for chip in self.chips:
            slot, rest = divmod(chip.rx_bit, 8)
            if chip.sends and rest == 0 and slot < SLOTS and not chip.loops_back:
                codes = self._down[:, slot]
                law = chip.law
                assert law is not None
                if codes.any():
                    first = int(codes[0])
                    if first == (0xFF if law == "mu" else 0xD5) and bool((codes == first).all()):
                        continue  # silence
                    chip.take(g711.decode(np.ascontiguousarray(codes), law))

    def bridge(self) -> None:
        """Chips that listen to an echo slot: lines are spoken to first, so that hybrids answer in the block."""
        listening = [
            (index, chip.rx_bit // 8 - SLOTS)
            for index, chip in enumerate(self.chips)
            if chip.sends and chip.rx_bit % 8 == 0 and SLOTS <= chip.rx_bit // 8 < 2 * SLOTS
        ]
        for index, slot in sorted(listening):
            source = self._sender(slot)
            if source is None:
                continue
            partner_hears = any(listener == source and self._sender(heard) == index for listener, heard in listening)
            first = partner_hears and index < source
            block = self._give(source, echo=not first)
            self.chips[index].take(block)

    def collect(self) -> bytes:
        """The upward words of the block."""
        up = np.full((BLOCK, SLOTS), IDLE_CODE, np.uint8)
        used = 0
        for index, chip in enumerate(self.chips):
            slot, rest = divmod(chip.tx_bit, 8)
            if not chip.sends or rest or slot >= SLOTS:
                continue
            if used >> slot & 1:
                self.conflicts += 1
                up[:, slot] = CONFLICT_CODE
                continue
            used |= 1 << slot
            law = chip.law
            assert law is not None
            if chip.loops_back:
                up[:, slot] = self._down[:, min(chip.rx_bit // 8, SLOTS - 1)]
            elif chip.hears:
                up[:, slot] = g711.encode(self._give(index, echo=True), law)
            else:
                up[:, slot] = 0xFF if law == "mu" else 0xD5
        return up.tobytes()

    def _sender(self, slot: int) -> int | None:
        for index, chip in enumerate(self.chips):
            if chip.sends and chip.tx_bit == slot * 8:
                return index
        return None

    def _give(self, index: int, echo: bool) -> Samples:
        if index not in self._given:
            chip = self.chips[index]
            self._given[index] = chip.give(echo) if chip.hears else SILENCE
        return self._given[index]
