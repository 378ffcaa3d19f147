"""What the virtual board shows at its 40-pin header: pins and I2C bus on sockets, and what they mean to the board.

``run/gpio.sock`` and ``run/i2c.sock`` are there from ``serve`` to ``close``. The board asks ``running`` (RUN is high),
``boot_loader`` (BOOTSEL was low when RUN rose) and ``lifeline_enabled`` once a block, and calls ``tick`` with whether
its firmware is well, which drives ALIVE; ``on_reset`` runs at each rise of RUN, in the thread of whoever let go of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from board.virtual.gpio import VirtualGpio
from board.virtual.header_socket import serve_gpio, serve_i2c
from board.virtual.i2c import VirtualI2c
from hardware import tables

ALIVE_SAMPLES = 8000
"""ALIVE toggles once a second."""


class Header:
    """Pins and bus of one virtual board. ``clock`` gives its samples, ``now`` the time its clock chip was set to."""

    def __init__(self, clock: Callable[[], int], now: dt.datetime | None = None) -> None:
        self.gpio = VirtualGpio(clock)
        self.i2c = VirtualI2c(clock, now)
        self.i2c.on_interrupt = lambda asserted: self.gpio.drive("aux_int", 0 if asserted else None)
        self.on_reset: Callable[[], None] = lambda: None
        self.boot_loader = False
        self._run = tables.pi_pin("mcu_run").gpio
        self._alive_since: int | None = None
        self._clock = clock
        self._closers: list[Callable[[], None]] = []
        self.gpio.watch(self._changed)

    def serve(self, run: Path) -> None:
        """Opens both sockets in the folder. Raises OSError."""
        self._closers += [serve_gpio(self.gpio, run / "gpio.sock").close, serve_i2c(self.i2c, run / "i2c.sock").close]

    def close(self) -> None:
        """Closes the sockets."""
        for closer in self._closers:
            closer()
        self._closers.clear()

    @property
    def running(self) -> bool:
        """Whether the MCU is out of reset and runs its firmware."""
        return bool(self.gpio.level("mcu_run")) and not self.boot_loader

    @property
    def lifeline_enabled(self) -> bool:
        """Whether the Pi's half of the relay's driver conducts."""
        return bool(self.gpio.level("lifeline_enable"))

    def tick(self, well: bool) -> None:
        """Once a block: ALIVE toggles while the firmware is well."""
        if not well or not self.running:
            self._alive_since = None
            return
        if self._alive_since is None:
            self._alive_since = self._clock()
        seconds = (self._clock() - self._alive_since) // ALIVE_SAMPLES
        self.gpio.drive("mcu_alive", seconds & 1)

    def _changed(self, gpio: int, level: int) -> None:
        if gpio == self._run and level:
            self.boot_loader = not self.gpio.level("mcu_bootsel")
            self.on_reset()
