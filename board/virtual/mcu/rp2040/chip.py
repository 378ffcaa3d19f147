"""An RP2040 with the HAT's image in its flash, and the board's wires on its pins.

rp2040py counts 125 million cycles a second whatever the program asks for; ours runs at 128. So a cycle is taken as
1/128 us here (``CYCLE``), and what goes by real time on the chip, the timer and the UART's bit clock, is stretched to
match. SPI bytes take their bits' time. ``unaligned`` counts what a Cortex-M0+ would fault on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rp2040py.boards import build_rp2040
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.execute_batch import execute_batch
from rp2040py.simulator import Simulator

from board.virtual.mcu.rp2040.pl011 import Pl011

CPU_HZ = 128_000_000
STRETCH = CPU_HZ / 125_000_000
"""Nanoseconds of the emulator's clock for one of the board's."""
FLASH_AT = 0x10000000
SRAM_AT = 0x20000000
UART0 = 0x40034
BAUD = 923_077  # what 921600 becomes from 48 MHz
SPI_BYTE_NS = 2000.0  # 8 bits at 4 MHz
PIO_STEP_NS = 200.0  # 25 cycles: the divider of the highway's state machine
SPI_KEPT = 4096
SPI_PINS = (5, 8, 9, 10)  # chip selects, as the ports are numbered
PCLK, FSYNC, PCM_IN, INT_FXO, INT_FXS = 11, 12, 14, 15, 16


class _Timer:
    """The clock as the chip's timer sees it: board time."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    @property
    def nanos(self) -> float:
        return float(self._clock.nanos) / STRETCH


class _Alarm:
    """An alarm of the timer: set in board time, on the emulator's clock."""

    def __init__(self, alarm: Any) -> None:
        self._alarm = alarm

    def schedule(self, nanos: float) -> None:
        self._alarm.schedule(nanos * STRETCH)

    def cancel(self) -> None:
        self._alarm.cancel()


class _Log:
    """Takes rp2040py's messages: unaligned reads are counted, the rest is its own business."""

    def __init__(self) -> None:
        self.unaligned = 0

    def debug(self, _component: str, message: str) -> None: ...

    info = error = debug

    def warning(self, _component: str, message: str) -> None:
        if "not 32 bit aligned" in message:
            self.unaligned += 1


class Rp2040:
    """Life cycle: create, ``run`` until it stops; ``reset`` is the RUN pin, the watchdog resets by itself."""

    def __init__(self, image: Path, on_spi: Callable[[int, int], int], on_reset: Callable[[], None]) -> None:
        """``on_spi(select, byte)`` gives the byte of the chip selected; ``on_reset`` is told of the watchdog's bite."""
        mcu: Any = build_rp2040("pico")
        self.mcu = mcu
        self._log = mcu.logger = _Log()
        self.uart = Pl011(mcu, mcu.uart[0], 1e9 / BAUD * STRETCH)
        mcu.uart[0] = mcu.peripherals[UART0] = self.uart
        timer = mcu.timer
        timer.clock = _Timer(mcu.clock)
        for alarm in timer.alarms:
            alarm.clock_alarm = _Alarm(alarm.clock_alarm)
        self._on_spi = on_spi
        self._on_reset = on_reset
        self._byte = 0
        self.spi_at: deque[float] = deque(maxlen=SPI_KEPT)
        """When the last SPI bytes began, in board microseconds."""
        self._spi_done = mcu.clock.create_alarm(self._spi_end)
        mcu.spi[0].on_transmit = self._spi_begin
        mcu.watchdog.on_watchdog_trigger = self._watchdog
        mcu.load_bootrom(BOOTROM_B1)
        load_uf2(image, mcu)
        mcu.core.pc = FLASH_AT
        self._simulator = Simulator(rp2040=mcu)
        self._deadline = mcu.clock.create_alarm(self.stop)
        # a sleeping core jumps from alarm to alarm, and the PIO would miss what lies between: one alarm a step of it
        self._pace = mcu.clock.create_alarm(self._on)
        self._on()

    @property
    def unaligned(self) -> int:
        """32-bit reads off a multiple of 4 so far."""
        return self._log.unaligned

    @property
    def micros(self) -> float:
        """Board time since power on."""
        return float(self.mcu.clock.nanos) / STRETCH / 1000.0

    def run(self, longest_us: float) -> None:
        """Runs until something calls ``stop``, at most ``longest_us`` of board time."""
        self._deadline.schedule(longest_us * 1000.0 * STRETCH)
        self._simulator.stopped = False
        while not self._simulator.stopped:
            execute_batch(self._simulator, 1)
        self._deadline.cancel()

    def stop(self) -> None:
        """Ends ``run`` after the present instruction."""
        self._simulator.stopped = True

    def reset(self) -> None:
        """The RUN pin: low, and high again."""
        self.mcu.watchdog.reset()
        self.mcu.enter_reset()
        self.mcu.leave_reset()

    def memory(self, address: int, n: int) -> bytes:
        """Bytes of the static memory."""
        return bytes(self.mcu.sram[address - SRAM_AT : address - SRAM_AT + n])

    def _on(self) -> None:
        self._pace.schedule(PIO_STEP_NS)

    def _watchdog(self) -> None:
        self.mcu.enter_reset(from_watchdog=True)
        self.mcu.leave_reset()
        self._on_reset()

    def _spi_begin(self, byte: int) -> None:
        self._byte = byte
        self.spi_at.append(self.micros)
        self._spi_done.schedule(SPI_BYTE_NS * STRETCH)

    def _spi_end(self) -> None:
        gpio = self.mcu.gpio
        got = 0xFF
        for index, pin in enumerate(SPI_PINS):
            if gpio[pin].output_enable and not gpio[pin].output_value:
                got = self._on_spi(index, self._byte)
        self.mcu.spi[0].complete_transmit(got)
