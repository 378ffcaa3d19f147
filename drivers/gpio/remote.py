"""The pins of a virtual board in another process, with RPi.GPIO's API (``board/virtual/gpio.py`` serves them).

JSON lines over a Unix socket. Requests ``{"do": "setup", "gpio": 22, "direction": "out", "pull": "off", "level": 0}``,
``{"do": "output", "gpio": 22, "level": 1}``, ``{"do": "function", "gpio": 22}``, ``{"do": "release", "gpio": 22}`` are
each answered with ``{"ok": true}`` (and ``"function": 0`` for an output) or ``{"ok": false, "error": "..."}``;
``{"gpio": 26, "level": 0}`` comes whenever a pin's level changes, and for every pin at the start. One thread reads,
another runs the edge callbacks, as RPi.GPIO's run in a thread of theirs. When the board goes, every later call is a
GpioError.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ANSWER_S = 5.0
"""How long an answer may take: the virtual board's thread answers at once, unless its process is stopped."""

_PULLS = {20: "off", 21: "down", 22: "up"}  # PUD_OFF, PUD_DOWN, PUD_UP


class GpioError(Exception):
    """Raised when there are no pins here, or the board behind them has gone."""


class RemoteGpio:
    """A connection to one virtual board's pins. The names and numbers are RPi.GPIO's."""

    BOARD, BCM = 10, 11
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    RISING, FALLING, BOTH = 31, 32, 33

    def __init__(self, path: Path) -> None:
        self._path = path
        self._levels: dict[int, int] = {}
        self._edges: dict[int, tuple[int, Callable[[int], None], float]] = {}
        self._called: dict[int, float] = {}
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._due: queue.SimpleQueue[tuple[Callable[[int], None], int] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._gone = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise GpioError(f"no virtual board's pins at {path}: {error.strerror}") from error
        self._file = self._socket.makefile("r", encoding="utf-8")
        threading.Thread(target=self._read, name="virtual pins", daemon=True).start()
        threading.Thread(target=self._call_back, name="virtual edges", daemon=True).start()
        self._ask({"do": "hello"})  # its answer comes after every pin's level

    def setmode(self, mode: int) -> None:
        """Only BCM numbers are spoken here."""
        if mode != self.BCM:
            raise GpioError("channels are BCM numbers: setmode(BCM)")

    def setwarnings(self, on: bool) -> None:
        """Nothing to warn of: a virtual board's pins are nobody else's."""

    def setup(self, channel: int, direction: int, pull_up_down: int = PUD_OFF, initial: int | None = None) -> None:
        """Makes a pin an input with a pull, or an output at a level; without one it stays at the level it has."""
        kind = "out" if direction == self.OUT else "in"
        pull = _PULLS[pull_up_down]
        self._ask({"do": "setup", "gpio": channel, "direction": kind, "pull": pull, "level": initial})

    def gpio_function(self, channel: int) -> int:
        """OUT or IN, whoever made it so."""
        return int(self._ask({"do": "function", "gpio": channel})["function"])

    def output(self, channel: int, level: int) -> None:
        """Sets an output's level."""
        self._ask({"do": "output", "gpio": channel, "level": int(bool(level))})

    def input(self, channel: int) -> int:
        """The level on a pin's wire."""
        self._check()
        return self._levels[channel]

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None], bouncetime: int = 0) -> None:
        """Calls back on an edge; further edges within ``bouncetime`` ms are not told."""
        self._check()
        self._edges[channel] = (edge, callback, bouncetime / 1000)

    def remove_event_detect(self, channel: int) -> None:
        """No more calls for a pin."""
        self._edges.pop(channel, None)

    def cleanup(self, channel: list[int]) -> None:
        """Gives pins back: inputs without a pull."""
        for one in channel:
            self.remove_event_detect(one)
            with contextlib.suppress(GpioError):  # a board that has gone holds no pins
                self._ask({"do": "release", "gpio": one})

    def close(self) -> None:
        """Ends the connection; the pins become what a dead process's become."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _check(self) -> None:
        if self._gone.is_set():
            raise GpioError(f"the virtual board at {self._path} has gone")

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._check()
            try:
                self._socket.sendall(json.dumps(request).encode() + b"\n")
                answer = self._answers.get(timeout=ANSWER_S)
            except (OSError, queue.Empty) as error:
                self._gone.set()
                raise GpioError(f"the virtual board at {self._path} does not answer") from error
        if not answer.get("ok"):
            raise GpioError(str(answer.get("error", "refused")))
        return answer

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._file:
                told = json.loads(line)
                if "gpio" in told:
                    self._changed(int(told["gpio"]), int(told["level"]))
                else:
                    self._answers.put(told)
        self._gone.set()
        self._answers.put({"ok": False, "error": f"the virtual board at {self._path} has gone"})
        self._due.put(None)

    def _call_back(self) -> None:
        while (due := self._due.get()) is not None:
            callback, channel = due
            callback(channel)

    def _changed(self, channel: int, level: int) -> None:
        before = self._levels.get(channel)
        self._levels[channel] = level
        edge, callback, bounce = self._edges.get(channel, (0, None, 0.0))
        if callback is None or before is None or before == level:
            return
        if edge not in (self.BOTH, self.RISING if level else self.FALLING):
            return
        now = time.monotonic()
        if now - self._called.get(channel, -1e9) >= bounce:
            self._called[channel] = now
            self._due.put((callback, channel))
