"""Driver of one Si3210 with its Si3201 feed: registers, indirect registers, bring-up, linefeed, ringing, measurements.

Life cycle as ``si3050``: ``yield from bring_up()`` raises ChipFault; setters write through and are remembered.
Order, checks and values of the bring-up: reference/hardware.md 1.2 (data sheet, DAHDI's wctdm).
"""

from micropython import const

from .chip import LineChip
from .faults import ChipFault
from .protocol import (
    FAULT_BATTERY,
    FAULT_CALIBRATION,
    FAULT_LEAK,
    FAULT_REGISTER,
    FAULT_SILENT,
    LF_FORWARD,
    LF_OPEN,
)

PCM_MODE = const(1)
TX_START_LOW = const(2)
RX_START_LOW = const(4)
LOOPBACK = const(8)  # 2 after reset
IMPEDANCE = const(10)
ID = const(0)
PRESENT = const(11)  # 0x33 after reset
POWER1 = const(14)
INT_STATUS1 = const(18)
INT_STATUS2 = const(19)  # write 1 to clear
INT_STATUS3 = const(20)
INT_ENABLE1 = const(21)
INT_ENABLE2 = const(22)
INDIRECT_LOW = const(28)
INDIRECT_HIGH = const(29)
INDIRECT_ADDRESS = const(30)
INDIRECT_STATUS = const(31)  # b0 busy
RING_CONTROL = const(34)
LINEFEED = const(64)  # b2:0 wanted, b6:4 as it is
AUTO_MANUAL = const(67)
LOOP_STATUS = const(68)  # b0 loop closed, b1 ring trip
HOOK_DEBOUNCE = const(69)
RING_TRIP_DEBOUNCE = const(70)
LOOP_LIMIT = const(71)
BATTERY_HIGH = const(74)
BATTERY_LOW = const(75)
LOOP_VOLTAGE = const(78)  # 1.5 V a step
LOOP_CURRENT = const(79)  # b6 sign, 1.25 mA a step
TIP_VOLTAGE = const(80)  # 0.376 V a step
RING_VOLTAGE = const(81)
BATTERY_SENSE = const(82)  # 0.376 V a step
DCDC_TIME = const(92)
DCDC_DELAY = const(93)  # b7 calibrates the converter's current sense, and stays set while it does [SI3210_28]
DCDC_RESULT = const(107)  # of that calibration
COMMON_MODE = const(73)
CALIBRATE1 = const(96)  # b6 start and busy
CALIBRATE2 = const(97)
ENHANCE = const(108)

INT_RING_TRIP = const(0x01)  # register 19
INT_LOOP = const(0x02)
INT_POWER_ALARM = const(0xFC)
LOOP_CLOSED = const(0x01)  # register 68
RING_TRIPPED = const(0x02)

BATTERY_OK = const(0xC0)  # 72 V on register 82
BATTERY_TIMEOUT_MS = const(500)
CALIBRATION_TIMEOUT_MS = const(2000)
CALIBRATIONS = const(2)  # a first one that fails may have been disturbed
DCDC_OFF_TIME = const(0x19)
DCDC_CALIBRATE = const(0x80)
DCDC_RESULTS = (2, 13)  # what register 107 may read after it
DCDC_TIMEOUT_MS = const(100)
LEAK_MS = const(60)
LEAK_LIMIT = const(0x70)  # 42 V must be left after LEAK_MS without the converter

# Indirect registers: where, what. Names as in the data sheet's Tables 28 to 30; values those of a short loop.
IND_RING_OFFSET = const(19)
IND_RING_FREQUENCY = const(20)
IND_RING_AMPLITUDE = const(21)
IND_RING_PHASE = const(22)
IND_RX_GAIN = const(26)
IND_TX_GAIN = const(27)
IND_LOOP_CLOSE = const(28)
IND_RING_TRIP = const(29)
INDIRECT = (
    (IND_RX_GAIN, 0x4000),
    (IND_TX_GAIN, 0x4000),
    (IND_LOOP_CLOSE, 0x1000),
    (IND_RING_TRIP, 0x3600),
    (30, 0x1000),  # CML, CMH: the common mode's thresholds
    (31, 0x0200),
    (32, 0x07C0),  # PPT12, PPT34, PPT56: what AUTO_MANUAL compares the transistors' power with
    (33, 0x2600),
    (34, 0x1B80),
    (40, 0x0C00),  # VCMR, VMIND: common mode while ringing, least battery
    (41, 0x0C00),
    (43, 0x1000),  # LCRTL: below it, the loop is open again
)
FILTERS = (
    (35, 0x8000),  # NCLR: loop closure
    (36, 0x0320),  # NRTP: ring trip
    (37, 0x008C),  # NQ12, NQ34, NQ56: the transistors' heat
    (38, 0x0100),
    (39, 0x0010),
)
FLUSHED = const(0x8000)  # what the filters hold while they settle
# tenths of Hz -> RCO of the ring oscillator, ring-trip debounce (steps of 1.25 ms)
RING_OSCILLATOR = {167: (0x7F4C, 12), 200: (0x7EF0, 10), 250: (0x7E6D, 8), 500: (0x79BC, 5)}
RNGX_PER_VOLT = 465 / 89  # 0x1D1 gives 89 V peak at 20 Hz (the amplitude word grows with frequency)

