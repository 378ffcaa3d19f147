"""The field tech's test of lines and handsets, run by the HAT itself while nothing is in use.

A task of its own; every step is sent as SELFTEST_STEP (step, result, value, text), the end as SELFTEST_DONE (steps
failed). Limits are those of reference/hardware.md section 5. A port that is in use is left alone and its steps are
skipped.
"""

import math

from micropython import const

from . import protocol as p
from . import si3210
from .faults import TEXT

OFF_HOOK_MS = const(500)
DIAL_TONE_MS = const(3000)
TONE_BLOCKS = const(10)  # blocks of dial tone in a row that count
TONE_LEVEL = const(200)  # mean size of a linear sample, about -35 dBm0
MAX_REN_TENTHS = const(30)
LEAK_MA = const(5)
RING_TEST_MS = const(500)


class SelfTest:
    """``hat`` gives ports, tasks and link."""

    def __init__(self, hat):
        self._hat = hat
        self._failed = 0

    @property
    def running(self):
        return self._hat.tasks.running("selftest")

    def start(self, which):
        """``which``: 0 everything, n + 1 port n. A status code."""
        hat = self._hat
        if which > len(hat.ports):
            return p.ERR_PORT
        if self.running:
            return p.ERR_STATE
        hat.tasks.start("selftest", self._run(which))
        return p.OK

    def _run(self, which):
        self._failed = 0
        yield 20
        if which == 0:
            self._supply()
        for port in self._hat.ports:
            if which in (0, port.number + 1):
                if not port.up or port.fault:
                    self._report(port, p.STEP_CHIP, p.RESULT_FAIL, port.fault, TEXT.get(port.fault, "not up"))
                elif port.ringing or (port.off_hook and port.kind == p.FXO):
                    self._report(port, p.STEP_CHIP, p.RESULT_WARN, 0, "in use: not tested")
                elif port.off_hook:
                    self._off_hook(port)
                elif port.kind == p.FXO:
                    yield from self._line(port)
                else:
                    yield from self._handset(port)
        self._hat.updates.tested = self._hat.updates.tested or self._failed == 0
        self._hat.link.inform(p.SELFTEST_DONE, p.pack(p.SELFTEST_DONE, self._failed))

    def _report(self, port, step, result, value, text):
        if result == p.RESULT_FAIL:
            self._failed += 1
        number = p.NO_PORT if port is None else port.number
        payload = p.pack(p.SELFTEST_STEP, step, result, max(-32768, min(32767, value)), text.encode())
        self._hat.link.inform(p.SELFTEST_STEP, payload, number)

    def _judge(self, port, step, value, good, text, warn=False):
        result = p.RESULT_OK if good else (p.RESULT_WARN if warn else p.RESULT_FAIL)
        self._report(port, step, result, value, text)
        return good

    def _supply(self):
        mv = self._hat.supply.mv_5v
        self._judge(None, p.STEP_SUPPLY, mv, mv >= 4700, "5 V supply %d mV" % mv)

    # A line

    def _line(self, port):
        self._report(port, p.STEP_CHIP, p.RESULT_OK, port.chip.line_side, "line side %d" % port.chip.line_side)
        volts = abs(port.volts)
        if volts <= 3:
            self._report(port, p.STEP_VOLTAGE, p.RESULT_FAIL, port.volts, "no line voltage")
            return
        if volts < 20:
            self._report(
                port, p.STEP_VOLTAGE, p.RESULT_FAIL, port.volts, "%d V: a parallel telephone is off hook" % volts
            )
            return
        self._judge(port, p.STEP_VOLTAGE, port.volts, 38 <= volts <= 56, "%d V on hook" % volts, warn=True)
        reverse = port.volts < 0
        text = "tip and ring reversed" if reverse else "polarity normal"
        self._judge(port, p.STEP_POLARITY, int(reverse), not reverse, text, warn=True)
        port.hook(True)
        try:
            yield OFF_HOOK_MS
            ma = port.ma
            text = "%d mA loop current" % ma
            if ma < 3:
                text = "no loop current"
            elif ma < 12:
                text = "%d mA: long loop or bad contact" % ma
            elif ma > 60:
                text = "%d mA: overload" % ma
            self._judge(port, p.STEP_CURRENT, ma, 12 <= ma <= 60, text)
            yield from self._dial_tone(port)
        finally:
            port.hook(False)

    def _dial_tone(self, port):
        heard = 0
        for _ in range(DIAL_TONE_MS // 20):
            yield 20
            level = mean_level(self._hat.tdm.up, port.number, port.chip.a_law)
            heard = heard + 1 if level >= TONE_LEVEL else 0
            if heard >= TONE_BLOCKS:
                self._report(port, p.STEP_DIAL_TONE, p.RESULT_OK, level, "dial tone")
                return
        self._report(port, p.STEP_DIAL_TONE, p.RESULT_FAIL, 0, "no dial tone")

    # A handset

    def _off_hook(self, port):
        """A handset that is up is left alone; so is a short, which looks the same."""
        text = "%d mA: the handset is off hook, or tip and ring are shorted" % port.ma
        self._report(port, p.STEP_LEAK, p.RESULT_WARN, port.ma, text)

    def _handset(self, port):
        chip = port.chip
        self._report(port, p.STEP_CHIP, p.RESULT_OK, 0, "chip set up")
        battery = port.battery_volts
        self._judge(port, p.STEP_BATTERY, battery, battery >= 56, "%d V battery" % battery)
        ma = si3210.milliamps(chip.read(si3210.LOOP_CURRENT))
        text = "%d mA on hook" % ma
        if ma >= LEAK_MA:
            text = "%d mA on hook: tip and ring shorted, or the handset is off" % ma
        if not self._judge(port, p.STEP_LEAK, ma, ma < LEAK_MA, text):
            return
        while not port.bells.take(port.number):
            yield 20
        chip.set_linefeed(p.LF_RINGING)
        yield RING_TEST_MS
        port.bells.leave(port.number)
        ma_tenths = (chip.read(si3210.LOOP_CURRENT) & 0x3F) * 25 // 2
        alarm = chip.read(si3210.INT_STATUS2) & si3210.INT_POWER_ALARM
        chip.set_linefeed(p.LF_FORWARD)
        ren = ren_tenths(ma_tenths, chip.ring[1])
        if alarm or port.fault:
            self._report(port, p.STEP_REN, p.RESULT_FAIL, ren, "ringing trips the power alarm: short or too many bells")
        elif ren < 1:
            self._report(port, p.STEP_REN, p.RESULT_WARN, ren, "no bell answers: is a telephone plugged in?")
        else:
            text = "REN %d.%d" % (ren // 10, ren % 10)
            self._judge(
                port,
                p.STEP_REN,
                ren,
                ren <= MAX_REN_TENTHS,
                text if ren <= MAX_REN_TENTHS else text + ": too many bells",
            )


def ren_tenths(ma_tenths, volts_peak):
    """Ringer equivalence from the ringing current (tenths of mA, rms) and the ringing voltage: 7000 ohm are one."""
    if ma_tenths <= 0:
        return 0
    # Z = V / I; REN = 7000 / Z
    return int(7000 * ma_tenths / (volts_peak * 1000 / math.sqrt(2)) + 0.5)


def mean_level(samples, slot, a_law):
    """Mean size of every fourth sample of one slot, in 16-bit linear steps."""
    total = 0
    for i in range(slot, 640, 16):
        total += linear(samples[i], a_law)
    return total // 40


def linear(code, a_law):
    """Size of one G.711 sample in 16-bit linear steps, unsigned."""
    if a_law:
        code = (code ^ 0x55) & 0x7F
        exponent = code >> 4
        size = ((code & 0x0F) << 4) + 8
        return size if exponent == 0 else (size + 0x100) << (exponent - 1)
    code = ~code & 0x7F
    return ((((code & 0x0F) << 3) + 0x84) << (code >> 4)) - 0x84
