"""The SPI bus to the four line chips: 4 MHz, clock idles high, chip select high after every byte (reference 1.1, 1.2).

Selects are numbered as the ports: 0, 1 = Si3050; 2, 3 = Si3210. ``Script`` is a prepared list of register reads that
costs no allocation each time it runs; the drivers' single reads and writes go through ``Bus.clock`` as well.
"""

import micropython

READ_3050 = 0x60  # control bytes of the Si3050; the Si3210 has its read bit in the address
WRITE_3050 = 0x20
READ_3210 = 0x80


class Bus:
    """``spi`` has ``write_readinto``; ``selects`` are four output pins, high at rest."""

    def __init__(self, spi, selects):
        self._transfer_byte = spi.write_readinto
        self._selects = selects
        self._one = bytearray(1)
        self._got = bytearray(1)
        self._who = bytearray(3)
        self._tx = bytearray(3)
        self._rx = bytearray(3)
        self.ticked = False  # something was clocked since the watchdog looked

    @micropython.native
    def clock(self, who, tx, rx, n):
        """Clocks ``n`` bytes, each framed by its own chip select ``who[i]``; what came in goes to ``rx``.

        Machine code: the scan's 54 bytes a block took 14 % of the core as bytecode.
        """
        one = self._one
        got = self._got
        selects = self._selects
        transfer = self._transfer_byte
        for i in range(n):
            select = selects[who[i]]
            one[0] = tx[i]
            select(0)
            transfer(one, got)
            select(1)
            rx[i] = got[0]
        self.ticked = True

    def _transfer(self, select, n, a, b, c):
        who = self._who
        tx = self._tx
        who[0] = who[1] = who[2] = select
        tx[0] = a
        tx[1] = b
        tx[2] = c
        self.clock(who, tx, self._rx, n)
        return self._rx[n - 1]

    def read3050(self, select, register):
        """One register of a Si3050."""
        return self._transfer(select, 3, READ_3050, register, 0)

    def write3050(self, select, register, value):
        self._transfer(select, 3, WRITE_3050, register, value)

    def read3210(self, select, register):
        """One direct register of a Si3210."""
        return self._transfer(select, 2, READ_3210 | register, 0, 0)

    def write3210(self, select, register, value):
        self._transfer(select, 2, register, value, 0)


class Script:
    """A list of register reads. Build with ``read3050`` and ``read3210``, then ``run``; value ``i`` is ``value(i)``."""

    def __init__(self, bus):
        self._bus = bus
        self._who = bytearray()
        self._tx = bytearray()
        self._rx = bytearray()
        self._ends = []

    def read3050(self, select, register):
        """Appends a read; returns its index."""
        return self._append(select, bytes((READ_3050, register, 0)))

    def read3210(self, select, register):
        """Appends a read; returns its index."""
        return self._append(select, bytes((READ_3210 | register, 0)))

    def retarget(self, index, register):
        """Makes read ``index`` read another register of the same chip."""
        end = self._ends[index]
        if self._tx[end] == 0 and self._who[end] < 2:
            self._tx[end - 1] = register
        else:
            self._tx[end - 1] = READ_3210 | register

    def _append(self, select, words):
        self._who += bytes((select,)) * len(words)
        self._tx += words
        self._rx += bytes(len(words))
        self._ends.append(len(self._tx) - 1)
        return len(self._ends) - 1

    def run(self):
        """Clocks the whole list."""
        self._bus.clock(self._who, self._tx, self._rx, len(self._tx))

    def value(self, index):
        """What read ``index`` gave when the list last ran."""
        return self._rx[self._ends[index]]
