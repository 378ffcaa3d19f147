"""The HAT as it is built: the firmware on a MicroPython (or its twin), over chips by their registers.

Takes the stand-in's place behind the same calls (``hat.Hat``): a block is ``receive``, ``begin``, then the board
advances the loops, ``sense``, ``speak``, ``bridge``, ``transmit``. When the program ends, by a reset of its own or
the watchdog, it is started again REBOOT_BLOCKS later; when its process has died (``kill``) it stays dead until
``reset``, which is the Pi's RUN pin. Dead means: lines on hook, feeds open, relay released.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from board.virtual.chips.bench import LED, RELAY, Bench
from board.virtual.chips.chip import Chip
from board.virtual.chips.highway import Highway
from board.virtual.chips.si3050 import Si3050
from board.virtual.chips.si3210 import Si3210
from board.virtual.handset import Handset
from board.virtual.hat.faults import inject
from board.virtual.hat.lifeline import Relay
from board.virtual.line import Line
from board.virtual.mcu.engine import FIRMWARE, Engine, EngineGone, Native, Twin
from firmware.hat import boot

if TYPE_CHECKING:
    from board.virtual.mcu.rp2040.engine import Emulated

REBOOT_BLOCKS = 5
BITE_BLOCKS = 100  # a program that has ended by itself feeds no watchdog
POWER_ON = 1


def _emulated(*arguments: Any) -> Engine:
    from board.virtual.mcu.rp2040.engine import Emulated  # a whole emulator: loaded only where it is asked for

    return Emulated(*arguments)


ENGINES: dict[str, Callable[..., Engine]] = {"micropython": Native, "twin": Twin, "rp2040": _emulated}


@dataclass
class LifelineView:
    """What the board shows of the lifeline."""

    relay: Relay
    safe: bool = False


class MicroHat:
    """The board's microcontroller and its chips. ``engine``: one of ENGINES."""

    def __init__(
        self,
        lines: dict[str, Line],
        handset_c: Handset,
        now: int = 0,
        engine: str = "micropython",
        right_acim: int | None = None,
        flash: Path | None = None,
        **options: Any,
    ) -> None:
        """``flash``: the folder of its slots, made if None. Raises RuntimeError when there is no MicroPython."""
        self.lines = [Si3050(lines[name], right_acim) for name in "AB"]
        self.handsets = [Si3210(lines[name]) for name in "CD"]
        self.chips: list[Chip] = [*self.lines, *self.handsets]
        self.bench = Bench(self.chips)
        self.highway = Highway(self.chips)
        self.lifeline = LifelineView(Relay(handset_c, lines["A"], lines["C"]))
        self.restarts = 0
        self.gone = ""
        """Why the program last ended."""
        self._kind = engine
        self._options = options
        self.flash = flash if flash is not None else Path(tempfile.mkdtemp(prefix="hat-flash-"))
        self._forget_flash = weakref.finalize(self, shutil.rmtree, self.flash, True)  # also when nobody calls close
        if flash is not None:
            self._forget_flash.detach()
        self._engine: Engine | None = None
        self._boot_in: int | None = 0
        self._cause = POWER_ON
        self._uart_in = b""
        self._started = False

    # The block, part by part

    def receive(self, data: bytes, start: int) -> None:
        """Bytes from the Pi, there before the block at sample ``start`` is played."""
        self._uart_in += data

    def begin(self, start: int) -> None:
        """The program takes the bytes in, and gives the block that begins to play."""
        self.bench.start = start
        data, self._uart_in = self._uart_in, b""
        for chip in self.chips:
            chip.now = start
        if self._engine is None:
            self._boot(start)
        self._ready = False
        if self._engine is not None:
            try:
                self._down = self._engine.begin(data)
                self._ready = True
            except EngineGone as gone:
                self._ended(gone)
        self._follow_pins()
        for chip in self.chips:
            chip.begin()

    def sense(self, start: int) -> None:
        """The loops have advanced; the chips look at them when the program next asks, in its own time."""
        for chip in self.chips:
            chip.advance(start)

    def speak(self, start: int) -> None:
        if self._ready:
            self.highway.play(self._down)

    def bridge(self) -> None:
        if self._ready:
            self.highway.bridge()

    def transmit(self, start: int) -> bytes:
        """The program gets the captured block, runs its slots, and gives the bytes for the Pi."""
        if not self._ready or self._engine is None:
            return b""
        try:
            data = self._engine.finish(self.highway.collect())
        except EngineGone as gone:
            self._ended(gone)
            return b""
        self._follow_pins()
        return data

    # Life

    @property
    def running(self) -> bool:
        return self._engine is not None

    @property
    def pid(self) -> int | None:
        """The interpreter's process, or None."""
        return self._engine.pid if isinstance(self._engine, Native) else None

    @property
    def emulated(self) -> Emulated | None:
        """The emulated RP2040, for what only it can tell; None with the other engines."""
        return cast("Emulated", self._engine) if self._kind == "rp2040" and self._engine is not None else None

    @property
    def program(self) -> Any:
        """The twin's Hat, for tests that look inside; None with MicroPython."""
        return self._engine.hat if isinstance(self._engine, Twin) else None

    def reset(self) -> None:
        """The RUN pin was pulled: the program starts afresh in the next block."""
        self._stop()
        self._cause = POWER_ON
        self._boot_in = 0

    def kill(self) -> None:
        """The program stops dead (kill -9); nothing starts it but ``reset``."""
        self._stop()
        self._boot_in = None

    def enable_lifeline(self, on: bool) -> None:
        """The Pi's half of the relay, its LIFELINE_EN pin."""
        self.lifeline.relay.enable(on)

    def fault(self, what: str, port: int = 0, on: bool = True) -> None:
        """Makes or mends a fault of ``hat.faults``. Raises ValueError as ``inject`` there."""
        inject(self.bench, what, port, on)

    def close(self) -> None:
        """Ends the program and forgets its flash, if it was made here."""
        self._stop()
        self._boot_in = None
        self._forget_flash()

    def _stop(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._ready = False
        self.bench.power_off()
        self._follow_pins()

    def _ended(self, gone: EngineGone) -> None:
        self.gone = str(gone)
        self._stop()
        self._cause = gone.cause or POWER_ON
        self._boot_in = None if gone.cause == 0 else BITE_BLOCKS if gone.unfed else REBOOT_BLOCKS

    def _boot(self, start: int) -> None:
        if self._boot_in is None:
            return
        if self._boot_in > 0:
            self._boot_in -= 1
            return
        program = self._program(boot.choose(str(self.flash)))
        try:
            self._engine = ENGINES[self._kind](self.bench, program, self.flash, self._cause, **self._options)
        except EngineGone as gone:
            self._ended(gone)
            return
        self.restarts += self._started
        self._started = True

    def _program(self, slot: str) -> Path:
        """The folder of the package ``hat``: what was staged in the slot, or what the board was made with."""
        if not any((self.flash / slot / f"main.{suffix}").exists() for suffix in ("py", "mpy")):
            return FIRMWARE
        folder = self.flash / f"run-{slot}"
        folder.mkdir(exist_ok=True)
        link = folder / "hat"
        if not link.is_symlink():
            link.symlink_to(self.flash / slot)
        return folder

    def _follow_pins(self) -> None:
        """Relay and the lines on which the Pi listens, as they are after the block."""
        self.lifeline.relay.drive(bool(self.bench.pins.get(RELAY)))
        self.lifeline.safe = self.bench.pins.get(LED) == 0
        self.bench.changed.clear()
