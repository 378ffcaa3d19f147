"""A board and a box as processes in real time, as ``make run`` has them, and what they tell of themselves.

Nothing looks at a clock but to give up (a busy machine is slow), and nothing polls: ``RealBox`` waits for what the
processes write, for the events of the control socket, for edges of the board's pins.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.gpio.remote import RemoteGpio
from firmware.control_client import ControlClient, Event
from hardware import tables
from tools.console import BoardClient

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
LINES = ("A", "B")


class Process:
    """``python -m MODULE arguments``; ``hears`` waits for something it writes."""

    def __init__(self, module: str, arguments: list[str]) -> None:
        self.module = module
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        threading.Thread(target=self._read, name=module, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def hears(self, words: str) -> str:
        """The next line that holds ``words``."""
        seen: list[str] = []
        while True:
            try:
                seen.append(self._said.get(timeout=PATIENCE_S))
            except queue.Empty:
                raise AssertionError(f"{self.module} has not said {words!r}; it said {seen[-5:]}") from None
            if words in seen[-1]:
                return seen[-1]

    def end(self) -> None:
        """Asks it to end, and waits."""
        self._process.terminate()
        self._process.wait(20)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line)


class Watch:
    """What a page knows of the box: it asks for the state of the lines again whenever something has happened."""

    def __init__(self, home: Path) -> None:
        self._client = ControlClient(home / "run" / "control.sock")
        self._events = self._client.subscribe(quiet_s=PATIENCE_S)
        self.lines: dict[str, str] = {}
        self.calls: dict[int, Mapping[str, Any]] = {}
        """The last word of each call."""
        self._take(next(self._events))

    def until(self, what: Callable[[Watch], object]) -> None:
        """Waits for events until ``what(self)`` is true."""
        while not what(self):
            self._take(next(self._events))

    def serves(self) -> bool:
        """Whether every line is in service, and idle."""
        return set(self.lines) == set(LINES) and set(self.lines.values()) == {"idle"}

    def _take(self, event: Event) -> None:
        assert event.name not in ("quiet", "dropped"), f"nothing happens any more: {self.lines}, {self.calls}"
        if event.name == "call":
            self.calls[event.data["id"]] = event.data
        self.lines = {
            line["name"]: line["state"] for line in self._client.request("status.get", timeout_s=PATIENCE_S)["lines"]
        }


class RealBox:
    """One board and one supervisor on ``home``; in service when made. ``close`` ends both."""

    def __init__(self, home: Path, hat: str) -> None:
        self.home = home
        self.supervisor: Process | None = None
        self.board = Process("board.virtual", ["--home", str(home), "--hat", hat])
        try:
            self.board.hears("virtual board: HAT on")
            device, gpio = str(home / "run" / "hat"), f"unix:{home / 'run' / 'gpio.sock'}"
            words = ["--home", str(home), "--device", device, "--gpio", gpio]
            self.supervisor = Process("firmware.supervisor", words)
            self.supervisor.hears("in service")
            self.watch = Watch(home)
            self.watch.until(Watch.serves)
            self.pins = RemoteGpio(home / "run" / "gpio.sock")
            self.console = BoardClient(home / "run" / "board.sock")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leaves nothing running."""
        for one in ("console", "pins"):
            if hasattr(self, one):
                getattr(self, one).close()
        for process in (self.supervisor, self.board):
            if process is not None:
                process.end()

    def program(self) -> int:
        """The process of the HAT's program: the board's one child."""
        children = Path(f"/proc/{self.board.pid}/task/{self.board.pid}/children").read_text().split()
        return int(children[0])

    def edges(self, role: str) -> queue.SimpleQueue[int]:
        """The levels a pin goes to from now on, as they come."""
        pin = tables.pi_pin(role).gpio
        seen: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.pins.add_event_detect(pin, self.pins.BOTH, lambda channel: seen.put(self.pins.input(channel)))
        return seen
