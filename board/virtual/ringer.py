"""Rings one line: cadence, and the caller ID before or after the first burst, all on the line's own clock.

Life cycle: ``start`` for a call, ``tick`` every block, ``sound`` for the block's on-hook audio, ``stop`` when the
call is answered or given up. Changes of the pair are scheduled ahead, with their sample.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from board.virtual.announce import Announcement, Step
from board.virtual.hookwatch import samples
from board.virtual.loop import Loop
from board.virtual.sound import Samples
from firmware.hat.protocol import BLOCK

AFTER_MESSAGE_MS = 100  # a message longer than the pause holds the next burst back by this


class Ringer:
    """The ringer of one line; ``cadence_ms`` is on, off, on, off ..., repeated."""

    def __init__(self, loop: Loop, cadence_ms: tuple[int, ...]) -> None:
        self._loop = loop
        self.cadence_ms = cadence_ms
        self._announcement: Announcement | None = None  # while ringing
        self._sounds: deque[tuple[int, Samples]] = deque()  # first sample, audio; in the order of time
        self._next = 0  # sample at which the cadence begins its next turn
        self._first = True

    def start(self, announcement: Announcement, at: int) -> None:
        """Rings from sample ``at`` on, after what the announcement puts before it."""
        self._announcement = announcement
        self._first = True
        self._loop.ringing = announcement.ringing
        self._next = self._steps(at, announcement.before)

    def stop(self, at: int) -> None:
        """Stops ringing and speaking at sample ``at``; polarity is normal again."""
        self._announcement = None
        self._sounds.clear()
        self._loop.cancel_ring()
        self._loop.set_ring(at, False)
        if self._loop.now.reversed:
            self._loop.set_reversed(at, False)

    def tick(self, start: int) -> None:
        """Schedules the next turn of the cadence when the block before it is played."""
        if self._announcement is None or start + BLOCK < self._next:
            return
        at = self._next
        for on, off in zip(self.cadence_ms[::2], self.cadence_ms[1::2], strict=True):
            self._loop.set_ring(at, True)
            self._loop.set_ring(at + samples(on), False)
            burst_end = at + samples(on)
            at = burst_end + samples(off)
        if self._first and self._announcement.after:
            at = max(at, self._steps(burst_end, self._announcement.after) + samples(AFTER_MESSAGE_MS))
        self._first = False
        self._next = at

    def sound(self, start: int) -> Samples | None:
        """What the exchange says on the on-hook line in the block that starts at ``start``."""
        while self._sounds and start >= self._sounds[0][0] + self._sounds[0][1].size:
            self._sounds.popleft()
        if not self._sounds or start + BLOCK <= self._sounds[0][0]:
            return None
        block = np.zeros(BLOCK, np.int16)
        for first, audio in self._sounds:
            part = audio[max(0, start - first) : max(0, start + BLOCK - first)]
            place = max(0, first - start)
            block[place : place + part.size] = part
        return block

    def _steps(self, at: int, steps: tuple[Step, ...]) -> int:
        """Schedules an announcement's steps from sample ``at``; the sample at which they are over."""
        for what, value in steps:
            if not isinstance(value, int):
                self._sounds.append((at, value))
                at += value.size
                continue
            if what == "reverse":
                self._loop.set_reversed(at, True)
            elif what == "ring":
                self._loop.set_ring(at, True)
                self._loop.set_ring(at + samples(value), False)
            at += samples(value)
        return at
