"""Reads the chips: every port once a block, ports whose times run and those that pull their interrupt line in between.

Once a block one register of each chip is compared with its shadow. An interrupt line that stays low though every chip
was served is stuck: its ports are told so, and are read once a block until it is free again.
"""

from micropython import const

from . import protocol as p
from . import si3050, si3210
from .faults import ChipFault
from .spi import Script

STUCK_BLOCKS = const(50)  # an interrupt line low this long with nothing behind it is stuck


class Scan:
    """``ports``: two FXO, then two FXS; ``interrupts``: the pins of their interrupt lines, low when one calls."""

    def __init__(self, bus, ports, interrupts, tell):
        self._ports = ports
        self._interrupts = interrupts
        self._tell = tell
        self._scan = Script(bus)  # every port
        self._lines = Script(bus)  # both lines, and
        self._handsets = Script(bus)  # both handsets, for the slots between
        self._stuck = [0, 0]  # blocks for which each interrupt line has been low without a cause
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
        fxo = not self._interrupts[0].value() and self._stuck[0] < STUCK_BLOCKS
        fxs = not self._interrupts[1].value() and self._stuck[1] < STUCK_BLOCKS
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
        self._judge_interrupts(now)

    def _judge_interrupts(self, now):
        """An interrupt line that stays low though every chip was served is stuck: its ports are read once a block."""
        for side, pin, kind in ((0, self._interrupts[0], p.FXO), (1, self._interrupts[1], p.FXS)):
            if pin.value():
                if self._stuck[side] >= STUCK_BLOCKS:
                    for port in self._ports:
                        if port.kind == kind and port.fault == p.FAULT_INTERRUPT:
                            port.fault = 0
                            self._tell(port.number, p.EV_CHIP_BACK, now)
                self._stuck[side] = 0
            elif self._stuck[side] <= STUCK_BLOCKS:
                self._stuck[side] += 1
                if self._stuck[side] == STUCK_BLOCKS:
                    for port in self._ports:
                        if port.kind == kind and port.up and not port.fault:
                            port.fault = p.FAULT_INTERRUPT
                            fault = ChipFault(p.FAULT_INTERRUPT)
                            self._tell(port.number, p.EV_CHIP_FAULT, now, fault.why, fault.text.encode())
            else:
                for port in self._ports:  # what they would have said is taken away, so that the line's own end shows
                    if port.kind == kind and port.up:
                        port.chip.clear_interrupts()
