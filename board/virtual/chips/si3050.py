"""Si3050 with Si3019 by its registers: an FXO on a line of the exchange.

Models what reference/hardware.md 8.1 asks for: the presence value, the isolation link that comes up about 100 ms
after it was powered, frame lock, loop current and line voltage with their steps and errors, ring detection with
threshold and validation, RDTP/RDTN toggling with the ringing, interrupts, DC termination, ringer load, hook with its
speed, the off-hook counter and the calibrations after it, gains, AC impedance and hybrid taps. What the registers mean
to the line stands in ``board.virtual.daa``. Faults: ``isolation_lost``, ``sense_error`` (the 10 % of the line-voltage
sensor), ``drop_hook()`` (the line side lets go by itself), and those of ``Chip``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from board.virtual import daa
from board.virtual.chips.chip import Chip, amplified, samples
from board.virtual.line import Line
from board.virtual.sound import SILENCE, Samples
from firmware.hat.protocol import RATE

TERMINAL = "fxo"
READ, WRITE = 0x60, 0x20
LINK_MS = 100
LINE_SIDE = 0x35  # register 11: Si3019, revision 5
RING_COUNT_MS = (100, 150, 200, 256, 384, 512, 640, 1024)  # register 23 RCC
RING_DETECT_MS = 20  # the chip's own delay
RDLY_MS = 256  # a step of registers 23 b7 and 22 b7:6 between a valid ring and RDT [SI3050-KT p76]
MISMATCH_DB = 6.0  # return loss lost by a wrong AC impedance


class Si3050(Chip):
    """One chip. ``right_acim``: the setting that suits the line's far impedance; None: all do."""

    pcm_mode = 33
    tx_start = 34

    def __init__(self, line: Line, right_acim: int | None = None) -> None:
        self.isolation_lost = False
        self.sense_error = 0.0
        self._right_acim = right_acim
        self._return_loss = line.pair.model.settings.return_loss_db
        self._sent: Samples | None = None
        self._past = np.zeros(11, np.int16)
        self._measured = line.loop.now  # as the line side last told it: without the link it stays so
        self._measured_ma = 0.0
        line.loop.attach(TERMINAL)
        super().__init__(line)

    def reset(self) -> None:
        self.registers = bytearray(64)
        self.registers[2] = 0x03
        self.registers[6] = 0x10
        self.registers[22] = 0x96
        self.registers[24] = 0x19
        self.registers[31] = 0x20
        self._powered_at: int | None = None
        self._ring_on = False
        self._ring_since = 0
        self._ring_detect = False
        self._reversed = self.line.loop.now.reversed
        self._locked = False
        self._told = False  # the line side has told what it measures since the reset
        self._audio_from = 0
        self._frame.clear()
        self._match()
        self._load()
        self._open_loop(self.now)

    # SPI: control, address, data

    def _byte(self, out: int) -> int:
        frame = self._frame
        if not frame and out not in (READ, WRITE):
            return 0
        frame.append(out)
        if len(frame) < 3:
            return 0
        control, register, value = frame
        frame.clear()
        if register >= 64:
            return 0
        if control == READ:
            return self._read(register)
        self._write(register, value)
        return 0

    def _read(self, register: int) -> int:
        if register == 5:
            return self._daa1()
        if register == 11:
            return LINE_SIDE if self._linked else 0x05
        if register == 12:
            return 0x40 * self._linked | min(31, int(self._ma / 3.3))
        if register == 13:
            return 0x40 if self._linked else 0
        if register == 19:
            return 0x02 if self.off_hook and self._linked and not self._supplied else 0
        if register == 28:
            return min(255, int(self._ma / 1.1))
        if register == 29:
            return self._volts() if self._told else 0
        return self.registers[register]

    def _write(self, register: int, value: int) -> None:
        if register in (11, 12, 13, 19, 28, 29):
            return  # read only
        if register == 1 and value & 0x80:
            self.reset()
            return
        if register == 4:
            self.registers[4] &= value
            return
        before = self.registers[register]
        self.registers[register] = value
        if register == 5:
            if (before ^ value) & 1:
                self._move_hook(bool(value & 1))
        elif register == 6:
            self._powered_at = None if value & 0x10 else self.now
        elif register in (16, 26) and before != value:
            self._load()
        elif register == 30 and (before ^ value) & 15:
            self._match()

    def _match(self) -> None:
        """A wrong AC impedance costs return loss."""
        model = self.line.pair.model
        right = self._right_acim is None or self.registers[30] & 15 == self._right_acim
        loss = self._return_loss - (0.0 if right else MISMATCH_DB)
        if loss != model.settings.return_loss_db:
            model.change(replace(model.settings, return_loss_db=loss))

    def _load(self) -> None:
        """DC termination (register 26) and ringer load (register 16) are on the line."""
        dc = self.registers[26]
        self._termination = daa.termination(dc >> 6, dc >> 4 & 3, dc >> 1 & 1, dc & 1)
        self.line.loop.load(TERMINAL, self._termination, daa.ren(self.registers[16] >> 1 & 1))

    # The line side

    def _move_hook(self, off: bool) -> None:
        """Closes the loop at once; opens it as slowly as OHS, OHS2 and SQ say. Off hook the off-hook counter (FOH)
        and, unless RCALD and CALD, the calibrations come before any sound.
        """
        loop = self.line.loop
        if not off:
            sq = self.registers[59] >> 5 & 2 | self.registers[59] >> 4 & 1
            slow = daa.on_hook_ms(self.registers[16] >> 6 & 1, self.registers[31] >> 3 & 1, sq)
            loop.set_contact(TERMINAL, self.now + samples(slow), False)
            return
        loop.cancel(TERMINAL, self.now)  # a slope that has not ended
        loop.set_contact(TERMINAL, self.now, self._linked)
        quiet_ms = daa.OFF_HOOK_MS[self.registers[31] >> 5 & 3]
        if not self.registers[25] & 0x20:
            quiet_ms += daa.RESISTOR_CALIBRATION_MS
        if not self.registers[17] & 0x20:
            quiet_ms += daa.ADC_CALIBRATION_MS
        self._audio_from = self.now + samples(quiet_ms)

    def drop_hook(self) -> None:
        """Register 5 falls to its reset value, as after a dip of the line side's supply."""
        self.registers[5] = 0
        self._move_hook(False)

    def _open_loop(self, at: int) -> None:
        """The line side has let go of the line."""
        self.line.loop.cancel(TERMINAL)
        if self.line.loop.closed_by(TERMINAL):
            self.line.loop.set_contact(TERMINAL, at, False)

    @property
    def _linked(self) -> bool:
        up = self._powered_at is not None and self.now - self._powered_at >= samples(LINK_MS)
        return up and not self.isolation_lost

    @property
    def off_hook(self) -> bool:
        return bool(self.registers[5] & 1)

    @property
    def _ma(self) -> float:
        """What flows through this terminal: LCS and LCS2. Frozen while the link is down."""
        if not self._linked:
            return self._measured_ma if self._told else 0.0
        now = self.state()
        closed = self.off_hook and now.fed and self.line.loop.closed_by(TERMINAL)
        # no more than the loop's: within the block in which the contact moves the pair is still open
        return min(self._termination.ma(abs(now.volts)), now.ma) if closed else 0.0

    @property
    def _supplied(self) -> bool:
        """Whether the loop current feeds the line side (MINI)."""
        return self._ma >= daa.MINI_MA[self.registers[26] >> 4 & 3]

    def _volts(self) -> int:
        """LVS; frozen while the link is down."""
        now = self.state() if self._linked else self._measured
        volts = now.volts * (1.0 + self.sense_error)
        if abs(volts) <= 3.0 and not self.registers[31] & 1:
            return 0
        return max(-128, min(127, round(volts))) & 0xFF

    def _daa1(self) -> int:
        value = self.registers[5] & 0x09
        if self._linked:
            if self._ring_detect:
                value |= 0x04
            if self._ring_on and self._loud_enough:
                half = int(self.now * 2 * self.line.loop.ringing.hz / RATE) & 1
                value |= 0x20 if half else 0x40
        return value

    @property
    def _loud_enough(self) -> bool:
        return self.line.loop.ring_volts >= daa.RING_VRMS[self.registers[16] & 1]

    # Time

    def begin(self) -> None:
        super().begin()
        self._sent = None

    def advance(self, now: int) -> None:
        for change in self.changes(now):
            self._see(change.ring_on and not change.closed, change.reversed, change.sample)
        self.now = now
        self._validate(now)
        locked = self._linked
        if locked:
            self._told = True
            self._measured, self._measured_ma = self.state(), self._ma
        if locked != self._locked:
            self._locked = locked
            if not locked:
                self.registers[4] |= 0x40
                self._open_loop(now)

    def _see(self, ring_on: bool, reverse: bool, at: int) -> None:
        if ring_on != self._ring_on:
            self._ring_on = ring_on
            self._ring_since = at
        if reverse != self._reversed:
            self._reversed = reverse
            self.registers[4] |= 0x01

    def _validate(self, now: int) -> None:
        """RDT: ringing counts after RCC, and is over RTO after the last of it (registers 22 to 24)."""
        lasted = now - self._ring_since
        loud = self._ring_on and self._loud_enough
        if self.registers[24] & 0x80:
            count = samples(RING_COUNT_MS[self.registers[23] & 7] + RING_DETECT_MS)
            over = samples(128 * (self.registers[23] >> 3 & 15))
            count += samples(RDLY_MS * (self.registers[23] >> 5 & 4 | self.registers[22] >> 6))
        else:
            count = over = 0
        detect = self._ring_detect
        if loud and lasted >= count:
            detect = True
        elif not loud and (lasted >= over or self.off_hook):
            detect = False
        if detect != self._ring_detect:
            self._ring_detect = detect
            self.registers[4] |= 0x80

    def stable(self, end: int) -> bool:
        if not self.alive:
            return True
        waiting = self._ring_on != self._ring_detect or self._ring_on
        rising = self._powered_at is not None and not self._linked and not self.isolation_lost
        return not (self.line.loop.changes or waiting or rising)

    @property
    def interrupts_enabled(self) -> int:
        return self.registers[2] & 0x80

    @property
    def interrupts_pending(self) -> int:
        return self.registers[3] & self.registers[4]

    # PCM

    @property
    def sends(self) -> bool:
        return super().sends and self._linked

    @property
    def loops_back(self) -> bool:
        return bool(self.registers[10] & 1)

    @property
    def hears(self) -> bool:
        """On hook with the line monitor; off hook once the counter has run out, with enough current."""
        if self.off_hook:
            return self.now >= self._audio_from and self._linked and self._supplied
        return bool(self.registers[5] & 0x08) and self._linked

    def take(self, samples_in: Samples) -> None:
        self._sent = None
        if self.off_hook and self.sends and self.hears:
            self._sent = amplified(samples_in, self._gain(38, 40))
            self.line.pair.say_near(self._sent)

    def give(self, echo: bool) -> Samples:
        if not self.hears:
            return SILENCE
        heard = self.line.pair.hear_near(echo)
        if any(self.registers[45:53]):
            heard = self._cancelled(heard)
        return amplified(heard, self._gain(39, 41))

    def _gain(self, whole: int, part: int) -> float:
        db = 0.0
        for register, unit in ((whole, 1.0), (part, 0.1)):
            value = self.registers[register]
            db += (-unit if value & 16 else unit) * (value & 15)
        return db

    def _cancelled(self, heard: Samples) -> Samples:
        """The digital hybrid: eight taps on what was sent, four samples on, in 1/128."""
        taps = np.frombuffer(bytes(self.registers[45:53]), np.int8).astype(np.float64) / 128.0
        sent = SILENCE if self._sent is None else self._sent
        line = np.concatenate([self._past, sent])
        self._past = line[-11:]
        echo = np.convolve(line, taps)[7 : 7 + len(heard)]
        left: Samples = np.clip(heard - np.rint(echo), -32768, 32767).astype(np.int16)
        return left
