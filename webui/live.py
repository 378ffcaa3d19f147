"""What is live: one subscription to the supervisor, fanned out to the open pages.

One thread holds `events.subscribe` and hands each event to every viewer's own bounded queue; it tries again every
second while the box is stopped. Viewers are capped, because each holds one of the server's threads.
A viewer that reads too slowly is told to fetch everything anew instead of holding back the others.

Every event moves the mark on. A page carries the mark of the moment it was read from the store, the stream says with
everything it sends how far that goes: whatever happened between a page's load and its stream, or while nobody listened,
shows as a difference, and the page fetches its parts anew.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import select
import socket
import threading
import time

from firmware.control_client import ControlClient, ControlError, Event
from firmware.supervisor.events import EVENTS

OWN = ("pulse", "signed_out", "resync", "box")
"""What browsers are sent beside the box's own events."""
NAMES = (*OWN, *EVENTS)

log = logging.getLogger(__name__)

MOST_VIEWERS = 12
_QUEUE = 64
_RETRY_S = 1.0
_QUIET_S = 1.5


class BrowserLeft(Exception):
    """The browser has closed its side of a live stream."""


class Viewer:
    """One open page's queue of events. `put` may be called from any thread, `next` and `close` by its own.

    Attributes:
        mark: how far this viewer has been told.
    """

    def __init__(self, mark: str = "") -> None:
        self.mark = mark
        self._events: queue.Queue[tuple[Event, str]] = queue.Queue(_QUEUE)
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def next(self, wait_s: float, connection: int | None = None) -> Event | None:
        """The next event, or None after `wait_s` seconds without one.

        Args:
            connection: the descriptor of the browser's socket. Once it has asked for the stream it sends no more, so
                that anything there to be read is its end.

        Raises:
            BrowserLeft: the browser has gone.
        """
        waiting = select.poll()
        waiting.register(self._woken, select.POLLIN)
        if connection is not None:
            waiting.register(connection, select.POLLIN)
        until = time.monotonic() + wait_s
        while True:
            with contextlib.suppress(queue.Empty):
                event, self.mark = self._events.get_nowait()
                return event
            left_s = until - time.monotonic()
            ready = {descriptor for descriptor, _ in waiting.poll(max(0.0, left_s) * 1000)}
            if connection in ready:
                raise BrowserLeft
            if not ready and left_s <= 0:
                return None
            with contextlib.suppress(BlockingIOError):  # also what was sent for events that are taken already
                self._woken.recv(4 * _QUEUE)

    def put(self, event: Event, mark: str = "") -> None:
        """Queues an event; ``mark`` is how far it brings the viewer."""
        try:
            self._events.put_nowait((event, mark))
        except queue.Full:
            with contextlib.suppress(queue.Empty):
                while True:
                    self._events.get_nowait()
            self._events.put_nowait((Event("resync", {}), mark))
        with contextlib.suppress(OSError):  # woken often enough already, or closed
            self._waker.send(b"!")

    def close(self) -> None:
        """No more events."""
        self._woken.close()
        self._waker.close()


class Live:
    """The subscription and its viewers. `start()` begins, `close()` ends it and every stream.

    Beside the box's own events viewers get `box` when the supervisor came or went, and `resync` when events were lost
    on the way to them.
    """

    def __init__(self, client: ControlClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._began = secrets.token_hex(4)
        self._told = 0
        self._connected = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the supervisor's events arrive."""
        return self._connected

    @property
    def mark(self) -> str:
        """How far things have gone: another one after every event, and after every start of this process."""
        return f"{self._began}.{self._told}"

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the subscription; streams end within one pulse."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def join(self) -> Viewer | None:
        """A new viewer, or None when all places are taken. Give it back with `leave`."""
        with self._lock:
            if len(self._viewers) >= MOST_VIEWERS:
                return None
            viewer = Viewer(self.mark)
            self._viewers.add(viewer)
            return viewer

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.discard(viewer)
        viewer.close()

    def tell(self, event: Event) -> None:
        """Hands an event to every viewer."""
        with self._lock:
            self._told += 1
            for viewer in self._viewers:
                viewer.put(event, self.mark)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except ControlError as error:
                log.debug("live: %s", error)
            self._turn(False)
            self._closed.wait(_RETRY_S)

    def _follow(self) -> None:
        """Hands on events until the box stops, hangs, or this process ends."""
        for event in self._client.subscribe(quiet_s=_QUIET_S):
            if self._closed.is_set():
                return
            if event.name == "snapshot":
                self._turn(True)
            elif event.name == "quiet":
                # A supervisor that hangs keeps its socket open: only an answer shows that it lives.
                self._client.request("status.get", timeout_s=_QUIET_S)
            else:
                self.tell(event)

    def _turn(self, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self.tell(Event("box", {"running": connected}))
