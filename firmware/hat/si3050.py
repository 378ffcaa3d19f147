"""Driver of one Si3050 with its Si3019 line side: registers, shadow registers, bring-up, gains, hybrid, slots.

Life cycle: ``yield from bring_up()`` in a task; raises ChipFault. Afterwards the setters write through to the chip
and are remembered (``chip``). Register numbers and meanings: reference/hardware.md 1.1 (Silicon Labs' data sheet,
DAHDI's wctdm).
"""

from micropython import const

from .chip import LineChip
from .faults import ChipFault
from .protocol import FAULT_ISOLATION, FAULT_SILENT

CONTROL1 = const(1)  # b7 software reset
CONTROL2 = const(2)  # b7 interrupt pin on, b1:0 = 3 after reset
INT_MASK = const(3)
INT_SOURCE = const(4)  # write 0 to clear
DAA1 = const(5)
POWER = const(6)  # 0: isolation link up
DAA3 = const(10)  # b0 digital loop-back
REVISION_A = const(11)  # b7:4 line-side id
LINE_STATUS = const(12)
REVISION_B = const(13)
INTL1 = const(16)
INTL2 = const(17)
DC = const(26)
RING_VALIDATION1 = const(22)
RING_VALIDATION2 = const(23)
RING_VALIDATION3 = const(24)
LOOP_CURRENT = const(28)  # LCS2, 1.1 mA a step
LINE_VOLTAGE = const(29)  # LVS, signed, 1 V a step
AC_IMPEDANCE = const(30)
DAA5 = const(31)
PCM_MODE = const(33)
TX_START_LOW = const(34)
RX_START_LOW = const(36)
TX_GAIN_DB = const(38)
RX_GAIN_DB = const(39)
TX_GAIN_TENTHS = const(40)
RX_GAIN_TENTHS = const(41)
HYBRID1 = const(45)
SPARK_QUENCH = const(59)

OFF_HOOK = const(0x01)  # register 5
RING_DETECT = const(0x04)
MONITOR = const(0x08)
RING_POSITIVE = const(0x20)
RING_NEGATIVE = const(0x40)
FRAME_LOCK = const(0x40)  # register 12
INT_RING = const(0x80)  # registers 3 and 4
INT_FRAME_LOSS = const(0x40)
INT_POLARITY = const(0x01)
RING_VALIDATION = const(0x80)  # register 24 RNGV

RESET_MS = const(20)
LINK_TIMEOUT_MS = const(2000)
VALID_RING_MS = const(120)  # programmed by RING_VALIDATION below: RCC 100 ms and the chip's own 20 ms, no RDLY
RING_GAP_MS = const(128)  # RTO: this long without ringing, and it has stopped
_RCC_100_RTO_128 = const(0x08)  # register 23: RTO b6:3 in steps of 128 ms, RCC b2:0 = 100 ms
# register 22: RDLY b7:6 (and register 23 b7) in steps of 256 ms, 0; RMX b5:0. The reset value's 512 ms would never end
# within a burst of 400 ms, and such lines would not ring [SI3050-KT p76]
_RDLY_0 = const(0x16)
_NO_ADC_CALIBRATION = const(0x20)  # register 17 CALD
_RAS_15_HZ = const(0x19)  # register 24: assertion time 1/(2 f_min) in 2 ms steps, the reset value

_OVERLOADS = const(0x03)  # register 17: ROV and BTD, which the chip sets by itself

US = (0, 0, 0, 1, 0, 3, 0, 0)  # ohs, ohs2, rz, rt, ilim, dcv, mini, acim until the Pi sends its country's


