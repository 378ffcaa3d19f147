"""What lines and handsets share: a port's life, its faults, and how they are told.

A chip that fails is told as CHIP_FAULT with the reason, kept away from, and brought up again every RETRY_MS until it
works (CHIP_BACK). The kinds of port add what they sense and do.
"""

from micropython import const

from . import protocol as p
from .faults import ChipFault

RETRY_MS = const(2000)


class Port:
    """Port ``number`` on ``chip``. ``tell(port, kind, at_ms, *args)`` takes events; ``tasks`` runs what takes time."""

    kind = p.NONE
    battery_volts = 0

    def __init__(self, number, chip, tasks, tell):
        self.number = number
        self.chip = chip
        self.monitor = False
        self.mute = p.MUTE_NONE
        self.up = False  # the chip is set up and answers
        self.fault = 0
        self._seen = b""  # what was seen of the fault, for a host that comes later
        self.volts = 0
        self.ma = 0
        self._tasks = tasks
        self._tell = tell

    @property
    def active(self):
        """Whether the port's audio goes to the Pi."""
        return self.monitor or self.off_hook

    def start(self):
        """Brings the chip up, again and again until it works."""
        self.up = False
        self._tasks.start(("up", self.number), self._bring_up())

    def _bring_up(self):
        while True:
            try:
                yield from self.chip.bring_up()
                break
            except ChipFault as fault:
                self.tell_fault(fault)
                self._stay_down()
            yield RETRY_MS
        self.up = True
        self._come_up()
        self.tell_well()

    def _stay_down(self):
        """The chip did not come up."""

    def _come_up(self):
        """The chip is set up: the port as it should be."""
        raise NotImplementedError

    def _go_down(self):
        """The chip fails: what was under way is over."""
        raise NotImplementedError

    def failed(self, fault):
        """The chip does not do what it should: says so, and starts it again."""
        if self.up:
            self._go_down()
            self.tell_fault(fault)
            self.start()

    def tell_fault(self, fault):
        """CHIP_FAULT, unless this reason was told already."""
        if self.fault != fault.why:
            self.fault = fault.why
            self._seen = fault.text.encode()
            self.tell_standing()

    def tell_standing(self):
        """CHIP_FAULT again, if there is a fault: a new host knows of none."""
        if self.fault:
            self._tell(self.number, p.EV_CHIP_FAULT, self._tasks.now, self.fault, self._seen)

    def tell_well(self):
        """CHIP_BACK, if there was a fault."""
        if self.fault:
            self.fault = 0
            self._tell(self.number, p.EV_CHIP_BACK, self._tasks.now)

    def compare(self, register, value):
        """Whether a register read in the scan holds what was written; if not, the chip failed, or it was a glitch."""
        if self.chip.holds(register, value):
            return True
        fault = self.chip.judge(register)
        if fault is not None:
            self.failed(fault)
        return False
