"""What is live: one subscription to the supervisor, fanned out to the open pages.

One thread holds `events.subscribe` on the control socket and hands each event to every viewer's own bounded queue; it
tries again every second while the box is stopped. Viewers are capped, because each holds one of the server's threads.
A viewer that reads too slowly is told to fetch everything anew instead of holding back the others.
"""

from __future__ import annotations

import json
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

MOST_VIEWERS = 12
_QUEUE = 64
_RETRY_S = 1.0
_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True)
class Event:
    """Something that happened on the box.

    Attributes:
        name: line, handset, call, message, contact, setting, health; `box` when the supervisor came or went;
            `resync` when events were lost on the way to this viewer.
    """

    name: str
    data: dict[str, Any]


class Viewer:
    """One open page's queue of events."""

    def __init__(self) -> None:
        self._events: queue.Queue[Event] = queue.Queue(_QUEUE)

    def next(self, wait_s: float) -> Event | None:
        """The next event, or None after `wait_s` seconds without one."""
        try:
            return self._events.get(timeout=wait_s)
        except queue.Empty:
            return None

    def put(self, event: Event) -> None:
        try:
            self._events.put_nowait(event)
        except queue.Full:
            while not self._events.empty():
                self.next(0)
            self._events.put_nowait(Event("resync", {}))


class Live:
    """The subscription and its viewers. `start()` begins, `close()` ends it and every stream.

    Args:
        control: path of the control socket.
    """

    def __init__(self, control: Path) -> None:
        self._control = control
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._connected = False
        self._closed = threading.Event()
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the supervisor's events arrive."""
        return self._connected

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the subscription; streams end within one pulse."""
        self._closed.set()
        connection = self._connection
        if connection is not None:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("live: the control socket was already gone")
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def join(self) -> Viewer | None:
        """A new viewer, or None when all places are taken. Give it back with `leave`."""
        with self._lock:
            if len(self._viewers) >= MOST_VIEWERS:
                return None
            viewer = Viewer()
            self._viewers.add(viewer)
            return viewer

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.discard(viewer)

    def tell(self, event: Event) -> None:
        """Hands an event to every viewer."""
        with self._lock:
            viewers = list(self._viewers)
        for viewer in viewers:
            viewer.put(event)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                for event in self._subscribed():
                    self.tell(event)
            except (OSError, ValueError) as error:
                log.debug("live: %s", error)
            self._turn(False)
            self._closed.wait(_RETRY_S)

    def _subscribed(self) -> Iterator[Event]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(self._control))
            self._connection = connection
            request = {
                "id": 1,
                "do": "events.subscribe",
                "as": {"user": None, "name": "web page", "role": "user", "via": "web"},
                "args": {},
            }
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                while line := lines.readline(_LONGEST_LINE):
                    message = json.loads(line)
                    if message.get("ok") is False:
                        raise ValueError(f"events.subscribe refused: {message.get('error')}")
                    if "event" in message:
                        data = message.get("data")
                        yield Event(str(message["event"]), data if isinstance(data, dict) else {})
                    else:
                        self._turn(True)

    def _turn(self, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self.tell(Event("box", {"running": connected}))
