"""The real-time pace: one block every 20 ms by the monotonic clock.

A machine that falls behind by more than MAX_BEHIND_S (a suspended laptop) is forgiven: time goes on from there,
blocks are not made up in a burst.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from board.virtual.board import Board
from board.virtual.uart import Pty
from firmware.hat.protocol import BLOCK, RATE

MAX_BEHIND_S = 0.2


class RealTime:
    """Drives one board on one pty. ``tick`` computes one block if it is due; ``wait_s`` is the time until then."""

    def __init__(self, board: Board, pty: Pty, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds and never goes back."""
        self.board = board
        self._pty = pty
        self._clock = clock
        self._due = clock()

    @property
    def wait_s(self) -> float:
        """Seconds until the next block is due, never negative."""
        return max(0.0, self._due - self._clock())

    def tick(self) -> bool:
        """Computes a block if it is time; whether it did."""
        now = self._clock()
        if now < self._due:
            return False
        if now - self._due > MAX_BEHIND_S:
            self._due = now
        self._due += BLOCK / RATE
        self.board.receive(self._pty.read())
        self._pty.write(self.board.tick())
        return True
