"""An FXO port of the stand-in HAT: what Si3050 and Si3019 tell the firmware, and what it makes of it.

Reads the line's loop, debounces, and tells events with the sample at which they began. Times are those of DAHDI's
drivers (reference/hardware.md 1.1): 64 ms for battery and polarity, 1000 ms until a battery counts as lost, 650 ms
after going off hook in which breaks are no loop drop.
"""

from __future__ import annotations

from collections.abc import Callable

from board.virtual import daa
from board.virtual.hookwatch import samples
from board.virtual.line import Line
from board.virtual.loop import Electrical
from firmware.hat import protocol as p
from firmware.hat.protocol import BLOCK, RATE

TERMINAL = "fxo"
VALID_RING_MS = 120  # ringing must last this long to be ringing
RING_GAP_MS = 100  # and be away this long to have stopped: cadences pause for 200 ms
DEBOUNCE_MS = 64
BATTERY_ALARM_MS = 1000
DEFAULT_ROW = (0, 0, 0, 1, 0, 3, 0, 0)  # ohs, ohs2, rz, rt, ilim, dcv, mini, acim until the Pi sends its country's
SAFE_ZONE_MS = 650
NO_BATTERY_V = 3.0
IN_USE_V = 20.0  # on hook below this, somebody else is off hook

Tell = Callable[..., None]


class Settled:
    """A value that counts once it has stood for a while."""

    def __init__(self, value: bool) -> None:
        self.value = value
        self._seen = value
        self.since = 0

    def see(self, value: bool, at: int) -> None:
        if value != self._seen:
            self._seen = value
            self.since = at

    @property
    def moving(self) -> bool:
        return self._seen != self.value

    def settle(self, now: int, ms: int) -> bool:
        """Whether the value has just changed."""
        if self._seen != self.value and now - self.since >= samples(ms):
            self.value = self._seen
            return True
        return False


