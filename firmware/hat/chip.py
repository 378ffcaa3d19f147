"""What both drivers of line chips share: the shadow of what was written, verification, PCM slots and law.

``write`` goes to the chip and to ``shadow``; once a block one register of ``scrubbed`` is compared with its shadow
(``scrub_next`` names it), so that a chip that has lost its settings is found. A driver gives ``read``, ``_put``, the
numbers of the registers below, and ``bring_up``.
"""

from .faults import ChipFault
from .protocol import FAULT_CLOCK, FAULT_REGISTER, FAULT_SILENT

PCM_MU = 0x28
PCM_A = 0x20


class LineChip:
    """The chip on select ``select``; its samples go out in slot ``slot``, ``slot_offset`` PCLK later (0 or 1)."""

    scrubbed = ()
    own_bits = {}  # register -> bits that the chip sets by itself, which are not compared
    pcm_mode = tx_start = 0  # RX start follows TX start after two registers
    presence = 0  # a register that is neither 0 nor all ones in a chip that lives
    interrupts = 0  # the register that lets it pull its interrupt line,
    interrupts_on = interrupts_off = 0  # and what it then holds

    def __init__(self, bus, select, slot, slot_offset=0):
        self._bus = bus
        self._select = select
        self._slot = slot
        self._offset = slot_offset
        self.shadow = {}
        self._turn = 0
        self.a_law = False
        self.rx_start = slot * 8
        self.gains = (0, 0)

    def write(self, register, value):
        """Writes and remembers."""
        self.shadow[register] = value
        self.strobe(register, value)

    def expect(self, register, value, when, silent=FAULT_REGISTER):
        """Raises ChipFault, with why (``silent`` unless it reads all zeros), when a register does not read so."""
        got = self.read(register)
        if got != value:
            why = FAULT_CLOCK if got == 0 and silent == FAULT_SILENT else silent
            raise ChipFault(why, "register %d reads 0x%02x%s, expected 0x%02x" % (register, got, when, value))

    def scrub_next(self):
        """The register whose turn it is to be checked against the shadow."""
        self._turn = (self._turn + 1) % len(self.scrubbed)
        return self.scrubbed[self._turn]

    def holds(self, register, value):
        """Whether ``value``, as read, is what was written, or nothing was."""
        return not (value ^ self.shadow.get(register, value)) & ~self.own_bits.get(register, 0)

    def judge(self, register):
        """The ChipFault behind a register that differs from its shadow, or None if it was a glitch.

        All ones: nobody answers. Zero throughout: no clock. Else the chip was reset.
        """
        value = self.read(register)
        expected = self.shadow[register]
        if self.holds(register, value):
            return None
        text = "register %d reads 0x%02x, expected 0x%02x" % (register, value, expected)
        return ChipFault(self.why_absent() or FAULT_REGISTER, text)

    def why_absent(self):
        """FAULT_SILENT or FAULT_CLOCK when the chip is not there to be read at all, else 0."""
        presence = self.read(self.presence)
        return FAULT_SILENT if presence == 0xFF else FAULT_CLOCK if presence == 0 else 0

    def set_law(self, a_law):
        self.a_law = a_law
        self.write(self.pcm_mode, PCM_A if a_law else PCM_MU)

    def set_slots(self, rx_start):
        """Own slot upward; what is received begins at PCLK ``rx_start`` of the frame (own slot, or a partner's)."""
        self.rx_start = rx_start
        register = self.tx_start
        for start in (self._slot * 8 + self._offset, rx_start + self._offset):
            self.write(register, start & 0xFF)
            self.write(register + 1, start >> 8)
            register += 2

    def mask_interrupts(self, off):
        """Keeps the chip from its interrupt line, or lets it pull it again."""
        self.write(self.interrupts, self.interrupts_off if off else self.interrupts_on)
