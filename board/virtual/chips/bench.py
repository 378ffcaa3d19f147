"""The board round the microcontroller: takes the operations of ``mcu/fakes/world.py``'s wire to chips, pins and UART.

One ``handle`` takes one message and gives the reply, or stops at what the board must do first: the block (DOWN), the
end of the tick (END), a reset (RESET). Output pins that matter outside are kept in ``pins``; ``miso_high``,
``interrupt_stuck``, ``rts_stuck``, ``collection_slow`` and ``dma_missed`` are faults (``hat.faults``).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from board.virtual.chips.chip import NOTHING, Chip
from firmware.hat.protocol import RATE

SPI, PIN, TIME, DOWN, END, RESET, CLOCKS = 1, 2, 3, 4, 5, 6, 7
BLOCK_BYTES = 640
TICK_SAMPLES = 160
TICKS_A_SECOND = RATE // TICK_SAMPLES
LINE_RESET, RELAY, IRQ, ALIVE, LED = 17, 20, 21, 22, 25
ADC_5V_DIVIDER = 6600.0
FXO, FXS = 1, 2  # bits of the interrupt lines


class Bench:
    """``chips``: two FXO, then two FXS, as their selects are numbered."""

    def __init__(self, chips: Sequence[Chip]) -> None:
        self.chips = chips
        self.pins: dict[int, int] = {}
        self.changed: list[tuple[int, int]] = []
        """(pin, level) in the order of time, since the board last looked."""
        self.start = 0
        self.miso_high = False
        self.interrupt_stuck = 0
        """Bits (FXO, FXS) of interrupt lines held low."""
        self.collection_slow = False
        """Every collection of garbage takes 10 ms."""
        self.dma_missed = False
        """Once a second the program is away for a whole block."""
        self._ticks = 0
        self.rts_stuck = False
        """The Pi takes nothing: what the program gives its UART stays in the program."""
        self.mv_5v = 5050
        self.celsius_raw = 26500
        self.down = bytes(BLOCK_BYTES)
        self.uart = b""
        self.cause = 0
        self.lists = 0
        """SPI lists clocked, for the benchmark."""

    def handle(self, message: bytes) -> tuple[bytes, int]:
        """One message; (what its operations gave, the operation that it stopped at or 0)."""
        out = b""
        at = 0
        while at < len(message):
            operation = message[at]
            at += 1
            if operation == SPI:
                n = message[at] | message[at + 1] << 8
                at += 2
                out += self._spi(message[at : at + n], message[at + n : at + 2 * n])
                at += 2 * n
            elif operation == TIME:
                self.advance(int.from_bytes(message[at : at + 4], "little"))
                at += 4
            elif operation == PIN:
                self.pin(message[at], message[at + 1])
                at += 2
            elif operation == CLOCKS:
                pclk, fsync = struct.unpack_from("<II", message, at)
                at += 8
                self.set_clocks(pclk, fsync)
            elif operation == DOWN:
                self.down = message[at : at + BLOCK_BYTES]
                at += BLOCK_BYTES
                return out, DOWN
            elif operation == END:
                n = int.from_bytes(message[at : at + 4], "little")
                self.uart = message[at + 4 : at + 4 + n]
                return out, END
            elif operation == RESET:
                self.cause = message[at]
                return out, RESET
            else:
                raise ValueError(f"operation {operation} of the microcontroller is unknown")
        return out, 0

    def interrupts_low(self) -> int:
        """Which interrupt lines are low (FXO, FXS)."""
        low = self.interrupt_stuck
        for index, chip in enumerate(self.chips):
            if chip.interrupt:
                low |= FXO if index < 2 else FXS
        return low

    def flags(self) -> int:
        """The first byte of a reply, as ``mcu/fakes/world.py`` tells its bits."""
        low = self.interrupts_low()
        end = self.start + TICK_SAMPLES
        still = all(chip.stable(end) for chip in self.chips)
        away = self.dma_missed and self._ticks % TICKS_A_SECOND == 0
        return low | still << 2 | self.rts_stuck << 3 | self.collection_slow << 4 | away << 5

    def tick_data(self, uart: bytes) -> bytes:
        """What END gives: the next tick's UART bytes and converter readings."""
        self._ticks += 1
        return uart + struct.pack("<HHI", *self.converters(), len(uart))

    def converters(self) -> tuple[int, int]:
        """What the 5 V divider and the NTC give, as 16-bit readings."""
        return max(0, min(65535, int(self.mv_5v * 65535 / ADC_5V_DIVIDER))), self.celsius_raw

    def power_off(self) -> None:
        """The microcontroller is dead: its outputs float, the board's resistors hold relay and chip reset low."""
        self.pin(RELAY, 0)
        self.pin(LINE_RESET, 0)
        self.set_clocks(0, 0)
        self.pins.clear()

    def advance(self, since_us: int) -> None:
        now = self.start + since_us * RATE // 1_000_000
        for chip in self.chips:
            chip.advance(now)

    def set_clocks(self, pclk_hz: int, fsync_hz: int) -> None:
        for chip in self.chips:
            chip.set_clocks(pclk_hz, fsync_hz)

    def _spi(self, who: bytes, out: bytes) -> bytes:
        self.lists += 1
        got = bytearray(len(out))
        for i, byte in enumerate(out):
            got[i] = self.byte(who[i], byte)
        return bytes(got)

    def byte(self, select: int, byte: int) -> int:
        """One byte under a chip select; what the data line carries meanwhile."""
        got = self.chips[select].clock(byte) if select < len(self.chips) else NOTHING
        return NOTHING if self.miso_high else got

    def pin(self, pin: int, level: int) -> None:
        if self.pins.get(pin) == level:
            return
        self.pins[pin] = level
        self.changed.append((pin, level))
        if pin == LINE_RESET:
            for chip in self.chips:
                chip.set_reset(level == 0)
