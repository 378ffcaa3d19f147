"""Si3210 with Si3201 by its registers: the SLIC that feeds, rings and watches one handset.

Models what reference/hardware.md 8.1 asks for: battery ramp of the converter, calibration and indirect-access busy
bits, linefeed states and the chip's own changes of them (ring trip, power alarm), loop closure with its debounce,
ring trip, the feed's voltage and constant current (registers 72 and 71), measurements, interrupts, gains, loop-back.
Faults: ``battery_missing``, ``leaky`` (the battery decays fast), ``calibration_stuck``, ``ring_short`` (a short for
ringing), ``shorted`` (tip and ring touch, as DC sees it), and those of ``Chip``.
"""

from __future__ import annotations

import math

import numpy as np

from board.virtual.chips.chip import Chip, amplified, samples
from board.virtual.line import Line
from board.virtual.loop import Ringing, ringer_ohm
from board.virtual.sound import SILENCE, Samples
from firmware.hat.protocol import RATE

BATTERY_V = 75.0
RISE_MS = 60.0
DECAY_MS, LEAK_MS = 2000.0, 20.0
CALIBRATION_MS = 300
BUSY_READS = 1  # status reads for which an indirect access is busy
MAX_REN = 5.0
ALARM_MS = 50
OPEN, FORWARD, FORWARD_OHT, RINGING, REVERSE, REVERSE_OHT = 0, 1, 2, 4, 5, 6
INT_RING_TRIP, INT_LOOP, INT_POWER = 1, 2, 0x3C
UNITY = 0x4000
CONVERTER_MS = 10
CONVERTER_RESULT = 7  # what register 107 reads after its calibration
HYSTERESIS = 0x01  # register 108 HYSTEN
ARMED = 0x02  # register 67 AOPN: open the feed when a power filter passes its threshold
RING_TRIP_FILTER, VCMR, LCRTL = 36, 40, 43
POWER_THRESHOLDS = (32, 33, 34)
FLUSHED = 0x8000
VCMR_RINGING = 0x0C00
RCO_HZ = {0x7F4C: 16.7, 0x7F3C: 17.4, 0x7EF0: 20.0, 0x7E6D: 25.0, 0x79BC: 50.0}


