"""What the virtual board shows at its 40-pin header: pins and I2C bus on sockets, and what they mean to the board.

``attach`` ties it to a board: RUN low stops the HAT's program before the next block, its rise starts it anew (or, with
BOOTSEL low, leaves it in the boot loader, where nothing runs), LIFELINE_EN is the Pi's half of the lifeline relay, and
ALIVE toggles while the program runs.
``run/gpio.sock`` and ``run/i2c.sock`` are there from ``serve`` to ``close``; what comes by them is acted on in the
board's own thread, at its next block.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from board.virtual.board import Board
from board.virtual.gpio import VirtualGpio
from board.virtual.header_socket import serve_gpio, serve_i2c
from board.virtual.i2c import VirtualI2c
from hardware import tables

ALIVE_SAMPLES = 8000
"""ALIVE toggles once a second."""


class Header:
    """Pins and bus of one virtual board. ``clock`` gives its samples, ``now`` the time its clock chip was set to."""

    def __init__(self, clock: Callable[[], int], now: dt.datetime | None = None, keeps_outputs: bool = True) -> None:
        self.gpio = VirtualGpio(clock, keeps_outputs)
        self.i2c = VirtualI2c(clock, now)
        self.i2c.on_interrupt = lambda asserted: self.gpio.drive("aux_int", 0 if asserted else None)
        self.resets = 0
        """How often RUN rose."""
        self.boot_loader = False
        self._acted_on = 0
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

    def attach(self, board: Board) -> None:
        """Has the pins act on a board's microcontroller, once a block."""
        board.on_tick(self._act)
        board.hat.enable_lifeline(bool(self.gpio.level("lifeline_enable")))

    def _act(self, board: Board) -> None:
        if not self.running:
            if board.hat.running:
                board.hat.kill()
        elif self._acted_on != self.resets:
            self._acted_on = self.resets
            board.hat.reset()
        board.hat.enable_lifeline(bool(self.gpio.level("lifeline_enable")))
        self._show_life(board.hat.running)

    def _show_life(self, runs: bool) -> None:
        if not runs:
            self._alive_since = None
            return
        if self._alive_since is None:
            self._alive_since = self._clock()
        seconds = (self._clock() - self._alive_since) // ALIVE_SAMPLES
        self.gpio.drive("mcu_alive", seconds & 1)

    def _changed(self, gpio: int, level: int) -> None:
        if gpio == self._run and level:
            self.boot_loader = not self.gpio.level("mcu_bootsel")
            self.resets += 1
