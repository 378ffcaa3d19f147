"""The RP2040's UART (Arm's PL011, DDI 0183) with what rp2040py's lacks: FIFOs of 32, levels, pace, flow control.

A byte leaves ten bit times after the one before, one arrives no faster. Interrupts as the manual has them: RX at its
level, RX time-out 32 bit times after the last byte while some wait, TX when the FIFO falls through its level. RTS holds
the far end while the FIFO is at its level, if the program has it on (RTSEN); ``held`` is the far end's own (CTS).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from rp2040py.peripherals.uart import RPUART

DR, RSR, FR, CR, IFLS, IMSC, RIS, MIS, ICR = 0x00, 0x04, 0x18, 0x30, 0x34, 0x38, 0x3C, 0x40, 0x44
TXFE, RXFF, TXFF, RXFE, BUSY = 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3
CTSEN, RTSEN = 1 << 15, 1 << 14
RT, TX, RX = 1 << 6, 1 << 5, 1 << 4
DEPTH = 32
LEVELS = (4, 8, 16, 24, 28)  # of 32, by IFLS
RESET_IFLS = 0x12
BITS = 10
TIMEOUT_BITS = 32


class Pl011(RPUART):
    """``sent`` collects what left; ``feed`` queues what is to arrive. ``bit_nanos``: a bit's time on the clock."""

    def __init__(self, mcu: Any, old: RPUART, bit_nanos: float) -> None:
        super().__init__(mcu, "UART0", old.irq, old.dreq)
        self.sent = bytearray()
        self.first_at: float | None = None
        """When the first byte left, in nanoseconds of the clock."""
        self.held = False
        self._bit = bit_nanos
        self._coming: deque[int] = deque()
        self._in: deque[int] = deque()
        self._out: deque[int] = deque()
        self._raw = 0
        self._ifls = RESET_IFLS
        self._sending = False
        self._arriving = False
        self._leave = mcu.clock.create_alarm(self._left)
        self._arrive = mcu.clock.create_alarm(self._arrived)
        self._quiet = mcu.clock.create_alarm(self._timed_out)

    def reset(self) -> None:
        super().reset()
        for alarm in (self._leave, self._arrive, self._quiet):
            alarm.cancel()
        self._coming.clear()
        self._in.clear()
        self._out.clear()
        self._raw = 0
        self._ifls = RESET_IFLS
        self._sending = self._arriving = False

    def feed(self, data: Iterable[int]) -> None:
        """Bytes from the far end, on the wire as fast as it carries them."""
        self._coming.extend(data)
        self._next_in()

    @property
    def waiting(self) -> int:
        """Bytes that the far end has not sent yet."""
        return len(self._coming)

    # Out

    def _start(self) -> None:
        if self._out and not self._sending and not (self.held and self._ctrl_register & CTSEN):
            self._sending = True
            self._leave.schedule(BITS * self._bit)

    def _left(self) -> None:
        self._sending = False
        if self.first_at is None:
            self.first_at = self.rp2040.clock.nanos
        self.sent.append(self._out.popleft())
        if len(self._out) == LEVELS[min(4, self._ifls & 7)]:
            self._raw |= TX
        self._start()
        self._tell()

    def release(self) -> None:
        """The far end takes bytes again."""
        self.held = False
        self._start()

    # In

    def _next_in(self) -> None:
        stopped = self._ctrl_register & RTSEN and len(self._in) >= self._rx_level
        if self._coming and not self._arriving and not stopped:
            self._arriving = True
            self._arrive.schedule(BITS * self._bit)

    def _arrived(self) -> None:
        self._arriving = False
        byte = self._coming.popleft()
        if self.enabled and self.rx_enabled and len(self._in) < DEPTH:
            self._in.append(byte)
            if len(self._in) >= self._rx_level:
                self._raw |= RX
            self._quiet.schedule(TIMEOUT_BITS * self._bit)
            self._tell()
        self._next_in()

    def _timed_out(self) -> None:
        if self._in:
            self._raw |= RT
            self._tell()

    @property
    def _rx_level(self) -> int:
        return LEVELS[min(4, self._ifls >> 3 & 7)]

    def _taken(self) -> int:
        byte = self._in.popleft() if self._in else 0
        if len(self._in) < self._rx_level:
            self._raw &= ~RX
        if not self._in:
            self._raw &= ~RT
            self._quiet.cancel()
        self._tell()
        self._next_in()
        return byte

    # Registers

    def _tell(self) -> None:
        self.rp2040.set_interrupt(self.irq, bool(self._raw & self._interrupt_mask))

    def read_uint32(self, offset: int) -> int:
        if offset == DR:
            return self._taken()
        if offset == FR:
            flags = TXFE if not self._out else BUSY
            flags |= RXFE if not self._in else 0
            flags |= RXFF if len(self._in) >= DEPTH else 0
            return flags | (TXFF if len(self._out) >= DEPTH else 0)
        if offset == IFLS:
            return self._ifls
        if offset == RIS:
            return self._raw
        if offset == MIS:
            return self._raw & self._interrupt_mask
        if offset == RSR:
            return 0
        return int(super().read_uint32(offset))

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == DR:
            if len(self._out) < DEPTH:
                self._out.append(value & 0xFF)
            if len(self._out) > LEVELS[min(4, self._ifls & 7)]:
                self._raw &= ~TX
            self._start()
            self._tell()
        elif offset == IFLS:
            self._ifls = value & 0x3F
        elif offset == IMSC:
            self._interrupt_mask = value & 0x7FF
            self._tell()
        elif offset == ICR:
            self._raw &= ~self.raw_write_value
            self._tell()
        elif offset == CR:
            super().write_uint32(offset, value)
            self._next_in()
            self._start()
        elif offset != RSR:
            super().write_uint32(offset, value)