class Si3210(Chip):
    """One chip."""

    pcm_mode = 1
    tx_start = 2

    def __init__(self, line: Line) -> None:
        self.battery_missing = False
        self.leaky = False
        self.calibration_stuck = False
        self.ring_short = False
        self.shorted = False
        super().__init__(line)

    def reset(self) -> None:
        self.registers = bytearray(128)
        for register, value in (
            (0, 0x05),
            (1, 0x08),
            (8, 0x02),
            (11, 0x33),
            (14, 0x10),
            (69, 0x0A),
            (70, 0x0A),
            (72, 0x20),
        ):
            self.registers[register] = value
        self._indirect: dict[int, int] = {}
        self._data_written = False
        self._busy = 0
        self._changing = False  # what was read last reads differently the next time
        self._volts = 0.0
        self._volts_at = self.now
        self._calibrating_until: int | None = None
        self._spoilt = False  # calibrated with the feed on a load
        self._converter_until: int | None = None
        self._converter_calibrated = False
        self._raw = False
        self._raw_since = self.now
        self._closed = False
        self._tripped = False
        self._ring_since: int | None = None
        self._frame.clear()
        self._supply()
        self._feed(OPEN)

    # SPI: address with the read bit, data

    def _byte(self, out: int) -> int:
        frame = self._frame
        frame.append(out)
        self._changing = False
        if len(frame) < 2:
            return 0
        address, value = frame
        frame.clear()
        if address & 0x80:
            return self._read(address & 0x7F)
        self._write(address, value)
        return 0

    def _read(self, register: int) -> int:
        if register == 31:
            busy, self._busy = self._busy, max(0, self._busy - 1)
            self._changing = bool(busy)
            return 1 if busy else 0
        if register == 64:
            return self.registers[64] & 0x07 | (self.actual << 4)
        if register == 68:
            return self._closed | self._tripped << 1
        if register == 78:
            volts = self.state().volts
            return min(0x3F, int(abs(volts) / 1.5)) | (0x40 if volts < 0 else 0)
        if register == 79:
            return min(0x3F, round(self._ma() / 1.25))
        if register == 80:
            return min(255, int(2.0 / 0.376))
        if register == 81:
            return min(255, int((abs(self.state().volts) + 2.0) / 0.376))
        if register in (82, 83):
            return min(255, int(self._battery() / 0.376))
        if register == 93:
            busy = self._converter_until is not None
            return self.registers[93] & 0x7F | busy << 7
        if register == 107:
            return CONVERTER_RESULT if self._converter_calibrated else 0
        if register == 96 and self._calibrating_until is not None:
            return self.registers[96] | 0x40
        return self.registers[register]

    def _write(self, register: int, value: int) -> None:
        if register in (0, 11, 31, 68) or 78 <= register <= 83:
            return  # read only
        if register in (18, 19, 20):
            self.registers[register] &= ~value & 0xFF
        elif register in (28, 29):
            self.registers[register] = value
            self._data_written = True
        elif register == 30:
            self._access(value)
        elif register == 64:
            self.registers[64] = value & 7
            self._feed(value & 7)
        elif register == 96:
            self.registers[96] = value & ~0x40
            if value & 0x40:
                self._calibrating_until = self.now + samples(CALIBRATION_MS)
                self._spoilt = self.actual != OPEN and self._raw
        elif register == 93:
            self.registers[93] = value & 0x7F
            if value & 0x80 and not self.registers[14] & 0x10:
                self._converter_until = self.now + samples(CONVERTER_MS)
        else:
            if register == 14:
                self._battery()
            self.registers[register] = value
            if register in (71, 72):
                self._supply()

    def _access(self, address: int) -> None:
        """The indirect access that an address starts: a write when data was written before, else a read."""
        self.registers[30] = address
        self._busy = BUSY_READS
        if self._data_written:
            self._indirect[address] = self.registers[28] | self.registers[29] << 8
            self._data_written = False
        else:
            value = self._indirect.get(address, 0)
            self.registers[28], self.registers[29] = value & 0xFF, value >> 8

    # The feed

    actual = OPEN

    def _battery(self) -> float:
        """Battery voltage now; the converter charges or the load discharges it."""
        ms = (self.now - self._volts_at) * 1000.0 / RATE
        on = not self.registers[14] & 0x10 and not self.battery_missing
        target = BATTERY_V if on else 0.0
        tau = RISE_MS if on else LEAK_MS if self.leaky else DECAY_MS
        if self.battery_missing:
            tau = LEAK_MS
        self._volts = target + (self._volts - target) * math.exp(-ms / tau)
        self._volts_at = self.now
        return self._volts

    def _supply(self) -> None:
        """Open-circuit voltage (1.5 V a step) and constant current (20 mA and 3 a step) of the feed."""
        self.line.loop.feed(1.5 * (self.registers[72] & 0x3F), 20.0 + 3.0 * (self.registers[71] & 7))

    def _feed(self, state: int) -> None:
        """Puts a linefeed state on the pair, as far as there is a battery."""
        loop, now = self.line.loop, self.now
        if state != OPEN and self._battery() < 20.0:
            state = OPEN
        ringing = state == RINGING
        if ringing:
            loop.ringing = Ringing(self._ring_hz, self._ring_volts / math.sqrt(2))
            self._ring_since = now
        else:
            self._ring_since = None
        self._tripped = False
        loop.set_ring(now, ringing)
        loop.set_reversed(now, state in (REVERSE, REVERSE_OHT))
        loop.set_fed(now, state != OPEN)
        self.actual = state

    @property
    def _ring_hz(self) -> float:
        return RCO_HZ.get(self._indirect.get(20, 0), 0.0)

    @property
    def _ring_volts(self) -> float:
        """Peak; 0x1D1 gives 89 V at 20 Hz. About another common mode than the middle it is clipped, to a half here."""
        centred = self._indirect.get(VCMR) == VCMR_RINGING
        return self._indirect.get(21, 0) * 89.0 / 465.0 * 20.0 / (self._ring_hz or 20.0) * (1.0 if centred else 0.5)

    @property
    def ren(self) -> float:
        """The load of the bells, as ringing sees it."""
        return 100.0 if self.ring_short else self.line.loop.ren

    def _ma(self) -> float:
        if self.actual == OPEN:
            return 0.0
        if self.actual == RINGING:
            ohm = ringer_ohm(self.ren, self._ring_hz) + self.line.loop.ring_ohm
            return self._ring_volts / math.sqrt(2) / ohm * 1000.0
        if self.shorted:
            return self.line.loop.limit_ma
        now = self.state()
        return now.ma if now.closed else 0.0

    # Time

    def advance(self, now: int) -> None:
        for change in self.changes(now):
            self._settle(change.sample)
            self._contact(change.closed, change.sample)
        self.now = now
        self._contact(self.state().closed, now)
        self._settle(now)
        self._watch_feed(now)
        stuck = self.calibration_stuck or self._spoilt
        if self._calibrating_until is not None and now >= self._calibrating_until and not stuck:
            self._calibrating_until = None
        if self._converter_until is not None and now >= self._converter_until:
            self._converter_until = None
            self._converter_calibrated = True

    def _contact(self, closed: bool, at: int) -> None:
        closed = (closed or self.shorted) and self.actual != OPEN
        if closed != self._raw:
            self._raw = closed
            self._raw_since = at

    def _settle(self, now: int) -> None:
        """Loop closure after its debounce (register 69, 1.25 ms a step); ring trip after its own (register 70)."""
        lasted = now - self._raw_since
        if self.actual == RINGING:
            # unfiltered, ring trip sees the ringing itself
            unfiltered = self._indirect.get(RING_TRIP_FILTER, FLUSHED) == FLUSHED
            since = self._raw_since if self._raw else self._ring_since or now
            if (self._raw or unfiltered) and now - since >= samples(1.25 * self.registers[70]):
                self._trip()
        elif self._raw != self._closed and lasted >= samples(1.25 * self.registers[69]):
            if self._closed and self.registers[108] & HYSTERESIS and not self._indirect.get(LCRTL):
                return  # the lower bound was never set: the loop never counts as open again
            self._closed = self._raw
            self.registers[19] |= INT_LOOP

    def _trip(self) -> None:
        """The handset was lifted while it rang: ringing stops by itself, the feed is forward active."""
        self.registers[19] |= INT_RING_TRIP | INT_LOOP
        self.registers[64] = FORWARD
        self._feed(FORWARD)
        self._tripped = True
        self._closed = True

    def _watch_feed(self, now: int) -> None:
        if self.actual == RINGING and self._ring_since is not None:
            armed = self.registers[67] & ARMED
            unset = armed and any(address not in self._indirect for address in POWER_THRESHOLDS)
            overloaded = self.ren > MAX_REN or unset or not self._converter_calibrated
            if overloaded and now - self._ring_since >= samples(ALARM_MS):
                self.registers[19] |= INT_POWER
                self.registers[64] = OPEN
                self._feed(OPEN)
        elif self.actual != OPEN and self._battery() < 20.0:
            self._feed(OPEN)

    def stable(self, end: int) -> bool:
        if not self.alive:
            return True
        ramping = abs(self._battery() - (0.0 if self.registers[14] & 0x10 or self.battery_missing else BATTERY_V)) > 0.3
        timing = self._raw != self._closed or self._calibrating_until is not None or self._changing
        alarm = self.actual == RINGING and (self.ren > MAX_REN or not self._converter_calibrated)
        alarm = alarm or self._converter_until is not None
        return not (self.line.loop.changes or ramping or timing or alarm)

    @property
    def interrupts_enabled(self) -> int:
        return self.registers[22]

    @property
    def interrupts_pending(self) -> int:
        return self.registers[19] & self.registers[22]

    # PCM

    @property
    def loops_back(self) -> bool:
        return bool(self.registers[8] & 2)

    @property
    def hears(self) -> bool:
        return self.actual not in (OPEN, RINGING)

    def take(self, samples_in: Samples) -> None:
        if self.sends and self.actual in (FORWARD, FORWARD_OHT, REVERSE, REVERSE_OHT):
            self.line.pair.say_near(amplified(samples_in, self._gain(26)))

    def give(self, echo: bool) -> Samples:
        if not self.hears:
            return SILENCE
        return amplified(self.line.pair.hear_near(echo), self._gain(27))

    def _gain(self, indirect: int) -> float:
        word = self._indirect.get(indirect, UNITY)
        if word == UNITY:
            return 0.0
        return 20.0 * float(np.log10(max(1, word) / UNITY))
