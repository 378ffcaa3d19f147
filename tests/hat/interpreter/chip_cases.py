"""The line chips' drivers against registers in memory: order, time-outs and the reasons of a bring-up that fails."""

import unittest

from hat import protocol as p
from hat import si3050, si3210
from hat.faults import ChipFault


class Registers:
    """A bus with one chip of registers; ``reads`` gives what a register says, by its number; None: what was written."""

    def __init__(self, reads):
        self.reads = reads
        self.held = {}
        self.order = []

    def _read(self, select, register):
        answer = self.reads(register, self.held)
        return self.held.get(register, 0) if answer is None else answer

    def _write(self, select, register, value):
        self.order.append(register)
        self.held[register] = value

    read3050 = read3210 = _read
    write3050 = write3210 = _write


def line_side(register, held):
    """A healthy Si3050 with its line side up."""
    if register == si3050.CONTROL2 and si3050.DC not in held:
        return 0x03
    return {si3050.REVISION_A: 0x35, si3050.LINE_STATUS: 0x40}.get(register)


def bring_up(chip):
    """Runs a bring-up to its end; the milliseconds it waited."""
    return sum(chip.bring_up())


class Line(unittest.TestCase):
    def fault(self, reads):
        chip = si3050.Si3050(Registers(reads), 0, 0)
        waited = 0
        try:
            for ms in chip.bring_up():
                waited += ms
        except ChipFault as fault:
            return fault.why, waited
        return 0, waited

    def test_the_order_is_reset_link_country_slots_law_then_interrupts(self):
        bus = Registers(line_side)
        chip = si3050.Si3050(bus, 0, 0)
        self.assertEqual(bring_up(chip), si3050.RESET_MS)
        wanted = (si3050.CONTROL1, si3050.POWER, si3050.DC, si3050.TX_START_LOW, si3050.PCM_MODE, si3050.CONTROL2)
        at = [bus.order.index(register) for register in wanted]
        self.assertEqual(at, sorted(at))
        self.assertEqual(chip.line_side, 3)

    def test_why_it_does_not_come_up(self):
        self.assertEqual(self.fault(lambda register, held: 0xFF)[0], p.FAULT_SILENT)
        self.assertEqual(self.fault(lambda register, held: 0)[0], p.FAULT_CLOCK)
        no_link = lambda register, held: 0x05 if register == si3050.REVISION_A else line_side(register, held)  # noqa: E731
        self.assertEqual(self.fault(no_link), (p.FAULT_ISOLATION, si3050.RESET_MS + si3050.LINK_TIMEOUT_MS))
        forgets = lambda register, held: 0 if register == si3050.PCM_MODE else line_side(register, held)  # noqa: E731
        self.assertEqual(self.fault(forgets)[0], p.FAULT_REGISTER)

    def test_a_country_leaves_nothing_of_the_one_before(self):
        bus = Registers(line_side)
        chip = si3050.Si3050(bus, 0, 0)
        bring_up(chip)
        chip.set_country((1, 0, 0, 0, 0, 3, 3, 3))  # Australia
        self.assertEqual((bus.held[si3050.SPARK_QUENCH], chip.on_hook_ms), (0x50, 26))
        chip.set_country((0, 0, 0, 1, 0, 3, 0, 0))  # Canada
        self.assertEqual((bus.held[si3050.SPARK_QUENCH], chip.on_hook_ms), (0, 0))
        self.assertEqual(bus.held[si3050.INTL1], 1)

    def test_a_register_that_differs_is_judged_once_it_reads_so_again(self):
        bus = Registers(line_side)
        chip = si3050.Si3050(bus, 0, 0)
        bring_up(chip)
        self.assertIsNone(chip.judge(si3050.DC))
        bus.held[si3050.DC] = 0
        self.assertEqual(chip.judge(si3050.DC).why, p.FAULT_REGISTER)
        bus.reads = lambda register, held: 0xFF
        self.assertEqual(chip.judge(si3050.DC).why, p.FAULT_SILENT)
        bus.reads = lambda register, held: 0
        self.assertEqual(chip.judge(si3050.DC).why, p.FAULT_CLOCK)


class Handset(unittest.TestCase):
    def reads(self, register, held):
        fixed = {si3210.PRESENT: 0x33, si3210.INDIRECT_STATUS: 0, si3210.BATTERY_SENSE: 0xC8, si3210.CALIBRATE1: 0}
        if register == si3210.LOOPBACK and si3210.ENHANCE not in held:
            return 0x02
        return fixed.get(register)

    def why(self, **wrong):
        def reads(register, held):
            for name, value in wrong.items():
                if register == getattr(si3210, name):
                    return value
            return self.reads(register, held)

        chip = si3210.Si3210(Registers(reads), 2, 2)
        try:
            for _ in chip.bring_up():
                pass
        except ChipFault as fault:
            return fault.why
        return 0

    def test_why_it_does_not_come_up(self):
        self.assertEqual(self.why(PRESENT=0), p.FAULT_CLOCK)
        self.assertEqual(self.why(PRESENT=0xFF), p.FAULT_SILENT)
        self.assertEqual(self.why(INDIRECT_STATUS=1), p.FAULT_SILENT)
        self.assertEqual(self.why(BATTERY_SENSE=0x10), p.FAULT_BATTERY)
        self.assertEqual(self.why(CALIBRATE1=0x40), p.FAULT_CALIBRATION)

    def test_values_of_the_registers(self):
        self.assertEqual((si3050.volts(0xD0), si3050.milliamps(20)), (-48, 22))
        self.assertEqual((si3210.battery_volts(0xC8), si3210.milliamps(16), si3210.volts(0x60)), (75, 20, -48))


if __name__ == "__main__":
    unittest.main()
