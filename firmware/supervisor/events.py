"""What happens on the box, told to whoever listens inside the supervisor: the control socket's subscribers, the lamps.

``publish`` never waits and never fails: it runs inside call code. Every subscription has a bounded queue; one that is
full is closed, and its reader is told so (``Dropped``) after it has read what it got, since a gap must not go
unnoticed. It then subscribes again and starts from a new snapshot.

Life cycle: one ``Events`` per supervisor; a ``Subscription`` until ``close()``. Everything runs on the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIMIT = 256  # events a subscriber may lag behind: some seconds of a busy box


class Dropped(Exception):
    """The subscriber was too slow; events after the last one it got are lost to it."""


@dataclass(frozen=True)
class Event:
    """``name``: line, handset, call, message, contact, setting, health ...; ``data`` is plain JSON data."""

    name: str
    data: Mapping[str, Any]


class Subscription:
    """One listener's queue. Read it with ``next()``."""

    def __init__(self, events: Events, limit: int) -> None:
        self._events = events
        self._limit = limit
        self._queue: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._dropped = False
        self._closed = False

    async def next(self) -> Event | None:
        """The next event; None after ``close()``. Raises ``Dropped`` when this subscriber was too slow."""
        while not self._queue:
            if self._dropped:
                raise Dropped(f"more than {self._limit} events behind")
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    def close(self) -> None:
        """No more events; what is queued can still be read."""
        self._closed = True
        self._events.remove(self)
        self._arrived.set()

    def put(self, event: Event) -> None:
        """Queue ``event``, or drop this subscription when it is full."""
        if len(self._queue) >= self._limit:
            self._dropped = True
            self.close()
            return
        self._queue.append(event)
        self._arrived.set()


class Events:
    """The supervisor's announcements."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def publish(self, name: str, data: Mapping[str, Any]) -> None:
        """Tell every subscriber, in the order of publication."""
        event = Event(name, data)
        for subscription in tuple(self._subscriptions):
            subscription.put(event)

    def subscribe(self, limit: int = LIMIT) -> Subscription:
        """Everything published from now on."""
        subscription = Subscription(self, limit)
        self._subscriptions.append(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription; used by ``Subscription.close``."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
