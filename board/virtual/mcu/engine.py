"""Two engines that run ``firmware/hat``: a native MicroPython process, and the twin in this process.

Both give the board the same two calls a block: ``begin`` (bytes from the Pi are there; gives the downward block) and
``finish`` (the upward block is there; gives the bytes for the Pi). ``EngineGone`` says that the program has ended: a
reset it asked for itself, a watchdog, or a dead process.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, Protocol

from board.virtual.chips.bench import DOWN, END, RESET, Bench
from board.virtual.mcu import interpreter
from board.virtual.mcu.twin import Modules

HERE = Path(__file__).resolve().parent
FIRMWARE = HERE.parents[2] / "firmware"
PATIENCE_S = 20.0  # a program that computes this long on one block hangs
HEAP = "384K"  # 64-bit objects: as much as 192 KB on the RP2040


WATCHDOG = 3  # what HELLO_R and machine.reset_cause() call a reset by the watchdog


class EngineGone(Exception):
    """``cause``: 1 power on or a reset asked for, 3 watchdog, 0 the process has died.

    ``unfed``: the program ended by itself, and the watchdog has yet to notice.
    """

    def __init__(self, cause: int, text: str, unfed: bool = False) -> None:
        super().__init__(text)
        self.cause = cause
        self.unfed = unfed


class Engine(Protocol):
    """One running program."""

    def begin(self, uart: bytes) -> bytes: ...
    def finish(self, up: bytes) -> bytes: ...
    def close(self) -> None: ...


class Native:
    """The program in a MicroPython of its own, over a socket."""

    def __init__(
        self, bench: Bench, program: Path, flash: Path, cause: int, bytewise: bool = False, heap: str = HEAP
    ) -> None:
        """``program`` is the folder of the package ``hat``. Raises RuntimeError when there is no interpreter here."""
        command = interpreter.command()
        if command is None:
            raise RuntimeError("no MicroPython on this machine: run python -m tools.mpy")
        self._bench = bench
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(PATIENCE_S)
        words = [*command, "-X", f"heapsize={heap}", str(HERE / "native.py"), str(theirs.fileno())]
        words += [str(program), str(flash), str(cause)] + ["bytewise"] * bytewise
        self._process = subprocess.Popen(
            words, pass_fds=(theirs.fileno(),), env=interpreter.environment(HERE / "fakes"), stdin=subprocess.DEVNULL
        )
        theirs.close()
        self._buffer = b""
        self._owed = b""  # what the operations gave before the one that stopped
        if self._run() != END:
            raise EngineGone(0, "the program did not start")

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, uart: bytes) -> bytes:
        self._reply(self._bench.tick_data(uart))
        self._expect(DOWN)
        return self._bench.down

    def finish(self, up: bytes) -> bytes:
        self._reply(up)
        self._expect(END)
        return self._bench.uart

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _expect(self, wanted: int) -> None:
        stopped = self._run()
        if stopped == RESET:
            raise EngineGone(self._bench.cause, "reset")
        if stopped != wanted:
            raise RuntimeError(f"the program did operation {stopped} where {wanted} was due")

    def _run(self) -> int:
        """Serves the program until it does something that is the board's to answer."""
        while True:
            gave, stopped = self._bench.handle(self._message())
            if stopped:
                self._owed = gave
                return stopped
            self._send(gave)

    def _reply(self, data: bytes) -> None:
        self._send(self._owed + data)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall((len(data) + 1).to_bytes(4, "little") + bytes((self._bench.flags(),)) + data)
        except OSError as error:
            raise EngineGone(0, f"the program has gone: {error}") from error

    def _message(self) -> bytes:
        while len(self._buffer) < 4 or len(self._buffer) < 4 + int.from_bytes(self._buffer[:4], "little"):
            try:
                part = self._socket.recv(65536)
            except TimeoutError as error:
                raise EngineGone(WATCHDOG, f"the program has not answered for {PATIENCE_S} s") from error
            except OSError as error:
                raise EngineGone(0, f"the program has gone: {error}") from error
            if not part:
                # one that ended by itself is what the watchdog is for; one that was killed is a dead microcontroller
                ended = self._process.wait()
                itself = ended >= 0
                raise EngineGone(WATCHDOG if itself else 0, f"the program has ended ({ended})", unfed=itself)
            self._buffer += part
        n = 4 + int.from_bytes(self._buffer[:4], "little")
        message, self._buffer = self._buffer[4:n], self._buffer[n:]
        return message


class Twin:
    """The same files in this process, each instance with modules of its own."""

    def __init__(self, bench: Bench, program: Path, flash: Path, cause: int) -> None:
        self._bench = bench
        modules = Modules(program / "hat", HERE / "fakes")
        self.modules = modules
        world = modules.load("wire").world
        world.board = self._call
        world.in_twin = True
        self._world = world
        modules.load("machine").cause = cause
        modules.load("gc").collect = world.collected
        spi = modules.load("hat.spi")
        spi.Bus.clock = lambda bus, who, tx, rx, n: world.clock(bus, who, tx, rx, n)
        world.end_tick()
        self._flash = flash
        self.hat: Any = None

    def begin(self, uart: bytes) -> bytes:
        world = self._world
        world.next_tick(self._bench.tick_data(uart))
        try:
            if self.hat is None:
                self.hat = self.modules.load("hat.main").start(str(self._flash))
            while not world.wants_down:
                self.hat.step()
            return bytes(world.take_down())
        except SystemExit as gone:
            raise EngineGone(self._bench.cause, "reset") from gone

    def finish(self, up: bytes) -> bytes:
        world = self._world
        world.give_up(up, self._bench.flags())
        try:
            while not world.tick_over:
                self.hat.step()
            world.end_tick()
        except SystemExit as gone:
            raise EngineGone(self._bench.cause, "reset") from gone
        return self._bench.uart

    def close(self) -> None:
        self.hat = None

    def _call(self, message: bytearray) -> bytes:
        gave, _ = self._bench.handle(bytes(message))
        return bytes((self._bench.flags(),)) + gave
