"""What both kinds of line chip share: SPI by bytes, reset, the PCM clock, and the faults that look alike from outside.

A chip is a state machine that takes one byte for each pulse of its chip select. It is dead while its reset pin is
low, until PCLK and FSYNC run at exactly 64 to 1 (it then drives zeros) and when it is ``silent`` (nothing drives the
data line: the pull-up reads ones). Time is in samples of the board. ``stable(end)`` says whether any register will
change by time alone before ``end``.
"""

from __future__ import annotations

from collections.abc import Iterator

from board.virtual.line import Line
from board.virtual.loop import Electrical
from board.virtual.sound import Samples
from drivers.signals import g711
from drivers.signals.levels import gain
from firmware.hat.protocol import RATE

NOTHING = 0xFF
FRAME_BITS = 64  # PCLK a frame
MU, A = 0x28, 0x20  # PCM mode register: enabled, law


def samples(ms: float) -> int:
    """Milliseconds in samples."""
    return int(ms * RATE / 1000)


class Chip:
    """One chip on ``line``. ``silent``, ``clock_stopped``, ``interrupt_stuck``: faults that a test injects."""

    registers: bytearray
    pcm_mode: int  # number of the PCM mode register
    tx_start: int  # number of the first of the TX start registers; RX start follows after two

    def __init__(self, line: Line) -> None:
        self.line = line
        self.silent = False
        self.clock_stopped = False
        self.interrupt_stuck = False
        self.in_reset = True
        self.clocked = False
        """Whether PCLK and FSYNC run as they must."""
        self.now = 0
        self._next_change = 0  # index of the block's first change that was not looked at yet
        self._before = line.loop.now  # the loop when the block began
        self._frame: list[int] = []
        self.reset()

    # Pins

    def set_reset(self, low: bool) -> None:
        """The reset pin; the registers fall to their reset values while it is low."""
        if low and not self.in_reset:
            self.reset()
        self.in_reset = low

    def set_clocks(self, pclk_hz: int, fsync_hz: int) -> None:
        """What runs on the highway's clock lines from now on."""
        self.clocked = fsync_hz == RATE and pclk_hz == FRAME_BITS * fsync_hz

    def brown_out(self) -> None:
        """The supply dipped: everything set is forgotten."""
        self.reset()

    @property
    def alive(self) -> bool:
        return self.clocked and not (self.in_reset or self.silent or self.clock_stopped)

    def clock(self, out: int) -> int:
        """One byte under this chip's select; what it drives meanwhile."""
        if self.silent:
            return NOTHING
        if not self.alive:
            self._frame.clear()
            return 0
        return self._byte(out)

    # PCM

    @property
    def law(self) -> g711.Law | None:
        """The law of the PCM samples, or None when PCM is off."""
        mode = self.registers[self.pcm_mode] & 0x38
        return "mu" if mode == MU else "a" if mode == A else None

    @property
    def tx_bit(self) -> int:
        """PCLK of the frame at which this chip begins to send."""
        return self.registers[self.tx_start] | (self.registers[self.tx_start + 1] & 3) << 8

    @property
    def rx_bit(self) -> int:
        """PCLK of the frame at which this chip begins to take."""
        return self.registers[self.tx_start + 2] | (self.registers[self.tx_start + 3] & 3) << 8

    @property
    def sends(self) -> bool:
        """Whether the chip drives its slot."""
        return self.alive and self.law is not None

    @property
    def loops_back(self) -> bool:
        return False

    @property
    def hears(self) -> bool:
        """Whether sound of the line reaches the PCM side."""
        raise NotImplementedError

    def take(self, samples_in: Samples) -> None:
        """Linear samples from the receive slot go out on the line, when the chip's state lets them."""
        raise NotImplementedError

    def give(self, echo: bool) -> Samples:
        """Linear samples of the line for the transmit slot."""
        raise NotImplementedError

    # For the models

    def reset(self) -> None:
        raise NotImplementedError

    def _byte(self, out: int) -> int:
        raise NotImplementedError

    def begin(self) -> None:
        """A block begins: called just before the loops advance."""
        self._next_change = 0
        self._before = self.line.loop.now

    def changes(self, now: int) -> Iterator[Electrical]:
        """The loop's changes up to sample ``now`` that were not looked at yet."""
        changes = self.line.loop.changes
        while self._next_change < len(changes) and changes[self._next_change].sample <= now:
            self._next_change += 1
            yield changes[self._next_change - 1]

    def state(self) -> Electrical:
        """The loop as it is now."""
        if self._next_change and self.line.loop.changes:
            return self.line.loop.changes[self._next_change - 1]
        return self._before

    def advance(self, now: int) -> None:
        """Time has come to sample ``now``: what changes by time alone, changes."""
        raise NotImplementedError

    def stable(self, end: int) -> bool:
        raise NotImplementedError

    @property
    def interrupt(self) -> bool:
        """Whether the chip pulls its interrupt line low: it has something to tell, or is stuck with it enabled."""
        return self.alive and bool(self.interrupts_enabled and (self.interrupt_stuck or self.interrupts_pending))

    @property
    def interrupts_enabled(self) -> int:
        """Non-zero when its interrupt output is let to the pin."""
        raise NotImplementedError

    @property
    def interrupts_pending(self) -> int:
        """Non-zero when something enabled has happened."""
        raise NotImplementedError


def amplified(block: Samples, db: float) -> Samples:
    return gain(block, db) if db else block