class Si3050(LineChip):
    """A line's chip."""

    scrubbed = (
        DC, AC_IMPEDANCE, PCM_MODE, CONTROL2, INTL1, INTL2, RING_VALIDATION1, RING_VALIDATION2, RING_VALIDATION3, DAA5,
        SPARK_QUENCH, TX_GAIN_DB, RX_GAIN_DB, TX_GAIN_TENTHS, RX_GAIN_TENTHS,
        TX_START_LOW, TX_START_LOW + 1, RX_START_LOW, RX_START_LOW + 1,
    )  # fmt: skip
    own_bits = {INTL2: _OVERLOADS}
    pcm_mode = PCM_MODE
    tx_start = TX_START_LOW
    presence = REVISION_A
    interrupts = CONTROL2
    interrupts_on = 0x83
    interrupts_off = 0x03

    def __init__(self, bus, select, slot, slot_offset=0):
        super().__init__(bus, select, slot, slot_offset)
        self.line_side = 0
        self.country = US
        self.on_hook_ms = 0
        self.hybrid = bytes(8)

    def read(self, register):
        return self._bus.read3050(self._select, register)

    def strobe(self, register, value):
        """Writes without remembering: bits that clear themselves."""
        self._bus.write3050(self._select, register, value)

    def bring_up(self):
        """Task: from reset to on hook with everything set. Raises ChipFault."""
        self.shadow.clear()
        self.strobe(CONTROL1, 0x80)
        yield RESET_MS
        self.expect(CONTROL2, 0x03, " after reset", FAULT_SILENT)
        self.write(POWER, 0)
        waited = 0
        while self.read(REVISION_A) >> 4 == 0:
            if waited >= LINK_TIMEOUT_MS:
                raise ChipFault(FAULT_ISOLATION, "line side gives no id for %d ms" % waited)
            yield 20
            waited += 20
        self.line_side = self.read(REVISION_A) >> 4
        waited = 0
        while not self.read(LINE_STATUS) & FRAME_LOCK:
            if waited >= LINK_TIMEOUT_MS:
                raise ChipFault(FAULT_ISOLATION, "no frame lock after %d ms" % waited)
            yield 20
            waited += 20
        self.set_country(self.country)
        # the receive path's offset is filtered out (FILT), so its calibration is not worth 256 ms of every answer;
        # sound begins after the off-hook counter and the resistors' calibration, 145 ms
        self.write(INTL2, _NO_ADC_CALIBRATION)
        self.write(RING_VALIDATION1, _RDLY_0)
        self.write(RING_VALIDATION2, _RCC_100_RTO_128)
        self.write(RING_VALIDATION3, RING_VALIDATION | _RAS_15_HZ)
        self.set_gains(*self.gains)
        self.set_hybrid(self.hybrid)
        self.set_slots(self.rx_start)
        self.set_law(self.a_law)
        self.write(DAA1, 0)
        self.strobe(INT_SOURCE, 0)
        self.write(INT_MASK, INT_RING | INT_FRAME_LOSS)
        self.mask_interrupts(False)
        for register in self.scrubbed:
            self.expect(register, self.shadow[register], "")

    def set_country(self, row):
        """``row``: ohs, ohs2, rz, rt, ilim, dcv, mini, acim (the country table's ``fxo``)."""
        ohs, ohs2, rz, rt, ilim, dcv, mini, acim = row
        self.country = tuple(row)
        self.write(INTL1, (ohs << 6) | (rz << 1) | rt)
        self.write(DC, (dcv << 6) | (mini << 4) | (ilim << 1))
        self.write(AC_IMPEDANCE, acim & 0x0F)
        # FULL, which wants DCV 3 [Si3056 p72]; off-hook counter 128 ms, FILT, voltage below 3 V not forced to 0
        self.write(DAA5, (0xA3 if dcv == 3 else 0x23) | (ohs2 << 3))
        self.write(SPARK_QUENCH, 0x50 if ohs else 0)
        self.on_hook_ms = 26 if ohs else 3 if ohs2 else 0  # from register 5 to no loop current

    def set_impedance(self, acim):
        """One of the 16 AC impedances of register 30."""
        self.country = self.country[:7] + (acim & 0x0F,)
        self.write(AC_IMPEDANCE, acim & 0x0F)

    def set_gains(self, tx_tenths, rx_tenths):
        """Gain towards the line and from it in tenths of a dB, -150 to +120."""
        self.gains = (tx_tenths, rx_tenths)
        for whole, part, tenths in ((TX_GAIN_DB, TX_GAIN_TENTHS, tx_tenths), (RX_GAIN_DB, RX_GAIN_TENTHS, rx_tenths)):
            sign = 16 if tenths < 0 else 0
            self.write(whole, sign | (abs(tenths) // 10))
            self.write(part, sign | (abs(tenths) % 10))

    def set_hybrid(self, taps):
        """Eight taps of the digital hybrid, signed bytes."""
        self.hybrid = bytes(tap & 0xFF for tap in taps)
        for i in range(8):
            self.write(HYBRID1 + i, self.hybrid[i])

    def set_hook(self, off, monitor):
        """Register 5: off hook, or on hook with or without the on-hook line monitor."""
        self.write(DAA1, OFF_HOOK | MONITOR if off else (MONITOR if monitor else 0))

    def mend_hook(self):
        """Writes register 5 once more: the line side has let go of what was written."""
        self.strobe(DAA1, self.shadow[DAA1])

    def set_loopback(self, on):
        """Digital loop-back: what comes in its slot goes out again."""
        self.write(DAA3, 1 if on else 0)

    def clear_interrupts(self):
        self.strobe(INT_SOURCE, 0)


def volts(raw):
    """Register 29 as signed volts."""
    return raw - 256 if raw & 0x80 else raw


def milliamps(raw):
    """Register 28 as mA."""
    return raw * 11 // 10
