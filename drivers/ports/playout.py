"""What is played to one port: audio in a queue, read a block at a time, stopped without a click.

``play`` puts samples or an endless source at the end of the queue and gives a ``Playing``, whose ``ended`` future
resolves when its last sample has been handed to the HAT (it sounds PLAYOUT_DELAY later), or when it was stopped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
FADE = 40  # samples: 5 ms, short enough to feel immediate, long enough not to click
_RAMP = np.linspace(1.0, 0.0, FADE)


class Source(Protocol):
    """Anything that makes samples for as long as it is read, such as a ToneSource."""

    done: bool

    def read(self, count: int) -> Samples: ...


class Playing:
    """One piece of audio in a queue."""

    def __init__(self, what: Samples | Source) -> None:
        self._samples = what if isinstance(what, np.ndarray) else None
        self._source = None if isinstance(what, np.ndarray) else what
        self._position = 0
        self._stopping = False
        self.played = 0  # samples handed out so far
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """Fades out over the next 5 ms; what is left is not played."""
        self._stopping = True

    def read(self, count: int) -> Samples:
        """Up to ``count`` samples; fewer, possibly none, when it ends here."""
        if self._samples is not None:
            block = self._samples[self._position : self._position + count]
            self._position += len(block)
            over = self._position >= len(self._samples)
        else:
            assert self._source is not None
            block = self._source.read(count)
            over = self._source.done
        if self._stopping:
            block = (block[:FADE] * _RAMP[: len(block)]).astype(np.int16)
            over = True
        self.played += len(block)
        if over and not self.ended.done():
            self.ended.set_result(None)
        return block


class Playout:
    """The queue of one port."""

    def __init__(self) -> None:
        self._queue: deque[Playing] = deque()

    def play(self, what: Samples | Source) -> Playing:
        """Queues audio behind what is playing."""
        playing = Playing(what)
        self._queue.append(playing)
        return playing

    def stop(self) -> None:
        """Fades out what sounds now and drops what waits behind it."""
        while len(self._queue) > 1:
            dropped = self._queue.pop()
            if not dropped.ended.done():
                dropped.ended.set_result(None)
        if self._queue:
            self._queue[0].stop()

    def read(self, count: int) -> Samples | None:
        """The next ``count`` samples, or None when there is nothing to play."""
        if not self._queue:
            return None
        block = self._queue[0].read(count)
        while self._queue and self._queue[0].ended.done():
            self._queue.popleft()
            if self._queue and len(block) < count:
                block = np.concatenate([block, self._queue[0].read(count - len(block))])
        if len(block) < count:
            block = np.concatenate([block, np.zeros(count - len(block), np.int16)])
        return block
