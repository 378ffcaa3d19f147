"""What happens on the box, told to whoever listens inside the supervisor: the control socket's subscribers, the lamps.

``EVENTS`` declares every event with its fields; whoever tells and whoever listens reads it, and docs/architecture.md is
made from it (``python -m firmware.supervisor.control.listing events``). An event says what has changed, never what to
do. ``publish`` never waits, and fails for nothing but an event or a field that is not declared. Every subscription has
a bounded queue; one that is full is closed, and its reader is told so (``Dropped``) after it has read what it got,
since a gap must not go unnoticed. It then subscribes again and starts from a new snapshot.

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


_PORT = "name label state volts ma fault call"
_CALL = (
    "id stage? started_ms? waiting? direction? line? port? number_raw? number_e164? presentation? name? contact? "
    "emergency? drill? outcome? done?"
)
_DECLARED = {
    "line": _PORT,  # as in status.get
    "handset": _PORT,
    "call": _CALL,  # a call going on, as in status.get; or one whose row somebody has changed: done
    "waiting": "call line number name reason",  # a second caller in mid-call; call: the id of the first
    "message": "id? fax? state? mailbox? progress? new_messages? new_faxes?",  # id of a message, or fax: of a fax
    "contact": "id what",  # what: created, updated, deleted, restored ...
    "time": "id",  # of a time entry; None: several
    "setting": "key value",
    "rules": "id",  # of a rule; None: several
    "emergency": "id seen",  # of the call; seen: somebody has acknowledged it
}


@dataclass(frozen=True)
class Fields:
    """What an event holds: the fields that are ``always`` there, and all that may be."""

    always: frozenset[str]
    all: tuple[str, ...]

    @classmethod
    def of(cls, words: str) -> Fields:
        """From names, a ? behind those that may be left out."""
        names = words.split()
        return cls(
            frozenset(name for name in names if not name.endswith("?")), tuple(name.removesuffix("?") for name in names)
        )


EVENTS = {name: Fields.of(words) for name, words in _DECLARED.items()}
"""Name -> its fields."""


class Undeclared(Exception):
    """An event or a field that ``EVENTS`` does not know, or one that is missing: a mistake of the code that tells."""


def check(name: str, data: Mapping[str, Any]) -> None:
    """Raises Undeclared where an event is not as it is declared."""
    fields = EVENTS.get(name)
    if fields is None:
        raise Undeclared(f"event {name}: expected one of {', '.join(EVENTS)}")
    if wrong := (data.keys() - set(fields.all)) | (fields.always - data.keys()):
        raise Undeclared(f"event {name}: {', '.join(sorted(wrong))}: expected {_DECLARED[name]}")


@dataclass(frozen=True)
class Event:
    """One of ``EVENTS``; ``data`` is plain JSON data."""

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
        """Tell every subscriber, in the order of publication. Raises Undeclared."""
        check(name, data)
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
