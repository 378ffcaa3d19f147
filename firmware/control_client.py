"""The other end of the control socket, for the web process and for tools: plain sockets, no loop, no thread.

``ControlClient`` asks one thing at a time over a connection of its own and may be shared by threads. ``subscribe``
yields events until the box stops or the caller stops iterating. Every failure is one of three classes: ``BoxStopped``
(nobody listens), ``NoAnswer`` (too slow, or cut off in the middle), ``Refused`` (the box said no, and why).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWER_S = 5.0  # wall clock: a person waits in front of this
ANSWER_LIMIT = 4 * 1024 * 1024  # bytes of one line


class ControlError(Exception):
    """Anything that keeps a request from being answered as hoped."""


class BoxStopped(ControlError):
    """No supervisor listens on the socket."""


class NoAnswer(ControlError):
    """The supervisor did not answer in time, or went away; whether it acted is not known."""


class Refused(ControlError):
    """The supervisor said no. ``code``: bad_request, denied, not_found, conflict, busy or failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Event:
    """Something that happened; the first one of a subscription is ``snapshot``, with ``status.get``'s data."""

    name: str
    data: dict[str, Any]


class ControlClient:
    """Asks the supervisor that listens at ``path``, on behalf of ``actor`` (``as`` of docs/architecture.md)."""

    def __init__(self, path: Path, actor: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.actor = dict(actor or {"via": "program"})

    def running(self) -> bool:
        """Whether a supervisor listens."""
        try:
            self._connect(ANSWER_S).close()
        except ControlError:
            return False
        return True

    def request(
        self,
        command: str,
        args: Mapping[str, Any] | None = None,
        *,
        actor: Mapping[str, Any] | None = None,
        timeout_s: float = ANSWER_S,
    ) -> Any:
        """The result of ``command``. Raises ``BoxStopped``, ``NoAnswer`` or ``Refused``."""
        with self._connect(timeout_s) as connection:
            self._send(connection, command, args, actor)
            return _result(_Lines(connection).next())

    def subscribe(self, *, actor: Mapping[str, Any] | None = None, quiet_s: float | None = None) -> Iterator[Event]:
        """Every event from now on, the snapshot first; ends when the box stops.

        ``quiet_s``: after so many seconds without an event an ``Event("quiet", {})`` is yielded, so that the caller can
        look at other things. A ``dropped`` event is the last of a subscriber that was too slow: subscribe again.
        """
        with self._connect(ANSWER_S) as connection:
            self._send(connection, "events.subscribe", None, actor)
            lines = _Lines(connection)
            yield Event("snapshot", dict(_result(lines.next())))
            connection.settimeout(quiet_s)
            while True:
                try:
                    message = lines.next()
                except NoAnswer:
                    return
                if message is None:
                    yield Event("quiet", {})
                elif "event" in message:
                    yield Event(str(message["event"]), dict(message.get("data") or {}))

    def _connect(self, timeout_s: float) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(self.path))
        except OSError as error:
            connection.close()
            raise BoxStopped(f"{self.path}: no supervisor answers ({error.strerror or error})") from error
        return connection

    def _send(
        self, connection: socket.socket, command: str, args: Mapping[str, Any] | None, actor: Mapping[str, Any] | None
    ) -> None:
        request = {"id": 1, "do": command, "as": dict(actor or self.actor), "args": dict(args or {})}
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise NoAnswer(f"the supervisor went away: {error}") from error


class _Lines:
    """JSON lines from a socket; a time-out in the middle of a line loses nothing."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def next(self) -> dict[str, Any] | None:
        """The next message; None when the socket's time-out passed. Raises ``NoAnswer`` when the other end is gone."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > ANSWER_LIMIT:
                raise NoAnswer(f"the answer is longer than {ANSWER_LIMIT} bytes")
            try:
                more = self._connection.recv(65536)
            except TimeoutError:
                return None
            except OSError as error:
                raise NoAnswer(f"the supervisor went away: {error}") from error
            if not more:
                raise NoAnswer("the supervisor went away")
            self._buffer += more
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            message = json.loads(line)
        except ValueError as error:
            raise NoAnswer(f"the answer is not JSON: {error}") from error
        if not isinstance(message, dict):
            raise NoAnswer("the answer is not an object")
        return message


def _result(answer: dict[str, Any] | None) -> Any:
    if answer is None:
        raise NoAnswer("the supervisor did not answer in time")
    if answer.get("ok"):
        return answer.get("result")
    error = answer.get("error") or {}
    raise Refused(str(error.get("code", "failed")), str(error.get("message", "")))