# Si3050's ACIM -> the nearest of register 10's eight (0 600, 1 900, 2 600+1u, 3 900+2.16u, 4 270+750//150n,
# 5 220+820//120n, 6 220+820//115n, 7 200+680//100n)
IMPEDANCE_OF_ACIM = (0, 1, 4, 5, 4, 5, 5, 6, 6, 4, 7, 2, 3, 3, 2, 4)
SYNTHESIS = const(0x08)  # register 10: CLC, without which there is no impedance at all


class Si3210(LineChip):
    """A handset's chip."""

    scrubbed = (PCM_MODE, LOOPBACK, INT_ENABLE2, LOOP_LIMIT)
    pcm_mode = PCM_MODE
    tx_start = TX_START_LOW
    presence = PRESENT
    interrupts = INT_ENABLE2
    interrupts_on = INT_POWER_ALARM | INT_LOOP | INT_RING_TRIP

    def __init__(self, bus, select, slot, slot_offset=0):
        super().__init__(bus, select, slot, slot_offset)
        self.ring = (200, 89)  # tenths of Hz, volts peak
        self.acim = 0

    def read(self, register):
        return self._bus.read3210(self._select, register)

    def strobe(self, register, value):
        """Writes without remembering: bits that clear themselves, linefeed."""
        self._bus.write3210(self._select, register, value)

    def _indirect_ready(self):
        for _ in range(20):
            if not self.read(INDIRECT_STATUS) & 1:
                return
        raise ChipFault(FAULT_SILENT, "indirect access stays busy")

    def write_indirect(self, address, value):
        """Writes an indirect register. Raises ChipFault when the access stays busy."""
        self._indirect_ready()
        self.strobe(INDIRECT_LOW, value & 0xFF)
        self.strobe(INDIRECT_HIGH, value >> 8)
        self.strobe(INDIRECT_ADDRESS, address)

    def read_indirect(self, address):
        self._indirect_ready()
        self.strobe(INDIRECT_ADDRESS, address)
        self._indirect_ready()
        return self.read(INDIRECT_LOW) | (self.read(INDIRECT_HIGH) << 8)

    def bring_up(self):
        """Task: from reset to the feed in forward active. Raises ChipFault."""
        fresh = not self.shadow  # a chip that is set up once more was not reset: the pin is shared by all four
        self.shadow.clear()
        self.expect(PRESENT, 0x33, " after reset", FAULT_SILENT)
        if fresh:
            self.expect(LOOPBACK, 0x02, " after reset", FAULT_SILENT)
            self.expect(LINEFEED, 0x00, " after reset", FAULT_SILENT)
        self.set_linefeed(LF_OPEN)  # a lifted handset would load the leak test, and shift the calibration
        self.write(POWER1, 0x10)  # DC-DC off while the filters are loaded
        for address, value in INDIRECT:
            self.write_indirect(address, value)
        for address, _ in FILTERS:
            self.write_indirect(address, FLUSHED)
        self.write_indirect(97, 0)
        self.write(LOOPBACK, 0)
        self.write(ENHANCE, 0xEB)
        self.write(AUTO_MANUAL, 7)
        self.write(COMMON_MODE, 4)
        self.strobe(66, 1)
        yield from self._power()
        yield from self._leak_test()
        yield from self._calibrate_converter()
        yield from self._calibrate()
        for address, value in FILTERS:
            self.write_indirect(address, value)
        for address, value in INDIRECT + FILTERS:
            got = self.read_indirect(address)
            if got != value:
                raise ChipFault(FAULT_REGISTER, "indirect %d reads 0x%04x, expected 0x%04x" % (address, got, value))
        self.set_impedance(self.acim)
        self.set_gains(*self.gains)
        self.set_ring(*self.ring)
        self.write(LOOP_LIMIT, 1)  # 23 mA
        self.write(HOOK_DEBOUNCE, 4)  # 5 ms: bounce is dealt with by ``hook``
        self.set_slots(self.rx_start)
        self.set_law(self.a_law)
        self.strobe(INT_STATUS1, 0xFF)
        self.strobe(INT_STATUS2, 0xFF)
        self.strobe(INT_STATUS3, 0xFF)
        self.mask_interrupts(False)
        self.set_linefeed(LF_FORWARD)

    def _power(self):
        """The converter on; the battery must come up in time."""
        self.write(DCDC_TIME, 0xFF)
        self.write(POWER1, 0)
        waited = 0
        while self.read(BATTERY_SENSE) < BATTERY_OK:
            if waited >= BATTERY_TIMEOUT_MS:
                volts = battery_volts(self.read(BATTERY_SENSE))
                raise ChipFault(FAULT_BATTERY, "%d V after %d ms, expected 72" % (volts, waited))
            yield 20
            waited += 20

    def _leak_test(self):
        """Without the converter the battery must decay slowly."""
        self.write(POWER1, 0x10)
        yield LEAK_MS
        left = self.read(BATTERY_SENSE)
        if left < LEAK_LIMIT:
            raise ChipFault(FAULT_LEAK, "%d V left after %d ms, expected 42" % (battery_volts(left), LEAK_MS))
        yield from self._power()

    def _calibrate_converter(self):
        """The converter's current sense, while it runs: its overload trip protects the transistor and the coil."""
        self.write(DCDC_DELAY, DCDC_OFF_TIME)
        self.strobe(DCDC_DELAY, DCDC_CALIBRATE | DCDC_OFF_TIME)
        waited = 0
        while self.read(DCDC_DELAY) & DCDC_CALIBRATE:
            if waited >= DCDC_TIMEOUT_MS:
                raise ChipFault(FAULT_CALIBRATION, "converter still busy after %d ms" % waited)
            yield 20
            waited += 20
        result = self.read(DCDC_RESULT)
        if not DCDC_RESULTS[0] <= result <= DCDC_RESULTS[1]:
            raise ChipFault(FAULT_CALIBRATION, "register 107 reads %d, expected %d to %d" % ((result,) + DCDC_RESULTS))

    def _calibrate(self):
        for left in range(CALIBRATIONS - 1, -1, -1):
            self.strobe(CALIBRATE2, 0x1F)
            self.strobe(CALIBRATE1, 0x5F)
            waited = 0
            while self.read(CALIBRATE1) & 0x40 and waited < CALIBRATION_TIMEOUT_MS:
                yield 20
                waited += 20
            if waited < CALIBRATION_TIMEOUT_MS:
                return
            if not left:
                raise ChipFault(FAULT_CALIBRATION, "still busy after %d ms, twice" % waited)

    def set_linefeed(self, state):
        """One of LF_*. The chip may leave it by itself (ring trip, power alarm), so it is not scrubbed."""
        self.strobe(LINEFEED, state)

    def power_down(self):
        """Feed open, converter off."""
        self.set_linefeed(LF_OPEN)
        self.write(POWER1, 0x10)

    def set_ring(self, tenth_hz, volts_peak):
        """Frequency (16.7, 20, 25 or 50 Hz; the nearest is taken) and amplitude of ringing."""
        self.ring = (tenth_hz, volts_peak)
        nearest = min(RING_OSCILLATOR, key=lambda known: abs(known - tenth_hz))
        rco, debounce = RING_OSCILLATOR[nearest]
        self.write_indirect(IND_RING_OFFSET, 0)
        self.write_indirect(IND_RING_FREQUENCY, rco)
        self.write_indirect(IND_RING_AMPLITUDE, int(volts_peak * RNGX_PER_VOLT * nearest) // 200)
        self.write_indirect(IND_RING_PHASE, 0)
        self.write(RING_TRIP_DEBOUNCE, debounce)
        self.write(BATTERY_HIGH, 0x3F if volts_peak > 65 else 0x32)
        self.write(BATTERY_LOW, 0x10)

    def set_impedance(self, acim):
        """The impedance that goes with a country's ACIM number."""
        self.acim = acim
        self.write(IMPEDANCE, SYNTHESIS | IMPEDANCE_OF_ACIM[acim & 0x0F])

    def set_gains(self, tx_tenths, rx_tenths):
        """Gain towards the handset and from it in tenths of a dB, at most +60."""
        self.gains = (tx_tenths, rx_tenths)
        # towards the handset is the chip's receive path
        self.write_indirect(IND_RX_GAIN, _gain_word(tx_tenths))
        self.write_indirect(IND_TX_GAIN, _gain_word(rx_tenths))

    def set_loopback(self, on):
        """Digital loop-back: what comes in its slot goes out again."""
        self.write(LOOPBACK, 2 if on else 0)

    def clear_interrupts(self):
        self.strobe(INT_STATUS2, 0xFF)


def _gain_word(tenths):
    return min(0x7FFF, int(0x4000 * 10 ** (tenths / 200)))


def battery_volts(raw):
    """Register 82 as volts, unsigned."""
    return raw * 376 // 1000


def milliamps(raw):
    """Register 79 as mA, unsigned."""
    return (raw & 0x3F) * 5 // 4


def volts(raw):
    """Register 78 as signed volts."""
    size = (raw & 0x3F) * 3 // 2
    return -size if raw & 0x40 else size
