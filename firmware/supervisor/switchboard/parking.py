"""Calls that are parked: each in a place by its digit, until somebody picks it up at any telephone of the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.ports.port import Port

PLACES: Final = "123456789"


class Parked:
    """One call that waits. ``by``: the handset at which somebody has picked it up."""

    def __init__(self, place: str, wake: Callable[[], None]) -> None:
        self.place = place
        self.by: Port | None = None
        self._wake = wake

    def pick_up(self, port: Port) -> None:
        """The call goes on at ``port``, which is lifted and free."""
        self.by = port
        self._wake()


class Parking:
    """Of one box."""

    def __init__(self) -> None:
        self._parked: dict[str, Parked] = {}

    def park(self, wake: Callable[[], None]) -> Parked | None:
        """Takes the first free place; None where there is none. ``wake``: called when it is picked up."""
        place = next((place for place in PLACES if place not in self._parked), None)
        if place is None:
            return None
        self._parked[place] = Parked(place, wake)
        return self._parked[place]

    def leave(self, parked: Parked) -> None:
        """The call waits there no more; twice is no error."""
        if self._parked.get(parked.place) is parked:
            del self._parked[parked.place]

    def find(self, place: str = "") -> Parked | None:
        """The call in a place; without one the only one there is."""
        if place:
            return self._parked.get(place)
        return next(iter(self._parked.values())) if len(self._parked) == 1 else None
