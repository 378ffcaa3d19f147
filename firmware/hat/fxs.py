"""An FXS port: one handset as the firmware sees it through the Si3210.

``sense`` takes the registers read in a slot; commands go to the chip; bring-up, ringing and loop drops are tasks.
Between bursts, and for 6 s after the last, the feed stays in on-hook transmission so that caller ID can pass. Ringing
that trips the chip's power alarm is told as CHIP_FAULT, the feed is opened for RETRY_MS and tried again. Life and
faults as in ``port``.
"""

from micropython import const

from . import hook, si3210
from . import protocol as p
from .faults import ChipFault
from .port import RETRY_MS, Port
from .settled import Settled

TURN_MS = const(20)  # how often a port that waits for its turn to ring looks
TRANSMIT_MS = const(6000)  # on-hook transmission after the last burst (DAHDI)
NO_BATTERY_V = const(20)
NO_BATTERY_MS = const(100)
_RESERVED = const(0xF8)  # register 68: always 0


class FxsPort(Port):
    """A handset. ``bells`` says when it may ring."""

    kind = p.FXS

    def __init__(self, number, chip, tasks, tell, bells):
        super().__init__(number, chip, tasks, tell)
        self.bells = bells
        self.lamp = False
        self.battery_volts = 0
        self.ringing = False
        self._cadence = ()
        self.closed = False
        self.reversed = False
        self._open = False
        self._watch = hook.HookWatch(self._hook)
        self._dead = Settled(False)

    @property
    def off_hook(self):
        return self._watch.off_hook

    @property
    def hot(self):
        """Whether the port is to be read in every slot."""
        return self.up and (self._watch.busy or self.ringing)

    def _stay_down(self):
        self.chip.power_down()

    def _come_up(self):
        self._dead.force(False, self._tasks.now)
        self._feed()

    def _go_down(self):
        self.stop_ringing()

    # Commands: a status code each

    def set_flash(self, min_ms, max_ms):
        self._watch.set_flash(min_ms, max_ms)

    def ring(self, cadence):
        """Rings until told otherwise or answered. ``cadence``: ms on, off, on, off ..."""
        if not self.up:
            return p.ERR_CHIP
        if self.off_hook or self.closed:
            return p.ERR_STATE
        self.ringing = True
        self._cadence = cadence
        self._tasks.start(("ring", self.number), self._ring(cadence))
        return p.OK

    def wait_turn(self):
        """The supply no longer carries two bells: rings on when the other one pauses."""
        if self.ringing:
            self.chip.set_linefeed(self._at_rest(True))
            self._tasks.start(("ring", self.number), self._ring(self._cadence))

    def _ring(self, cadence):
        burst = 0
        try:
            while True:
                while not self.bells.take(self.number):
                    yield TURN_MS
                for i in range(0, len(cadence), 2):
                    self.chip.set_linefeed(p.LF_RINGING)
                    yield cadence[i]
                    self.chip.set_linefeed(self._at_rest(True))
                    burst = min(burst + 1, 255)
                    self._tell(self.number, p.EV_RING_BURST_END, self._tasks.now, burst)
                    if i == len(cadence) - 2:
                        self.bells.leave(self.number)
                    yield cadence[i + 1]
        finally:
            self.bells.leave(self.number)

    def stop_ringing(self):
        if self.ringing:
            self.ringing = False
            self._tasks.stop(("ring", self.number))
            if self.up:
                self._tasks.start(("feed", self.number), self._after_ringing())
        return p.OK

    def _after_ringing(self):
        self.chip.set_linefeed(self._at_rest(True))
        yield TRANSMIT_MS
        if not self.off_hook:
            self._feed()

    def linefeed(self, state):
        """One of LF_* but ringing, which has its own command."""
        if state not in (p.LF_OPEN, p.LF_FORWARD, p.LF_FORWARD_OHT, p.LF_REVERSE, p.LF_REVERSE_OHT):
            return p.ERR_ARGS
        self._open = state == p.LF_OPEN
        self.reversed = state in (p.LF_REVERSE, p.LF_REVERSE_OHT)
        if self.up:  # else it is fed so when it has come up
            self.stop_ringing()
            self._tasks.stop(("feed", self.number))
            self.chip.set_linefeed(state)
        return p.OK

    def polarity(self, reverse):
        self.reversed = bool(reverse)
        if self.up:
            self._feed()
        return p.OK

    def drop_loop(self, ms):
        """Tells the handset by an open loop that the far end has gone."""
        if not self.up:
            return p.ERR_CHIP
        self._tasks.start(("feed", self.number), self._drop(ms))
        return p.OK

    def _drop(self, ms):
        self.chip.set_linefeed(p.LF_OPEN)
        yield ms
        self._feed()

    def _at_rest(self, transmit):
        if self._open:
            return p.LF_OPEN
        if self.reversed:
            return p.LF_REVERSE_OHT if transmit else p.LF_REVERSE
        return p.LF_FORWARD_OHT if transmit else p.LF_FORWARD

    def _feed(self):
        self.chip.set_linefeed(self._at_rest(False))

    # Each slot

    def sense(self, now, loop_status, interrupts):
        """Registers 68 and 19 as read in this slot. What cannot be was not said by the chip; ``check`` will say why."""
        if loop_status & _RESERVED:
            return
        if interrupts:
            self.chip.clear_interrupts()
        self.closed = bool(loop_status & (si3210.LOOP_CLOSED | si3210.RING_TRIPPED))
        if self.ringing and (self.closed or interrupts & si3210.INT_RING_TRIP):
            self._tell(self.number, p.EV_RINGTRIP, now)
            self.stop_ringing()
            self._tasks.stop(("feed", self.number))
            self._feed()
        if interrupts & si3210.INT_POWER_ALARM:
            self._power_alarm(interrupts)
        if not self._tasks.running(("feed", self.number)) or self.closed or self.ringing:
            self._watch.see(self.closed, now)

    def _power_alarm(self, interrupts):
        why = p.FAULT_RING if self.ringing else p.FAULT_BATTERY
        self.stop_ringing()
        self.tell_fault(ChipFault(why, "power alarm, register 19 reads 0x%02x" % interrupts))
        self._tasks.start(("feed", self.number), self._rest())

    def _rest(self):
        """After a power alarm the feed is open for a while; quiet after that means that the load is gone."""
        self.chip.set_linefeed(p.LF_OPEN)
        yield RETRY_MS
        self._feed()
        yield RETRY_MS
        if self.fault in (p.FAULT_RING, p.FAULT_BATTERY):
            self.tell_well()

    def check(self, now, battery, current, voltage, register, value):
        """Once a block: registers 82, 79 and 78, and one register against its shadow."""
        self.battery_volts = si3210.battery_volts(battery)
        self.ma = si3210.milliamps(current) if self.closed else 0
        self.volts = si3210.volts(voltage)
        self._dead.see(self.battery_volts < NO_BATTERY_V, now)
        if self.compare(register, value) and self._dead.settle(now, NO_BATTERY_MS):
            self.failed(ChipFault(p.FAULT_BATTERY, "%d V" % self.battery_volts))

    def _hook(self, what, at, value):
        if what == hook.OFF:
            self._tasks.stop(("feed", self.number))
            self._feed()
            self._tell(self.number, p.EV_HOOK_OFF, at)
        elif what == hook.ON:
            self._tell(self.number, p.EV_HOOK_ON, at)
        elif what == hook.FLASH:
            self._tell(self.number, p.EV_FLASH, at, min(65535, value))
        else:
            self._tell(self.number, p.EV_PULSE_DIGIT, at, 48 + value)

    def state(self):
        """State bits of STATUS."""
        return (
            p.STATE_OFFHOOK * self.off_hook
            | p.STATE_RINGING * self.ringing
            | p.STATE_BATTERY * (self.up and not self._open)
            | p.STATE_REVERSED * self.reversed
            | p.STATE_FAULT * bool(self.fault)
            | p.STATE_MONITOR * self.monitor
        )
