"""``rp2`` of the virtual board: the PIO assembler, a state machine that runs or stands, and DMA that moves whole
blocks.

What its program puts on PCLK and FSYNC (side-set bits 0 and 1) is told to the chips: they live on it.

At the start of a tick the downward channel whose turn it is plays its buffer; at the end the upward one has filled
its own. A channel goes on from where its address stands, round its ring, as the real one does: one that was not wound
back is heard.
"""

import uctypes
from pio_assembler import Program
from pio_clocks import clocks
from wire import world

BLOCK_BYTES = 640


class PIO:
    OUT_LOW = 2
    OUT_HIGH = 3
    SHIFT_LEFT = 0
    SHIFT_RIGHT = 1


def asm_pio(**options):
    """Decorator: assembles the function's body; the result has ``words``, the wrap bounds and the options."""

    def assemble(function):
        return Program(function, options)

    return assemble


class StateMachine:
    """Holds the program; DMA moves only while it is active."""

    running = None

    def __init__(self, number, program, freq=0, sideset_base=None, out_base=None, in_base=None):
        self.number = number
        self.program = program
        self._hz = freq

    def active(self, on=None):
        if on is not None:
            StateMachine.running = self if on else None
            world.post_clocks(*(clocks(self.program, self._hz) if on else (0, 0)))
            if on:
                _Pump.reset()
        return StateMachine.running is self

    def restart(self):
        pass


class DMA:
    """One channel. ``read`` and ``write`` are addresses; one of them is the state machine."""

    made = []

    def __init__(self):
        self.channel = len(DMA.made)
        DMA.made.append(self)
        self.read = self.write = 0
        self.count = 0
        self.control = {}
        self._on = False

    def pack_ctrl(self, **control):
        return control

    def config(self, read=None, write=None, count=None, ctrl=None, trigger=False):
        self.read = read
        self.write = write
        self.count = count
        self.control = ctrl
        self._on = trigger

    def active(self, on=None):
        if on is not None:
            self._on = bool(on)
        return self._on

    def chain(self):
        """This channel is done; the one it names goes on."""
        self._on = False
        DMA.made[self.control["chain_to"]]._on = True

    def advance(self, address):
        """The address after a block, round the ring."""
        ring = 1 << self.control["ring_size"]
        return (address & ~(ring - 1)) | ((address + BLOCK_BYTES) & (ring - 1))

    def span(self, address):
        """The (address, length) pieces of a block from ``address``, round the ring."""
        ring = 1 << self.control["ring_size"]
        base = address & ~(ring - 1)
        first = min(BLOCK_BYTES, base + ring - address)
        pieces = [(address, first)]
        if first < BLOCK_BYTES:
            pieces.append((base, BLOCK_BYTES - first))
        return pieces


class _Pump:
    """Moves the blocks between the channels and the world."""

    fresh = True

    @staticmethod
    def reset():
        _Pump.fresh = True
        world.on_down = _Pump.down
        world.on_up = _Pump.up

    @staticmethod
    def _active(downward):
        for channel in DMA.made:
            if channel.active() and isinstance(channel.write, StateMachine) == downward:
                return channel
        return None

    @staticmethod
    def down():
        channel = _Pump._active(True)
        if StateMachine.running is None or channel is None:
            return bytes(BLOCK_BYTES)
        if not _Pump.fresh:
            channel.chain()
            channel = _Pump._active(True)
        _Pump.fresh = False
        data = b""
        for address, n in channel.span(channel.read):
            data += bytes(uctypes.bytearray_at(address, n))
        channel.read = channel.advance(channel.read)
        return data

    @staticmethod
    def up(data):
        channel = _Pump._active(False)
        if StateMachine.running is None or channel is None:
            return
        done = 0
        for address, n in channel.span(channel.write):
            uctypes.bytearray_at(address, n)[:] = data[done : done + n]
            done += n
        channel.write = channel.advance(channel.write)
        channel.chain()
