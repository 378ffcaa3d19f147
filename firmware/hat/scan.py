"""Reads the chips: every port once a block, ports whose times run and those that pull their interrupt line in between.

Once a block one register of each chip is compared with its shadow. An interrupt line that stays low though every chip
was served is stuck: the chips that share it are masked in turn. The one without which it is free is told so, stays
masked and is tried again every RETRY_MS; where it is none of them, the wire is at fault: all are told, and are read
once a block until it is free again.
"""

from micropython import const

from . import protocol as p
from . import si3050, si3210
from .faults import TEXT, ChipFault
from .port import RETRY_MS
from .spi import Script

STUCK_BLOCKS = const(50)  # an interrupt line low this long with nothing behind it is stuck
BLOCK_MS = const(20)


class Scan:
    """``ports``: two FXO, then two FXS; ``interrupts``: the pins of their interrupt lines, low when one calls."""

    def __init__(self, bus, ports, interrupts, tasks):
        self._ports = ports
        self._interrupts = interrupts
        self._tasks = tasks
        self._scan = Script(bus)  # every port
        self._lines = Script(bus)  # both lines, and
        self._handsets = Script(bus)  # both handsets, for the slots between
        self._low = [0, 0]  # blocks for which each interrupt line has been low without a cause
        self._deaf = [False, False]  # the wire is stuck: it tells nothing
        self._make_scripts(bus)

    def _make_scripts(self, bus):
        self._at = []
        for port in self._ports:
            number = port.number
            if port.kind == p.FXO:
                first = self._scan.read3050(number, si3050.DAA1)
                for register in (si3050.LOOP_CURRENT, si3050.LINE_VOLTAGE, si3050.LINE_STATUS, si3050.DC):
                    self._scan.read3050(number, register)
                for register in (si3050.DAA1, si3050.LOOP_CURRENT, si3050.LINE_VOLTAGE):
                    self._lines.read3050(number, register)
            else:
                first = self._scan.read3210(number, si3210.LOOP_STATUS)
                for register in (
                    si3210.INT_STATUS2, si3210.BATTERY_SENSE, si3210.LOOP_CURRENT, si3210.LOOP_VOLTAGE, si3210.PCM_MODE,
                ):  # fmt: skip
                    self._scan.read3210(number, register)
                for register in (si3210.LOOP_STATUS, si3210.INT_STATUS2):
                    self._handsets.read3210(number, register)
            self._at.append(first)

    def between(self, now):
        """Between the blocks: ports whose times run, and those whose interrupt line is low."""
        fxo = not self._interrupts[0].value() and not self._deaf[0]
        fxs = not self._interrupts[1].value() and not self._deaf[1]
        a, b, c, d = self._ports
        if fxo or a.hot or b.hot:
            value = self._lines.value
            self._lines.run()
            if a.up:
                a.sense(now, value(0), value(1), value(2))
            if b.up:
                b.sense(now, value(3), value(4), value(5))
            if fxo:
                a.chip.clear_interrupts()
                b.chip.clear_interrupts()
        if fxs or c.hot or d.hot:
            value = self._handsets.value
            self._handsets.run()
            if c.up:
                c.sense(now, value(0), value(1))
            if d.up:
                d.sense(now, value(2), value(3))

    def block(self, now):
        """Once a block: every port, and one register of each against its shadow."""
        scan = self._scan
        registers = []
        for port in self._ports:
            registers.append(port.chip.scrub_next())
            scan.retarget(self._at[port.number] + (4 if port.kind == p.FXO else 5), registers[port.number])
        scan.run()
        value = scan.value
        for port in self._ports:
            if not port.up:
                continue
            at = self._at[port.number]
            if port.kind == p.FXO:
                port.check(now, value(at + 3), registers[port.number], value(at + 4))
                if port.up:
                    port.sense(now, value(at), value(at + 1), value(at + 2))
            else:
                port.check(now, value(at + 2), value(at + 3), value(at + 4), registers[port.number], value(at + 5))
                if port.up:
                    port.sense(now, value(at), value(at + 1))
        self._judge_interrupts()

    def _judge_interrupts(self):
        for side in (0, 1):
            if self._interrupts[side].value():
                self._low[side] = 0
            elif not self._tasks.running(("interrupt", side)):
                self._low[side] += 1
                if self._low[side] == STUCK_BLOCKS:
                    self._low[side] = 0
                    self._tasks.start(("interrupt", side), self._search(side))

    def _search(self, side):
        """Which chip holds the line: the one that lets go of it when masked. One with a fault is no suspect."""
        pin = self._interrupts[side]
        sharing = self._ports[2 * side : 2 * side + 2]
        for port in sharing:
            if port.up and not port.fault:
                port.chip.mask_interrupts(True)
                yield BLOCK_MS
                if pin.value():
                    port.tell_fault(ChipFault(p.FAULT_INTERRUPT, TEXT[p.FAULT_INTERRUPT] + " by this chip"))
                    self._tasks.start(("masked", port.number), self._masked(pin, port))
                    return
                port.chip.mask_interrupts(False)
        self._deaf[side] = True
        for port in sharing:
            if port.up and not port.fault:
                port.tell_fault(ChipFault(p.FAULT_INTERRUPT))
        while not pin.value():
            for port in sharing:  # what they would have said is taken away, so that the line's own end shows
                if port.up:
                    port.chip.clear_interrupts()
            yield BLOCK_MS
        self._deaf[side] = False
        for port in sharing:
            if port.fault == p.FAULT_INTERRUPT:
                port.tell_well()

    def _masked(self, pin, port):
        """A chip that held its line is masked and read once a block; now and then it gets another chance."""
        while True:
            yield RETRY_MS
            if port.fault != p.FAULT_INTERRUPT:
                return  # set up anew meanwhile, for another fault
            port.chip.clear_interrupts()
            port.chip.mask_interrupts(False)
            yield BLOCK_MS
            if pin.value():
                port.tell_well()
                return
            port.chip.mask_interrupts(True)
