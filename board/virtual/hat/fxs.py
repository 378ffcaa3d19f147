"""An FXS port of the stand-in HAT: what an Si3210 and the firmware round it do for one handset.

Feeds the pair, rings it by cadence, notices ring trip, and tells hook, flash and pulse digits. On hook is told when the
flash window is over (the window's end, CFG_FLASH; ``at`` is when it began).
"""

from __future__ import annotations

from board.virtual.hat.fxo import Tell
from board.virtual.hookwatch import DIGIT, FLASH, OFF, ON, HookWatch, samples
from board.virtual.line import Line
from firmware.hat import protocol as p
from firmware.hat.protocol import BLOCK

DEBOUNCE_MS = 64
RING_TRIP_MS = 20
BATTERY_V = 48

Cadence = tuple[int, ...]  # ms: on, off, on, off ...


class Bells:
    """Who may ring: one handset at a time, unless ``together`` (12 V is plugged in)."""

    def __init__(self) -> None:
        self.together = False
        self._until: dict[int, int] = {}  # port -> sample at which its last scheduled burst ends

    def take(self, number: int, at: int, until: int) -> bool:
        """Whether a port may ring from sample ``at`` to ``until``; it then has its turn."""
        if not self.together and any(end > at for port, end in self._until.items() if port != number):
            return False
        self._until[number] = until
        return True

    def leave(self, number: int) -> None:
        """The port rings no more."""
        self._until.pop(number, None)


class FxsPort:
    """Port ``number`` with a handset. ``tell(port, kind, at, *args)`` takes its events; ``bells``: its turn to ring."""

    kind = p.FXS

    def __init__(self, number: int, line: Line, tell: Tell, bells: Bells) -> None:
        self.number = number
        self.line = line
        self.monitor = False
        self.mute = p.MUTE_NONE
        self.tx_gain = self.rx_gain = 0.0
        self.loopback = 0
        self.lamp = False
        self.fault = False
        self._tell = tell
        self._bells = bells
        self._watch = HookWatch(DEBOUNCE_MS, 200, 1000)
        self._cadence: Cadence | None = None  # while ringing
        self._next = 0  # sample of the next turn of the cadence
        self._bursts: list[int] = []  # samples at which bursts end
        self._burst = 0
        self._open = False
        loop = line.loop
        loop.cancel_ring()
        loop.set_ring(0, False)
        loop.set_fed(0, True)
        loop.set_reversed(0, False)

    @property
    def off_hook(self) -> bool:
        return self._watch.off_hook

    @property
    def ringing(self) -> bool:
        return self._cadence is not None

    @property
    def active(self) -> bool:
        """Whether the port's audio goes to the Pi."""
        return self.monitor or self._watch.off_hook

    # Commands

    def set_flash(self, min_ms: int, max_ms: int) -> None:
        self._watch.set_flash(min_ms, max_ms)

    def ring(self, cadence: Cadence, at: int) -> int:
        """Rings until told otherwise or answered; a status code."""
        if self.off_hook or self.line.loop.now.closed:
            return p.ERR_STATE
        self.stop_ringing(at)
        self._cadence = cadence
        self._next = at
        self._burst = 0
        return p.OK

    def stop_ringing(self, at: int) -> None:
        if self._cadence is not None:
            self._cadence = None
            self._bells.leave(self.number)
            self._bursts.clear()
            self.line.loop.cancel_ring()
            self.line.loop.set_ring(at, False)

    def linefeed(self, state: int, at: int) -> int:
        """One of LF_*; a status code."""
        if state not in (p.LF_OPEN, p.LF_FORWARD, p.LF_FORWARD_OHT, p.LF_REVERSE, p.LF_REVERSE_OHT):
            return p.ERR_ARGS  # ringing has its own command
        self.stop_ringing(at)
        self._open = state == p.LF_OPEN
        self.line.loop.set_fed(at, not self._open)
        self.line.loop.set_reversed(at, state in (p.LF_REVERSE, p.LF_REVERSE_OHT))
        return p.OK

    def polarity(self, reverse: bool, at: int) -> int:
        self.line.loop.set_reversed(at, reverse)
        return p.OK

    def drop_loop(self, ms: int, at: int) -> int:
        """Tells the handset by an open loop that the far end has gone."""
        self.line.loop.set_fed(at, False)
        if not self._open:
            self.line.loop.set_fed(at + samples(ms), True)
        return p.OK

    # Each block

    def sense(self, start: int) -> None:
        """Looks at what the loop did in the block; rings on."""
        loop = self.line.loop
        end = start + BLOCK
        if self._cadence is not None:
            self._ring_on(start, end)
        if loop.changes or self._watch.busy:
            for fact in self._watch.feed(loop.changes, end):
                if fact.what == OFF:
                    self._tell(self.number, p.EV_HOOK_OFF, fact.at)
                elif fact.what == ON:
                    self._tell(self.number, p.EV_HOOK_ON, fact.at)
                elif fact.what == FLASH:
                    assert isinstance(fact.value, int)
                    self._tell(self.number, p.EV_FLASH, fact.at, fact.value)
                elif fact.what == DIGIT:
                    self._tell(self.number, p.EV_PULSE_DIGIT, fact.at, ord(str(fact.value)))

    def _ring_on(self, start: int, end: int) -> None:
        assert self._cadence is not None
        loop = self.line.loop
        if loop.now.closed:
            tripped = loop.changes[-1].sample if loop.changes else start
            self.stop_ringing(end)
            self._tell(self.number, p.EV_RINGTRIP, tripped)
            return
        while self._bursts and self._bursts[0] < end:
            self._burst = min(self._burst + 1, 255)
            self._tell(self.number, p.EV_RING_BURST_END, self._bursts.pop(0), self._burst)
        if end >= self._next:
            at = max(self._next, end)
            if not self._bells.take(self.number, at, at + samples(sum(self._cadence[:-1]))):
                return  # the other handset rings
            for on, off in zip(self._cadence[::2], self._cadence[1::2], strict=True):
                loop.set_ring(at, True)
                loop.set_ring(at + samples(on), False)
                self._bursts.append(at + samples(on))
                at += samples(on) + samples(off)
            self._next = at

    def status(self) -> tuple[int, int, int, int]:
        """State bits, volts, mA and battery for STATUS."""
        now = self.line.loop.now
        state = (
            p.STATE_OFFHOOK * self.off_hook
            | p.STATE_RINGING * self.ringing
            | p.STATE_BATTERY * now.fed
            | p.STATE_REVERSED * now.reversed
            | p.STATE_FAULT * self.fault
            | p.STATE_MONITOR * self.monitor
        )
        return state, max(-128, min(127, round(now.volts))), min(255, round(now.ma)) if now.closed else 0, BATTERY_V
