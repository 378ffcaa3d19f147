"""What the pages know of the box: the store's read side and the supervisor's control socket.

Nothing here keeps state between requests. When nobody answers on `run/control.sock` the box is stopped: reading goes on
from the closed database, every change is refused with `BoxStopped`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.supervisor.store.reader import Reader
from webui.paths import Paths

_ANSWER_S = 5.0
_LONGEST_ANSWER = 4 * 1024 * 1024


class BoxStopped(Exception):
    """No supervisor answers."""


class BoxRefused(Exception):
    """The supervisor said no.

    Attributes:
        code: bad_request, denied, not_found, conflict, busy or failed.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Actor:
    """On whose behalf something is asked; the `as` of a request."""

    user: int | None
    name: str
    role: str

    def as_wire(self) -> dict[str, Any]:
        return {"user": self.user, "name": self.name, "role": self.role, "via": "web"}


class Box:
    """The box as the page sees it.

    Args:
        paths: where the box keeps its files and sockets.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._reader = Reader(paths.database)

    def running(self) -> bool:
        """Whether a supervisor listens."""
        try:
            _connected(self.paths.control).close()
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def reading(self, running: bool) -> Iterator[sqlite3.Connection]:
        """One moment of the store, read-only; `running` says whether a supervisor has it open. Raises the store's
        `Unreadable`."""
        with self._reader.snapshot(box_stopped=not running) as connection:
            yield connection

    def ask(self, actor: Actor, command: str, **args: Any) -> Any:
        """Asks the supervisor and returns its result.

        Raises:
            BoxStopped: nobody answers (in time).
            BoxRefused: the supervisor said no, and why.
        """
        request = {"id": 1, "do": command, "as": actor.as_wire(), "args": args}
        try:
            with _connected(self.paths.control) as connection, connection.makefile("rb") as answers:
                connection.sendall(json.dumps(request).encode() + b"\n")
                line = answers.readline(_LONGEST_ANSWER)
            answer = json.loads(line)
        except (OSError, ValueError) as error:
            raise BoxStopped(str(error)) from error
        if answer.get("ok"):
            return answer.get("result")
        fault = answer.get("error") or {}
        raise BoxRefused(str(fault.get("code", "failed")), str(fault.get("message", "")))


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_ANSWER_S)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection
