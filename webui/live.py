"""What is live: one subscription to the supervisor, fanned out to the open pages.

One thread holds `events.subscribe` and hands each event to every viewer's own bounded queue; it tries again every
second while the box is stopped. Viewers are capped, because each holds one of the server's threads.
A viewer that reads too slowly is told to fetch everything anew instead of holding back the others.
"""

from __future__ import annotations

import logging
import queue
import threading

from firmware.control_client import ControlClient, ControlError, Event

log = logging.getLogger(__name__)

MOST_VIEWERS = 12
_QUEUE = 64
_RETRY_S = 1.0
_QUIET_S = 1.5


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

    Beside the box's own events viewers get `box` when the supervisor came or went, and `resync` when events were lost
    on the way to them.
    """

    def __init__(self, client: ControlClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._connected = False
        self._closed = threading.Event()
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
