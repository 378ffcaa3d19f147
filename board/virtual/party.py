"""Somebody on a call: what they say and what they hear.

A party is a queue of audio to speak and a record of everything heard; far ends and handsets both have one. The line
takes one block at a time from ``speak`` and gives one to ``hear``. ``on_block`` callbacks see each block heard, for
matchers. The record is bounded: past MAX_HEARD the older half is dropped and ``heard_from`` moves on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from drivers.signals.tones import dtmf
from firmware.hat.protocol import BLOCK, RATE

Samples = npt.NDArray[np.int16]
BlockHeard = Callable[["Party", Samples], None]

MAX_HEARD = 3600 * RATE  # samples: an hour
MAX_QUEUED = 3600 * RATE
KEYS = "0123456789*#ABCD"
QUIET: Samples = np.zeros(BLOCK, np.int16)
QUIET.flags.writeable = False


class Party:
    """One person, or machine, with an ear and a mouth at 8 kHz."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard_from = 0
        """Samples of ``heard`` that were dropped because the record was full."""
        self.on_block: list[BlockHeard] = []
        self._queue: deque[Samples] = deque()
        self._offset = 0  # samples of the queue's first piece that are already spoken
        self._queued = 0
        self._record = np.zeros(60 * RATE, np.int16)
        self._filled = 0

    # The mouth

    def say(self, samples: Samples) -> None:
        """Speaks the samples after what is already queued. Raises ValueError on anything but int16 in one dimension."""
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise ValueError(
                f"{self.name} says: expected int16 samples in one dimension, got {samples.dtype} {samples.shape}"
            )
        if self._queued + samples.size > MAX_QUEUED:
            raise ValueError(f"{self.name} says: more than {MAX_QUEUED // RATE} s queued")
        if samples.size:
            self._queue.append(samples)
            self._queued += samples.size

    def press(self, keys: str, on_ms: int = 80, off_ms: int = 80, level_dbm0: float = -9.0) -> None:
        """Presses keys (0-9 * # A-D) after what is queued. Raises ValueError on any other character."""
        wrong = set(keys.upper()) - set(KEYS)
        if wrong:
            raise ValueError(f"{self.name} presses {keys!r}: {sorted(wrong)[0]!r} is no key; expected {KEYS}")
        length = len(keys) * (on_ms + off_ms) * RATE // 1000
        self.say(dtmf(keys, on_ms, off_ms, level_dbm0).read(length))

    def pause(self, ms: int) -> None:
        """Says nothing for a while, after what is queued."""
        self.say(np.zeros(ms * RATE // 1000, np.int16))

    def hush(self) -> None:
        """Stops speaking and forgets what was queued."""
        self._queue.clear()
        self._offset = self._queued = 0

    @property
    def silent(self) -> bool:
        """Whether nothing is left to say."""
        return not self._queue

    def speak(self) -> Samples | None:
        """The next block of speech; None when there is nothing to say."""
        if not self._queue:
            return None
        first = self._queue[0]
        end = self._offset + BLOCK
        if end < first.size:
            block = first[self._offset : end]
            self._offset = end
            self._queued -= BLOCK
            return block
        out = np.zeros(BLOCK, np.int16)
        filled = 0
        while self._queue and filled < BLOCK:
            piece = self._queue[0][self._offset : self._offset + BLOCK - filled]
            out[filled : filled + piece.size] = piece
            filled += piece.size
            self._offset += piece.size
            if self._offset >= self._queue[0].size:
                self._queue.popleft()
                self._offset = 0
        self._queued -= filled
        return out

    # The ear

    def hear(self, samples: Samples | None) -> None:
        """Records one block; None is silence."""
        block = QUIET if samples is None else samples
        if self._filled + BLOCK > self._record.size:
            self._make_room()
        self._record[self._filled : self._filled + BLOCK] = block
        self._filled += BLOCK
        for told in list(self.on_block):
            told(self, block)

    @property
    def heard(self) -> Samples:
        """All that was heard so far, a read-only view at 8 kHz."""
        view = self._record[: self._filled]
        view.flags.writeable = False
        return view

    def _make_room(self) -> None:
        if self._filled < MAX_HEARD:
            bigger = np.zeros(min(2 * self._record.size, MAX_HEARD), np.int16)
            bigger[: self._filled] = self._record[: self._filled]
            self._record = bigger
            return
        half = self._filled // 2
        kept = np.zeros(self._record.size, np.int16)
        kept[: self._filled - half] = self._record[half : self._filled]
        self._record = kept
        self._filled -= half
        self.heard_from += half
