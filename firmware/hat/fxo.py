"""An FXO port: one exchange line as the firmware sees it through Si3050 and Si3019.

``sense`` takes the registers read in a slot, debounces them and tells events with the time at which they began;
commands go to the chip. Bring-up, flash and pulse dialling are tasks; life and faults as in ``port``. Times are DAHDI's
(reference/hardware.md 1.1).
"""

from micropython import const

from . import protocol as p
from . import si3050
from .faults import ChipFault
from .port import Port
from .settled import Settled

DEBOUNCE_MS = const(64)
BATTERY_ALARM_MS = const(1000)
SAFE_ZONE_MS = const(650)  # breaks that are over this soon after going off hook are the exchange's own
NO_BATTERY_V = const(3)
IN_USE_V = const(20)  # on hook below this, somebody else is off hook
NO_CURRENT = const(3)  # steps of LCS2: below this the loop is open
OVERLOAD_MA = const(130)
UNLOCKED_MS = const(60)  # frame lock missing this long: the isolation link is lost
DIGIT_PAUSE_MS = const(800)
_HOOK = const(0x09)  # register 5: what was written reads back
_RESERVED = const(0x92)  # register 5: always 0


class FxoPort(Port):
    """A line."""

    kind = p.FXO

    def __init__(self, number, chip, tasks, tell):
        super().__init__(number, chip, tasks, tell)
        self.off_hook = False
        self.cpc_min_ms = 80
        self.pulse = (10, 60)
        self._ring = Settled(False)
        self._ring_began = 0
        self._battery = Settled(True)
        self._reversed = Settled(False)
        self._in_use = Settled(False)
        self._unlocked = Settled(False)
        self._off_hook_at = 0
        self._open_at = -1
        self._wanted_off = False

    @property
    def ringing(self):
        return self._ring.value

    @property
    def idle(self):
        """Whether nobody is off hook on the line and it does not ring."""
        return not (self.off_hook or self._ring.value or self._in_use.value)

    @property
    def fed(self):
        """Whether there is somebody at the other end: battery, and no loop drop under way."""
        now = self._tasks.now
        settled = now - self._off_hook_at >= SAFE_ZONE_MS
        dropped = settled and self._open_at >= 0 and now - self._open_at >= self.cpc_min_ms
        return self._battery.value and not dropped

    @property
    def hot(self):
        """Whether the port is to be read in every slot."""
        return self.up and (self.off_hook or self._ring.value)

    def _come_up(self):
        self._unlocked.force(False, self._tasks.now)
        self._apply_hook()

    def _go_down(self):
        if self.off_hook:
            self._tasks.stop(("dial", self.number))
            self.off_hook = self._wanted_off = False
        self._ring.force(False, self._tasks.now)

    # Commands: a status code each

    def hook(self, off):
        self._tasks.stop(("dial", self.number))
        if not self.up:
            return p.ERR_CHIP
        self._set_hook(off)
        return p.OK

    def _set_hook(self, off):
        if off and not self.off_hook:
            self._off_hook_at = self._tasks.now
            self._open_at = -1
        self.off_hook = self._wanted_off = off
        self._apply_hook()

    def _apply_hook(self):
        self.chip.set_hook(self._wanted_off, self.monitor)

    def set_monitor(self, on):
        self.monitor = on
        if self.up:
            self._apply_hook()
        return p.OK

    def flash(self, ms):
        if not self.off_hook:
            return p.ERR_STATE
        self._tasks.start(("dial", self.number), self._flash(ms))
        return p.OK

    def _flash(self, ms):
        self.chip.set_hook(False, True)
        yield ms + self.chip.on_hook_ms
        self.chip.set_hook(True, True)
        self._off_hook_at = self._tasks.now

    def dial_pulses(self, digits):
        if not self.off_hook:
            return p.ERR_STATE
        if not digits or len(digits) > 32 or not all(48 <= digit <= 57 for digit in digits):
            return p.ERR_ARGS
        self._tasks.start(("dial", self.number), self._pulses(bytes(digits)))
        return p.OK

    def _pulses(self, digits):
        period = 1000 // self.pulse[0]
        # the break begins once the current has ended, but the make at once
        open_ms = period * self.pulse[1] // 100 + self.chip.on_hook_ms
        for digit in digits:
            for _ in range((digit - 48) or 10):
                self.chip.set_hook(False, True)
                yield open_ms
                self.chip.set_hook(True, True)
                self._off_hook_at = self._tasks.now
                yield period - open_ms
            yield DIGIT_PAUSE_MS

    # Each slot

    def sense(self, now, daa1, current, voltage):
        """Registers 5, 28 and 29 as read in this slot. What cannot be did not come from the chip: see ``check``."""
        if daa1 & _RESERVED:
            return
        if (daa1 ^ self.chip.shadow[si3050.DAA1]) & _HOOK:
            self.chip.mend_hook()  # else the line would be deaf and off the hook we believe it to be in, until a reset
            return
        self.volts = si3050.volts(voltage)
        self.ma = si3050.milliamps(current) if self.off_hook else 0
        size = abs(self.volts)
        battery = size > NO_BATTERY_V
        self._ring.see(bool(daa1 & si3050.RING_DETECT) and not self.off_hook, now)
        if self._ring.settle(now, 0):
            self._tell_ring(now)
        self._battery.see(battery, now)
        if self._battery.settle(now, DEBOUNCE_MS if not self._battery.value else BATTERY_ALARM_MS):
            kind = p.EV_BATT_BACK if self._battery.value else p.EV_BATT_LOST
            self._tell(self.number, kind, self._battery.since)
        if battery:
            self._reversed.see(self.volts < 0, now)
            if self._reversed.settle(now, DEBOUNCE_MS):
                self._tell(self.number, p.EV_POLREV, self._reversed.since, int(self._reversed.value))
            if not self.off_hook and not self._tasks.running(("dial", self.number)):
                self._in_use.see(size < IN_USE_V, now)
                if self._in_use.settle(now, DEBOUNCE_MS):
                    kind = p.EV_LINE_IN_USE if self._in_use.value else p.EV_LINE_FREE
                    self._tell(self.number, kind, self._in_use.since)
        if self.off_hook and not self._tasks.running(("dial", self.number)):
            self._sense_current(now, current)

    def _tell_ring(self, now):
        if self._ring.value:
            self._ring_began = now - si3050.VALID_RING_MS
            self._tell(self.number, p.EV_RING_START, self._ring_began)
        else:
            ended = now if self.off_hook else now - si3050.RING_GAP_MS
            ms = min(65535, max(0, ended - self._ring_began))
            self._tell(self.number, p.EV_RING_STOP, max(ended, self._ring_began), ms)

    def _sense_current(self, now, current):
        """A break is told when it is over, with its length, unless it was over within the safe zone."""
        if current < NO_CURRENT:
            if self._open_at < 0:
                self._open_at = now
        elif self._open_at >= 0:
            began = self._open_at
            self._open_at = -1
            if now - began >= self.cpc_min_ms and now - self._off_hook_at >= SAFE_ZONE_MS:
                self._tell(self.number, p.EV_CPC, began, min(65535, now - began))
        if self.ma >= OVERLOAD_MA:
            self._tell(self.number, p.EV_OVERLOAD, now, min(255, self.ma))
            self._set_hook(False)

    def check(self, now, line_status, register, value):
        """Once a block: the isolation link (register 12) and one register against its shadow."""
        self._unlocked.see(not line_status & si3050.FRAME_LOCK, now)
        if self.compare(register, value) and self._unlocked.settle(now, UNLOCKED_MS):
            why = self.chip.why_absent() or p.FAULT_ISOLATION
            self.failed(ChipFault(why, "register 12 reads 0x%02x: no frame lock" % line_status))

    def state(self):
        """State bits of STATUS."""
        return (
            p.STATE_OFFHOOK * self.off_hook
            | p.STATE_RINGING * self._ring.value
            | p.STATE_BATTERY * self._battery.value
            | p.STATE_REVERSED * self._reversed.value
            | p.STATE_FAULT * bool(self.fault)
            | p.STATE_MONITOR * self.monitor
            | p.STATE_IN_USE * self._in_use.value
        )