class FxoPort:
    """Port ``number`` on an exchange line. ``tell(port, kind, at, *args)`` takes its events."""

    kind = p.FXO

    def __init__(self, number: int, line: Line, tell: Tell) -> None:
        self.number = number
        self.line = line
        self.monitor = False
        self.mute = p.MUTE_NONE
        self.tx_gain = self.rx_gain = 0.0
        self.loopback = 0
        self.cpc_min_ms = 80
        self.pulse = (10, 60)
        self.fault = False
        self._tell = tell
        self._ring = Settled(False)
        self._ring_began = 0
        self._battery = Settled(True)
        self._reversed = Settled(False)
        self._in_use = Settled(False)
        self._off_hook_at = 0
        self._open_at: int | None = None  # off hook, and no loop current since
        line.loop.cancel(TERMINAL)
        line.loop.attach(TERMINAL)
        self.set_country(DEFAULT_ROW)

    @property
    def off_hook(self) -> bool:
        return self.line.loop.closed_by(TERMINAL)

    @property
    def ringing(self) -> bool:
        return self._ring.value

    @property
    def active(self) -> bool:
        """Whether the port's audio goes to the Pi."""
        return self.monitor or self.off_hook

    # Commands

    def set_country(self, row: tuple[int, ...]) -> None:
        """The country table's ``fxo`` row: what the port is to the line off hook and on hook."""
        _, _, rz, rt, ilim, dcv, mini, _ = row
        self._ring_vrms = daa.RING_VRMS[rt]
        self.line.loop.load(TERMINAL, daa.termination(dcv, mini, ilim), daa.ren(rz))

    def hook(self, off: bool, at: int) -> None:
        """Goes off or on hook at sample ``at``."""
        self.line.loop.cancel(TERMINAL)
        self.line.loop.set_contact(TERMINAL, at, off)
        if off:
            self._off_hook_at = at
            self._open_at = None

    def flash(self, ms: int, at: int) -> int:
        """Opens the loop for ``ms``; a status code."""
        if not self.off_hook:
            return p.ERR_STATE
        self.line.loop.set_contact(TERMINAL, at, False)
        self.line.loop.set_contact(TERMINAL, at + samples(ms), True)
        self._off_hook_at = at + samples(ms)
        return p.OK

    def dial_pulses(self, digits: bytes, at: int) -> int:
        """Dials by breaking the loop; a status code."""
        if not self.off_hook:
            return p.ERR_STATE
        if not digits or len(digits) > 32 or not digits.isdigit():
            return p.ERR_ARGS
        pps, break_percent = self.pulse
        period = RATE // pps
        for digit in digits.decode("ascii"):
            for _ in range(int(digit) or 10):
                self.line.loop.set_contact(TERMINAL, at, False)
                self.line.loop.set_contact(TERMINAL, at + period * break_percent // 100, True)
                at += period
            at += samples(800)
        self._off_hook_at = at
        return p.OK

    # Each block

    def sense(self, start: int) -> None:
        """Looks at what the loop did in the block."""
        loop = self.line.loop
        for change in loop.changes:
            self._see(change)
        end = start + BLOCK
        if self._ring.moving:
            self._sense_ring(end)
        if self._battery.moving and self._battery.settle(
            end, DEBOUNCE_MS if not self._battery.value else BATTERY_ALARM_MS
        ):
            self._tell(self.number, p.EV_BATT_BACK if self._battery.value else p.EV_BATT_LOST, self._battery.since)
        if self._reversed.moving and self._reversed.settle(end, DEBOUNCE_MS):
            self._tell(self.number, p.EV_POLREV, self._reversed.since, int(self._reversed.value))
        if self._in_use.moving and self._in_use.settle(end, DEBOUNCE_MS):
            self._tell(self.number, p.EV_LINE_IN_USE if self._in_use.value else p.EV_LINE_FREE, self._in_use.since)

    def _see(self, now: Electrical) -> None:
        off_hook = self.off_hook
        battery = abs(now.volts) >= NO_BATTERY_V
        loud = now.ring_on and self.line.loop.ring_volts >= self._ring_vrms
        self._ring.see(loud and not off_hook, now.sample)
        self._battery.see(battery, now.sample)
        if battery:
            self._reversed.see(now.reversed, now.sample)
            if not off_hook:
                self._in_use.see(abs(now.volts) < IN_USE_V, now.sample)
        self._see_current(now, off_hook)

    def _see_current(self, now: Electrical, off_hook: bool) -> None:
        """A break while off hook is told when it is over, with its length, unless it fell into the safe zone."""
        if not off_hook:
            self._open_at = None
        elif not now.fed and self._open_at is None:
            self._open_at = now.sample
        elif now.fed and self._open_at is not None:
            began, self._open_at = self._open_at, None
            ms = (now.sample - began) * 1000 // RATE
            if ms >= self.cpc_min_ms and now.sample >= self._off_hook_at + samples(SAFE_ZONE_MS):
                self._tell(self.number, p.EV_CPC, began, min(ms, 65535))

    def _sense_ring(self, end: int) -> None:
        began = self._ring.since
        if self._ring.value:
            if self._ring.settle(end, 0 if self.off_hook else RING_GAP_MS):
                ms = max(0, began - self._ring_began) * 1000 // RATE
                self._tell(self.number, p.EV_RING_STOP, began, min(ms, 65535))
        elif self._ring.settle(end, VALID_RING_MS):
            self._ring_began = began
            self._tell(self.number, p.EV_RING_START, began)

    def status(self) -> tuple[int, int, int, int]:
        """State bits, volts, mA and battery for STATUS."""
        now = self.line.loop.now
        state = (
            p.STATE_OFFHOOK * self.off_hook
            | p.STATE_RINGING * self._ring.value
            | p.STATE_BATTERY * self._battery.value
            | p.STATE_REVERSED * self._reversed.value
            | p.STATE_FAULT * self.fault
            | p.STATE_MONITOR * self.monitor
            | p.STATE_IN_USE * self._in_use.value
        )
        return state, max(-128, min(127, round(now.volts))), min(255, round(now.ma)) if self.off_hook else 0, 0
