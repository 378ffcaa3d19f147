"""The HAT's program: one loop of 20 ms blocks, five slots of 4 ms each, that everything else hangs on.

``Hat(wire)`` sets up pins, chips, audio and link; ``step`` is one turn of the loop and ends by waiting for the next
slot or for bytes from the Pi. The loop never blocks longer than a slot, so nothing in it may: what takes time is a
task (``tasks``).

Block: audio up, lifeline, events, watchdog. Slot: hot ports read, tasks. Once a block every port's registers are read
and one of them is compared with its shadow. The watchdog is fed only when TDM, SPI and link have all ticked since it
was last fed.
"""

import gc
import struct
import time

import machine
from machine import ADC, SPI, UART, WDT, Pin
from micropython import const

from . import pins, si3050, si3210
from . import protocol as p
from .bridges import Bridges
from .faults import ChipFault
from .fxo import FxoPort
from .fxs import FxsPort
from .lifeline import Lifeline
from .link import Link
from .requests import Requests
from .selftest import SelfTest
from .si3050 import Si3050
from .si3210 import Si3210
from .slots import Updates
from .spi import Bus, Script
from .tasks import Tasks
from .tdm import BLOCKS, SILENCE, Tdm
from .waiting import Waiting

BAUD = const(921600)
SPI_HZ = const(4_000_000)
SLOT_MS = const(4)
SLOTS = const(5)
BLOCK_MS = const(20)
STALL_US = const(26000)  # no block for this long: the clocks stand still
WDT_MS = const(2000)
WDT_NEAR_MS = const(1000)
STUCK_BLOCKS = const(50)  # an interrupt line low this long with nothing behind it is stuck
BROWN_OUT_MV = const(4500)
POWER_BACK_MV = const(4700)
MAX_TEMP = const(85)


