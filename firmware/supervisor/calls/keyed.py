"""The keys that a party presses, for the timeline: each is named once it is known that it is no digit of a secret.

A key is noted with the moment at which it was pressed, when the dialog takes it. One that belongs to a secret, or that
no dialog ever took (who knows what it was meant for), is a dot.
"""

from __future__ import annotations

from collections import deque

from firmware.supervisor.calls.call import Call

DOT = "\N{BULLET}"


class Keyed:
    """Of one party of ``call``."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._pressed: deque[tuple[float, str]] = deque()

    def pressed(self, key: str) -> None:
        """A key was pressed now."""
        self._pressed.append((self._call.clock.at(), key))

    def taken(self, key: str, *, secret: bool = False) -> None:
        """The dialog has taken ``key``; what was pressed before it, nobody took."""
        found = False
        while self._pressed and not found:
            at_s, pressed = self._pressed.popleft()
            found = pressed == key
            self._note(at_s, pressed, secret=secret or not found)

    def rest(self, *, secret: bool = True) -> None:
        """Nobody takes those that were pressed so far any more."""
        while self._pressed:
            self._note(*self._pressed.popleft(), secret=secret)

    def _note(self, at_s: float, key: str, *, secret: bool) -> None:
        self._call.note_at(at_s, "key", key=DOT if secret else key)
