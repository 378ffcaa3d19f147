"""The PCM highway: PIO makes the clocks and shifts the bits, DMA moves 20 ms blocks, two buffers each way take turns.

A frame is 64 PCLK long (512 kHz, 125 us). In slots 0 to 3 the chips send and receive, port by port: one 32-bit word
each way. In slots 4 to 7 the state machine sends the upward word of the same frame back down: a direct bridge only
points a chip's receive slot at its partner's echo (``bridge_start``), and nothing passes through memory.

Block numbers count modulo 2**27, which is where 160 times the number wraps with the time stamp's 32 bits and still a
small integer of the RP2040. ``captured`` and ``load`` are the audio path: they allocate nothing. A buffer lies
aligned in a ring of 1024 bytes, so that a channel that was not wound back in time runs round its own buffer and
spoils a block, never the heap.
"""

import time

import rp2
from machine import Pin
from micropython import const
from uctypes import addressof

from . import pins
from .cobs import stuffing
from .protocol import BLOCK, PLAYOUT_DELAY

BLOCK_BYTES = const(640)  # four slots of 160 samples
RING_BITS = const(10)
BLOCKS = const(0x7FFFFFF)  # mask of block numbers
BLOCK_US = const(20000)
SM_HZ = const(5_120_000)  # ten cycles a bit of 512 kHz; 128 MHz / 25, an integer: no jitter (reference section 0)
DREQ_TX0 = const(0)
DREQ_RX0 = const(4)
SILENCE = (0xFF, 0xD5)  # mu-law, A-law


@rp2.asm_pio(
    sideset_init=(rp2.PIO.OUT_LOW, rp2.PIO.OUT_LOW),
    out_init=rp2.PIO.OUT_LOW,
    out_shiftdir=rp2.PIO.SHIFT_LEFT,
    in_shiftdir=rp2.PIO.SHIFT_LEFT,
)
def highway():
    # fmt: off
    # side: bit 0 PCLK, bit 1 FSYNC. Data leaves on the rising edge and is taken on the falling one, ten cycles a bit.
    wrap_target()                     # noqa: F821
    out(pins, 1)     .side(0b11) [4]  # noqa: F821  bit 0, under FSYNC
    in_(pins, 1)     .side(0b10) [3]  # noqa: F821
    set(x, 29)       .side(0b10)      # noqa: F821
    label("own")                      # noqa: F821  bits 1 to 30
    out(pins, 1)     .side(0b01) [4]  # noqa: F821
    in_(pins, 1)     .side(0b00) [3]  # noqa: F821
    jmp(x_dec, "own").side(0b00)      # noqa: F821
    out(pins, 1)     .side(0b01) [4]  # noqa: F821  bit 31; then the upward word is complete
    in_(pins, 1)     .side(0b00)      # noqa: F821
    mov(osr, isr)    .side(0b00)      # noqa: F821
    push(noblock)    .side(0b00)      # noqa: F821
    set(x, 30)       .side(0b00) [1]  # noqa: F821
    label("echo")                     # noqa: F821  bits 32 to 62: the upward word, down again
    out(pins, 1)     .side(0b01) [4]  # noqa: F821
    nop()            .side(0b00) [3]  # noqa: F821
    jmp(x_dec, "echo").side(0b00)     # noqa: F821
    out(pins, 1)     .side(0b01) [4]  # noqa: F821  bit 63
    pull(noblock)    .side(0b00) [4]  # noqa: F821  an empty FIFO gives x, which is all ones here: mu-law silence
    wrap()                            # noqa: F821
    # fmt: on


def bridge_start(partner):
    """The PCLK of the frame at which the echo of ``partner``'s upward slot begins."""
    return 32 + 8 * partner


class _Ring:
    """A buffer of BLOCK_BYTES at the start of its aligned ring."""

    def __init__(self):
        self._room = bytearray(2 << RING_BITS)
        offset = -addressof(self._room) & ((1 << RING_BITS) - 1)
        self.data = memoryview(self._room)[offset : offset + BLOCK_BYTES]
        self.address = addressof(self._room) + offset