class Hat:
    """One board. ``flash`` is the folder the program's slots live in."""

    def __init__(self, flash="/"):
        self.uid = (machine.unique_id() + bytes(8))[:8]
        self.reset_cause = machine.reset_cause() & 0xFF
        self.now = 0  # ms of the present slot
        self._slot = 0
        self._slot_due = 0  # us
        self._reset = Pin(pins.LINE_RESET, Pin.OUT, value=0)
        Pin(pins.VBAT_EN, Pin.OUT, value=1)
        self._irq = Pin(pins.IRQ, Pin.OUT, value=1)
        self._alive = Pin(pins.ALIVE, Pin.OUT, value=0)
        self._led = Pin(pins.LED, Pin.OUT, value=1)
        self._int_fxo = Pin(pins.INT_FXO, Pin.IN, Pin.PULL_UP)
        self._int_fxs = Pin(pins.INT_FXS, Pin.IN, Pin.PULL_UP)
        self._adc_5v = ADC(pins.ADC_5V)
        self._adc_ntc = ADC(pins.ADC_NTC)
        self.tasks = Tasks(self._task_failed)
        self.tdm = Tdm()
        self.bus = Bus(
            SPI(
                0, SPI_HZ, polarity=1, phase=1, sck=Pin(pins.SPI_SCK), mosi=Pin(pins.SPI_MOSI), miso=Pin(pins.SPI_MISO)
            ),
            tuple(Pin(cs, Pin.OUT, value=1) for cs in (pins.CS_FXO0, pins.CS_FXO1, pins.CS_FXS0, pins.CS_FXS1)),
        )
        self.ports = (
            FxoPort(0, Si3050(self.bus, 0, 0), self.tasks, self.tell),
            FxoPort(1, Si3050(self.bus, 1, 1), self.tasks, self.tell),
            FxsPort(2, Si3210(self.bus, 2, 2), self.tasks, self.tell),
            FxsPort(3, Si3210(self.bus, 3, 3), self.tasks, self.tell),
        )
        self.bridges = Bridges(self.ports)
        self.lifeline = Lifeline(Pin(pins.RELAY, Pin.OUT, value=0), self.ports, self.bridges, self.tell)
        self.uart = UART(
            0, BAUD, tx=Pin(pins.UART_TX), rx=Pin(pins.UART_RX), cts=Pin(pins.UART_CTS), rts=Pin(pins.UART_RTS),
            rxbuf=4096, txbuf=4096, flow=UART.RTS | UART.CTS, timeout=0,
        )  # fmt: skip
        self.requests = Requests(self)
        self.link = Link(self.uart, self.stamp, self.requests.frame, self._audio_down)
        self.updates = Updates(flash, machine.reset)
        self.selftest = SelfTest(self)
        self._waiting = Waiting(self.uart)
        self._scan = Script(self.bus)  # every port, once a block
        self._lines = Script(self.bus)  # both lines, and
        self._handsets = Script(self.bus)  # both handsets, for the slots between
        self._make_scripts()
        self._stuck = [0, 0]  # blocks for which each interrupt line has been low without a cause
        self._late = False
        self._answering = False  # the session has begun to answer blocks
        self.underruns = 0  # blocks that played silence because the Pi's did not come
        self.late = 0
        self.bad_audio = 0
        self.mv_5v = 5000
        self.celsius = 25
        self._safe_5v = True
        self._gc_max_us = 0
        self._loop_max_us = 0
        self._fed_at = 0
        self._near = False
        self._wdt = WDT(timeout=WDT_MS)

    def start(self):
        """Clocks on, chips out of reset and on their way up."""
        self.tdm.start()
        self._slot_due = time.ticks_add(self.tdm.began, SLOT_MS * 1000)
        self._reset(1)
        for port in self.ports:
            port.start()
        self.bridges.apply()

    # Time

    def stamp(self):
        """The present time stamp: samples, modulo 2**32."""
        return (self.now * 8) & 0xFFFFFFFF

    def tell(self, port, kind, at, *args):
        """An event that happened at ``at`` ms."""
        self.link.event(port, p.pack(p.EVENT, kind, (at * 8) & 0xFFFFFFFF, p.pack_args(p.EVENTS, kind, *args)))
        self._irq(0)

    # The loop

    def step(self):
        """One turn."""
        self.link.receive()
        tdm = self.tdm
        if tdm.captured():
            self._block()
        elif time.ticks_diff(time.ticks_us(), tdm.began) > STALL_US:
            self._stalled()
        elif self._slot < SLOTS - 1 and time.ticks_diff(time.ticks_us(), self._slot_due) >= 0:
            self._slot += 1
            self._begin_slot()
        self.link.flush()
        left = time.ticks_diff(self._slot_due, time.ticks_us())
        if left > 0:
            self._waiting.wait((left + 999) // 1000)
        else:
            machine.idle()  # the block is due any moment

    def _begin_slot(self):
        began = time.ticks_us()
        self.now += SLOT_MS
        self._slot_due = time.ticks_add(self._slot_due, SLOT_MS * 1000)
        if self._slot:
            self._read_hot()
        else:
            self._read_all()
        self.requests.due(self.now)
        self.tasks.run(self.now)
        took = time.ticks_diff(time.ticks_us(), began)
        if took > self._loop_max_us:
            self._loop_max_us = took

    def _block(self):
        """A block of audio has come in."""
        tdm = self.tdm
        self.send_audio(tdm.up)
        self._slot = 0
        # the slots are tied to the blocks: what was not run of the last block's is made up in time, not in turns
        self.now = (self.now // BLOCK_MS + 1) * BLOCK_MS - SLOT_MS
        self._slot_due = tdm.began
        self._begin_slot()
        self._keep_line()
        if not self.link.events_waiting:
            self._irq(1)
        if self.now % 1000 == 0:
            self._second()
        self._feed()

    def send_audio(self, samples):
        """The audio path upward. Allocates nothing."""
        tdm = self.tdm
        block = (tdm.block - 1) & BLOCKS
        mask = self.bridges.mask
        for port in self.ports:
            if port.active:
                mask |= 1 << port.number
        flags = p.FLAG_MUTED if self.bridges.muted else 0
        missing = -1
        if self._late:
            flags |= p.FLAG_LATE
            self._late = False
        if self._answering and not tdm.played(block):
            flags |= p.FLAG_MISSING
            missing = (block - 2) & BLOCKS
            self.underruns += 1
        self.link.audio_up(block, mask, flags, 1, missing, samples)

    def _audio_down(self, frame, length):
        """The audio path downward. Allocates nothing."""
        if self.requests.session < 0:
            return
        self.lifeline.heard(self.now)
        mask = frame[1]
        n = 0
        for number in range(8):
            if mask >> number & 1:
                n += 1
        if mask > 15 or length != p.HEADER_SIZE + n * p.BLOCK + 2:
            self.bad_audio += 1
            return
        got = self.tdm.load(frame, p.HEADER_SIZE, mask, self.bridges.silent)
        if got == 0:
            self._answering = True
        elif got > 0:
            self._late = True
            self.late += 1

    def _stalled(self):
        """The clocks stand still: blocks go on by the timer, with silence, while they are started again."""
        tdm = self.tdm
        tdm.skip()
        self.link.audio_up((tdm.block - 1) & BLOCKS, 0, 0, 0, -1, tdm.up)
        tdm.restart()
        self.link.log(3, "PCM clock stood still: started again")
        self._slot = 0
        self.now = (self.now // BLOCK_MS + 1) * BLOCK_MS - SLOT_MS
        self._slot_due = tdm.began
        self._begin_slot()
        self._keep_line()

    def _keep_line(self):
        """Lifeline and events; the LED is out in the safe state."""
        self.lifeline.tick(self.now)
        self._led(0 if self.lifeline.safe else 1)
        if self.requests.session >= 0:
            self.link.send_events(self.now)

    # Chips

    def _make_scripts(self):
        self._at = []
        for port in self.ports:
            number = port.number
            if port.kind == p.FXO:
                first = self._scan.read3050(number, si3050.DAA1)
                for register in (si3050.LOOP_CURRENT, si3050.LINE_VOLTAGE, si3050.LINE_STATUS, si3050.DC):
                    self._scan.read3050(number, register)
                for register in (si3050.DAA1, si3050.LOOP_CURRENT, si3050.LINE_VOLTAGE):
                    self._lines.read3050(number, register)
            else:
                first = self._scan.read3210(number, si3210.LOOP_STATUS)
                for register in (
                    si3210.INT_STATUS2, si3210.BATTERY_SENSE, si3210.LOOP_CURRENT, si3210.LOOP_VOLTAGE, si3210.PCM_MODE,
                ):  # fmt: skip
                    self._scan.read3210(number, register)
                for register in (si3210.LOOP_STATUS, si3210.INT_STATUS2):
                    self._handsets.read3210(number, register)
            self._at.append(first)

    def _read_hot(self):
        """Between the blocks: ports whose times run, and those whose interrupt line is low."""
        fxo = not self._int_fxo.value() and self._stuck[0] < STUCK_BLOCKS
        fxs = not self._int_fxs.value() and self._stuck[1] < STUCK_BLOCKS
        a, b, c, d = self.ports
        if fxo or a.hot or b.hot:
            value = self._lines.value
            self._lines.run()
            if a.up:
                a.sense(self.now, value(0), value(1), value(2))
            if b.up:
                b.sense(self.now, value(3), value(4), value(5))
            if fxo:
                a.chip.clear_interrupts()
                b.chip.clear_interrupts()
        if fxs or c.hot or d.hot:
            value = self._handsets.value
            self._handsets.run()
            if c.up:
                c.sense(self.now, value(0), value(1))
            if d.up:
                d.sense(self.now, value(2), value(3))

    def _read_all(self):
        """Once a block: every port, and one register of each against its shadow."""
        scan = self._scan
        registers = []
        for port in self.ports:
            registers.append(port.chip.scrub_next())
            scan.retarget(self._at[port.number] + (4 if port.kind == p.FXO else 5), registers[port.number])
        scan.run()
        value = scan.value
        for port in self.ports:
            if not port.up:
                continue
            at = self._at[port.number]
            if port.kind == p.FXO:
                port.check(self.now, value(at + 3), registers[port.number], value(at + 4))
                if port.up:
                    port.sense(self.now, value(at), value(at + 1), value(at + 2))
            else:
                port.check(self.now, value(at + 2), value(at + 3), value(at + 4), registers[port.number], value(at + 5))
                if port.up:
                    port.sense(self.now, value(at), value(at + 1))
        self._judge_interrupts()

    def _judge_interrupts(self):
        """An interrupt line that stays low though every chip was served is stuck: its ports are read once a block."""
        for side, pin, kind in ((0, self._int_fxo, p.FXO), (1, self._int_fxs, p.FXS)):
            if pin.value():
                if self._stuck[side] >= STUCK_BLOCKS:
                    for port in self.ports:
                        if port.kind == kind and port.fault == p.FAULT_INTERRUPT:
                            port.fault = 0
                            self.tell(port.number, p.EV_CHIP_BACK, self.now)
                self._stuck[side] = 0
            elif self._stuck[side] <= STUCK_BLOCKS:
                self._stuck[side] += 1
                if self._stuck[side] == STUCK_BLOCKS:
                    for port in self.ports:
                        if port.kind == kind and port.up and not port.fault:
                            port.fault = p.FAULT_INTERRUPT
                            fault = ChipFault(p.FAULT_INTERRUPT)
                            self.tell(port.number, p.EV_CHIP_FAULT, self.now, fault.why, fault.text.encode())
            else:
                for port in self.ports:  # what they would have said is taken away, so that the line's own end shows
                    if port.kind == kind and port.up:
                        port.chip.clear_interrupts()

    def _task_failed(self, key, error):
        """A task raised. A chip's fault belongs to its port; anything else is a mistake in here, and is told."""
        if isinstance(error, ChipFault):
            self.ports[key[1]].failed(error)
        else:
            self.link.log(3, "task %s: %r" % (key, error))

    # Once in a while

    def new_session(self):
        """A new host: what was under way for the old one is void."""
        self.link.restart()
        self._answering = False
        self._status()

    def set_law(self, law):
        self.tdm.silence = SILENCE[law]

    def start_selftest(self, which):
        return self.selftest.start(which)

    def _second(self):
        self._alive.toggle()
        self.link.second()
        self._collect()
        self._measure()
        self._status()
        self.updates.second(self.now)

    def _collect(self):
        """Collects garbage right after a block, when there are 20 ms until the next one must be served."""
        began = time.ticks_us()
        gc.collect()
        self._gc_max_us = max(self._gc_max_us, time.ticks_diff(time.ticks_us(), began))

    def _measure(self):
        self.mv_5v = self._adc_5v.read_u16() * 6600 // 65535
        self.celsius = celsius(self._adc_ntc.read_u16())
        if self._safe_5v and self.mv_5v < BROWN_OUT_MV:
            self._safe_5v = False
            for port in self.ports:
                if port.kind == p.FXS:
                    port.stop_ringing()
            self.tell(p.NO_PORT, p.EV_POWER, self.now, self.mv_5v)
        elif not self._safe_5v and self.mv_5v > POWER_BACK_MV:
            self._safe_5v = True
            self.tell(p.NO_PORT, p.EV_POWER, self.now, self.mv_5v)
        if self.celsius > MAX_TEMP:
            self.tell(p.NO_PORT, p.EV_TEMP, self.now, min(127, self.celsius))

    def _status(self):
        ports = b""
        for port in self.ports:
            state = port.state() | (p.STATE_BRIDGED if self.bridges.mask >> port.number & 1 else 0)
            volts = max(-128, min(127, port.volts))
            ports += struct.pack(p.STATUS_PORT, state, volts, min(255, port.ma), min(255, port.battery_volts))
        flags = (p.STATUS_RELAY if self.lifeline.pulled_in else 0) | (p.STATUS_SAFE if self.lifeline.safe else 0)
        loop_max_us = min(65535, self._loop_max_us)
        self._loop_max_us = 0
        self.link.inform(
            p.STATUS,
            p.pack(
                p.STATUS, gc.mem_free(), min(65535, self._gc_max_us), loop_max_us, self.link.frames_in & 0xFFFF,
                self.link.bad_frames & 0xFFFF, self.underruns & 0xFFFF, self.tdm.overruns & 0xFFFF, self.mv_5v,
                self.celsius & 0xFF, flags, ports,
            ),
        )  # fmt: skip

    def _feed(self):
        """The watchdog lives on what has really ticked."""
        if self.tdm.ticked and self.bus.ticked and self.link.ticked:
            self.tdm.ticked = self.bus.ticked = self.link.ticked = False
            self._fed_at = self.now
            self._near = False
            self._wdt.feed()
        elif not self._near and self.now - self._fed_at >= WDT_NEAR_MS:
            self._near = True
            self.tell(p.NO_PORT, p.EV_WDT_NEAR, self.now, self.now - self._fed_at)


def celsius(raw):
    """A 10 k NTC (B 3950) under 10 k to 3.3 V, by its values at 0, 25, 50, 85 and 100 degrees."""
    table = ((50110, 0), (32768, 25), (17370, 50), (6320, 85), (4190, 100))
    if raw >= table[0][0]:
        return 0
    for i in range(1, len(table)):
        high, low = table[i - 1], table[i]
        if raw >= low[0]:
            return low[1] - (raw - low[0]) * (low[1] - high[1]) // (high[0] - low[0])
    return 100
