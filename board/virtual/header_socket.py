"""Serves the header of the virtual board to another process: its pins and its I2C bus, each over a Unix socket.

JSON lines, as ``drivers/gpio/remote.py`` and ``drivers/i2c/bus.py`` speak them. One thread a connection, beside the
board's own: an answer never waits for a block, so that the box may ask while the board waits for it. When a connection
ends, the pins it had set up become what the kernel makes of a dead process's (``VirtualGpio.abandon``).
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from board.virtual.gpio import PinError, VirtualGpio
from board.virtual.i2c import VirtualI2c

LONGEST_LINE = 4096  # characters; the largest request is an EEPROM page in hexadecimal

Send = Callable[[dict[str, Any]], None]


class LineServer:
    """A Unix socket whose connections each get a session: ``session(send)`` returns (answer, end)."""

    def __init__(
        self, path: Path, session: Callable[[Send], tuple[Callable[[Any], dict[str, Any]], Callable[[], None]]]
    ) -> None:
        self._path = path
        self._session = session
        self._connections: set[socket.socket] = set()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(4)
        threading.Thread(target=self._accept, name=f"serve {path.name}", daemon=True).start()

    def close(self) -> None:
        """Ends all connections; the socket's file goes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink(missing_ok=True)
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._connections.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        lock = threading.Lock()

        def send(message: dict[str, Any]) -> None:
            with lock, contextlib.suppress(OSError):
                connection.sendall(json.dumps(message).encode() + b"\n")

        answer, end = self._session(send)
        with connection, connection.makefile("r", encoding="utf-8") as lines, contextlib.suppress(OSError):
            while line := lines.readline(LONGEST_LINE):
                try:
                    send(answer(json.loads(line)))
                except (ValueError, KeyError, TypeError, PinError) as error:
                    send({"ok": False, "error": f"{type(error).__name__}: {error}"})
        self._connections.discard(connection)
        end()


def serve_gpio(gpio: VirtualGpio, path: Path) -> LineServer:
    """The pins on a socket at ``path``. Raises OSError."""

    def session(send: Send) -> tuple[Callable[[Any], dict[str, Any]], Callable[[], None]]:
        used: set[int] = set()

        def told(channel: int, level: int) -> None:
            send({"gpio": channel, "level": level})

        def answer(request: Any) -> dict[str, Any]:
            do = request["do"]
            if do == "hello":
                gpio.watch(told)
                for channel, level in gpio.levels().items():
                    told(channel, level)
            elif do == "setup":
                direction = {"in": gpio.IN, "out": gpio.OUT}[request["direction"]]
                pull = {"off": gpio.PUD_OFF, "up": gpio.PUD_UP, "down": gpio.PUD_DOWN}[request["pull"]]
                gpio.setup(request["gpio"], direction, pull, request["level"])
                used.add(request["gpio"])
            elif do == "output":
                gpio.output(request["gpio"], request["level"])
            elif do == "function":
                return {"ok": True, "function": gpio.gpio_function(request["gpio"])}
            elif do == "release":
                gpio.cleanup([request["gpio"]])
            else:
                raise ValueError(f"unknown request {do!r}")
            return {"ok": True}

        def end() -> None:
            with contextlib.suppress(ValueError):  # it ended before it said hello
                gpio.unwatch(told)
            gpio.abandon(sorted(used))

        return answer, end

    return LineServer(path, session)


def serve_i2c(bus: VirtualI2c, path: Path) -> LineServer:
    """The bus on a socket at ``path``. Raises OSError."""

    def session(send: Send) -> tuple[Callable[[Any], dict[str, Any]], Callable[[], None]]:
        def answer(request: Any) -> dict[str, Any]:
            try:
                data = bus.transfer(int(request["address"]), bytes.fromhex(request["write"]), int(request["read"]))
            except OSError as error:
                return {"ok": False, "errno": error.errno}
            return {"ok": True, "data": data.hex()}

        return answer, lambda: None

    return LineServer(path, session)