class Tdm:
    """Life cycle: create, ``start``; ``captured`` in every turn of the loop; ``restart`` when it has stalled."""

    def __init__(self):
        self._rx = (_Ring(), _Ring())
        self._tx = (_Ring(), _Ring())
        self._rx_dma = (rp2.DMA(), rp2.DMA())
        self._tx_dma = (rp2.DMA(), rp2.DMA())
        self._sm = rp2.StateMachine(
            0,
            highway,
            freq=SM_HZ,
            sideset_base=Pin(pins.PCLK),
            out_base=Pin(pins.PCM_OUT),
            in_base=Pin(pins.PCM_IN),
        )
        self.silence = SILENCE[0]
        self.block = 0  # the block being played and captured
        self.up = self._rx[0].data  # what ``captured`` caught last
        self.overruns = 0  # blocks lost because nobody came in time
        self.passed = 1  # blocks that went by until ``captured`` caught its last
        self.restarts = 0
        self.ticked = False
        self._rx_turn = 0
        self._tx_turn = 0
        self._tx_block = 0  # the block the downward channel plays
        self._filled = [False, False]
        self._played = [False, False]  # by the parity of the block: whether it had been loaded when it began
        self._early = bytearray(BLOCK_BYTES)
        self._early_block = -1  # the block that ``_early`` is for
        self._began = 0

    def start(self):
        """Clocks on; block ``self.block`` begins now."""
        for turn in (0, 1):
            other = 1 - turn
            control = self._rx_dma[turn].pack_ctrl(
                size=2, inc_read=False, inc_write=True, ring_size=RING_BITS, ring_sel=True, treq_sel=DREQ_RX0,
                chain_to=self._rx_dma[other].channel, bswap=True,
            )  # fmt: skip
            self._rx_dma[turn].config(read=self._sm, write=self._rx[turn].address, count=BLOCK, ctrl=control)
            control = self._tx_dma[turn].pack_ctrl(
                size=2, inc_read=True, inc_write=False, ring_size=RING_BITS, ring_sel=False, treq_sel=DREQ_TX0,
                chain_to=self._tx_dma[other].channel, bswap=True,
            )  # fmt: skip
            self._tx_dma[turn].config(read=self._tx[turn].address, write=self._sm, count=BLOCK, ctrl=control)
            stuffing.fill(self._tx[turn].data, BLOCK_BYTES, self.silence)
            self._filled[turn] = False
        self._rx_turn = self._tx_turn = 0
        self._tx_block = self.block
        self._tx_dma[0].active(1)
        self._rx_dma[0].active(1)
        self._sm.active(1)
        self._began = time.ticks_us()

    def restart(self):
        """Stops everything and starts it again."""
        self._sm.active(0)
        for channel in self._rx_dma + self._tx_dma:
            channel.active(0)
        self._sm.restart()
        self.restarts += 1
        self.start()

    def captured(self):
        """Whether a block has come in; then ``up`` holds it, ``block`` is its number plus one, and the channel is
        wound back."""
        self._follow_tx()
        turn = self._rx_turn
        if self._rx_dma[turn].active() and self._rx_dma[1 - turn].write == self._rx[1 - turn].address:
            return False  # the block is not complete; with a channel in between that has run, the turn came round again
        now = time.ticks_us()
        lost = time.ticks_diff(now, self._began) // BLOCK_US - 1
        if lost > 0:  # nobody came for whole blocks: the channels ran on, and which one runs is anybody's guess
            self.overruns += lost
            self.block = (self.block + lost) & BLOCKS
            self._began = time.ticks_add(self._began, lost * BLOCK_US)
            self._tx_block = self.block
            self._tx_turn = 0 if self._tx_dma[0].active() else 1
            self._rewind_tx(1 - self._tx_turn)
            if not self._rx_dma[1 - turn].active():
                turn = 1 - turn
        self.passed = lost + 1 if lost > 0 else 1
        self.up = self._rx[turn].data
        self._rx_dma[turn].write = self._rx[turn].address
        self._rx_turn = 1 - turn
        self._began = time.ticks_add(self._began, BLOCK_US)
        self.block = (self.block + 1) & BLOCKS
        self.ticked = True
        return True

    def skip(self):
        """A block has passed by the timer alone: the clocks stand still."""
        self.block = (self.block + 1) & BLOCKS
        self._began = time.ticks_add(self._began, BLOCK_US)

    @property
    def began(self):
        """When the present block began, by ``time.ticks_us``."""
        return self._began

    def _follow_tx(self):
        """Notices that the downward channel has moved on to its next block; the one it left is silenced."""
        turn = self._tx_turn
        if not self._tx_dma[turn].active():
            self._tx_turn = 1 - turn
            self._tx_block = (self._tx_block + 1) & BLOCKS
            self._rewind_tx(turn)
            self._played[self._tx_block & 1] = self._filled[self._tx_turn]

    def _rewind_tx(self, turn):
        """The buffer of the channel that rests: from its start again, with what came early for it, or silence."""
        self._tx_dma[turn].read = self._tx[turn].address
        early = self._early_block == (self._tx_block + 1) & BLOCKS
        self._filled[turn] = early
        if early:
            stuffing.copy(self._early, BLOCK_BYTES, self._tx[turn].data)
        else:
            stuffing.fill(self._tx[turn].data, BLOCK_BYTES, self.silence)

    def played(self, block):
        """Whether what played in ``block``, the present one or the one before, had come in time."""
        return self._played[block & 1]

    def load(self, frame, at, mask, silent):
        """Puts an AUDIO_DOWN frame's samples, from ``frame[at]`` on, into the buffer that plays next, or the one after.

        Returns 0 when it was loaded, 1 when it came too late, -1 when its time is further away.
        """
        self._follow_tx()
        ahead = PLAYOUT_DELAY - stuffing.age(frame, 4, self._tx_block)
        if ahead <= 0:
            return 1
        if ahead == 2 * BLOCK:  # both buffers are still taken
            stuffing.scatter(frame, at, BLOCK, mask, silent, self.silence, self._early)
            self._early_block = (self._tx_block + 2) & BLOCKS
            return 0
        if ahead != BLOCK:
            return -1
        turn = 1 - self._tx_turn
        stuffing.scatter(frame, at, BLOCK, mask, silent, self.silence, self._tx[turn].data)
        self._filled[turn] = True
        return 0
