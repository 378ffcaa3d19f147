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

from . import logging, pins
from . import protocol as p
from .bells import Bells
from .bridges import Bridges
from .faults import ChipFault
from .fxo import FxoPort
from .fxs import FxsPort
from .lifeline import Lifeline
from .link import Link, LogFrames
from .requests import Requests
from .scan import Scan
from .selftest import SelfTest
from .si3050 import Si3050
from .si3210 import Si3210
from .slots import Updates
from .spi import Bus
from .supply import Supply
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

log = logging.getLogger("hat")


class Hat:
    """One board. ``flash`` is the folder the program's slots live in."""

    def __init__(self, flash="/"):
        self.uid = (machine.unique_id() + bytes(8))[:8]
        self.reset_cause = machine.reset_cause() & 0xFF
        self.now = 0  # ms of the present slot
        self._slot = 0
        self._slot_due = 0  # us
        self._second_due = 1000
        self._reset = Pin(pins.LINE_RESET, Pin.OUT, value=0)
        Pin(pins.VBAT_EN, Pin.OUT, value=1)
        self._irq = Pin(pins.IRQ, Pin.OUT, value=1)
        self._alive = Pin(pins.ALIVE, Pin.OUT, value=0)
        self._led = Pin(pins.LED, Pin.OUT, value=1)
        self.tasks = Tasks(self._task_failed)
        self.tdm = Tdm()
        self.bus = Bus(
            SPI(
                0, SPI_HZ, polarity=1, phase=1, sck=Pin(pins.SPI_SCK), mosi=Pin(pins.SPI_MOSI), miso=Pin(pins.SPI_MISO)
            ),
            tuple(Pin(cs, Pin.OUT, value=1) for cs in (pins.CS_FXO0, pins.CS_FXO1, pins.CS_FXS0, pins.CS_FXS1)),
        )
        self.bells = Bells()
        self.ports = (
            FxoPort(0, Si3050(self.bus, 0, 0), self.tasks, self.tell),
            FxoPort(1, Si3050(self.bus, 1, 1), self.tasks, self.tell),
            FxsPort(2, Si3210(self.bus, 2, 2), self.tasks, self.tell, self.bells),
            FxsPort(3, Si3210(self.bus, 3, 3), self.tasks, self.tell, self.bells),
        )
        self.bridges = Bridges(self.ports)
        self.lifeline = Lifeline(Pin(pins.RELAY, Pin.OUT, value=0), self.ports, self.bridges, self.tell)
        self.uart = UART(
            0, BAUD, tx=Pin(pins.UART_TX), rx=Pin(pins.UART_RX), cts=Pin(pins.UART_CTS), rts=Pin(pins.UART_RTS),
            rxbuf=4096, txbuf=4096, flow=UART.RTS | UART.CTS, timeout=0,
        )  # fmt: skip
        self.requests = Requests(self)
        self.link = Link(self.uart, self.stamp, self.requests.frame, self._audio_down)
        logging.getLogger().addHandler(LogFrames(self.link))
        self.updates = Updates(flash, machine.reset)
        self.selftest = SelfTest(self)
        self._waiting = Waiting(self.uart)
        self._scan = Scan(
            self.bus,
            self.ports,
            (Pin(pins.INT_FXO, Pin.IN, Pin.PULL_UP), Pin(pins.INT_FXS, Pin.IN, Pin.PULL_UP)),
            self.tasks,
        )
        self._late = False
        self._answering = False  # the session has begun to answer blocks
        self.underruns = 0  # blocks that played silence because the Pi's did not come
        self.late = 0
        self.bad_audio = 0
        self.supply = Supply(ADC(pins.ADC_5V), ADC(pins.ADC_NTC), self.tell, self._stop_ringing)
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
            self._scan.between(self.now)
        else:
            self._scan.block(self.now)
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
        self.now = (self.now // BLOCK_MS + tdm.passed) * BLOCK_MS - SLOT_MS
        self._slot_due = tdm.began
        self._begin_slot()
        self._keep_line()
        if not self.link.events_waiting:
            self._irq(1)
        if self.now >= self._second_due:
            self._second_due += 1000
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
        log.error("PCM clock stood still: started again")
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

    def _task_failed(self, key, error):
        """A task raised. A chip's fault belongs to its port; anything else is a mistake in here, and is told."""
        if isinstance(error, ChipFault):
            self.ports[key[1]].failed(error)
        else:
            log.error("task %s: %r", key, error)

    # Once in a while

    def new_session(self):
        """A new host: what was under way for the old one is void; what is out of order is told it first."""
        self.link.restart()
        for port in self.ports:
            port.tell_standing()
        self._answering = False
        self._status()

    def set_law(self, law):
        self.tdm.silence = SILENCE[law]

    def set_supply(self, jack_12v):
        """Whether 12 V is plugged in. When it is pulled while both handsets ring, the second waits for its turn."""
        self.bells.together = jack_12v
        if not jack_12v:
            ringing = [port for port in self.ports if port.kind == p.FXS and port.ringing]
            for port in ringing[1:]:
                port.wait_turn()

    def start_selftest(self, which):
        return self.selftest.start(which)

    def _second(self):
        self._alive.toggle()
        self.link.second()
        self._collect()
        self.supply.measure(self.now)
        self._status()
        self.updates.second(self.now)

    def _stop_ringing(self):
        for port in self.ports:
            if port.kind == p.FXS:
                port.stop_ringing()

    def _collect(self):
        """Collects garbage right after a block, when there are 20 ms until the next one must be served."""
        began = time.ticks_us()
        gc.collect()
        self._gc_max_us = max(self._gc_max_us, time.ticks_diff(time.ticks_us(), began))

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
                self.link.bad_frames & 0xFFFF, self.underruns & 0xFFFF, self.tdm.overruns & 0xFFFF, self.supply.mv_5v,
                self.supply.celsius & 0xFF, flags, ports,
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
