"""The box's one clock: an asyncio loop whose ``time()`` is the HAT's sample counter divided by 8000.

Timers of asyncio (``sleep``, ``timeout``, ``call_later``) therefore count samples. ``advance`` is called by the link
for every audio block; nothing else moves the clock while the HAT is its source. Before the HAT speaks, and after it
has been silent for LINK_LOST_MS by the monotonic clock, a timer takes its place (``source`` says which), so that the
box can try again; ``on_silence`` tells the link that it is lost.

Lockstep: ``on_idle`` is called each time the loop has nothing left to run, before it blocks; the board's ``beat``, one
a block whether or not the HAT speaks, takes the place of the monotonic clock, and ``settle`` waits for work in other
threads at the declared block, so that runs do not differ.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import heapq
import itertools
import selectors
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from firmware.hat.protocol import BLOCK, LINK_LOST_MS, RATE

T = TypeVar("T")
SILENCE_S = LINK_LOST_MS / 1000


class SampleLoop(asyncio.SelectorEventLoop):
    """An event loop on sample time. Life cycle: create, ``run_until_complete``, close, once each."""

    def __init__(self, *, lockstep: bool = False) -> None:
        self.lockstep = lockstep
        self.samples = 0
        self.source = "hat" if lockstep else "timer"
        self.on_idle: Callable[[], None] | None = None
        self.on_silence: Callable[[], None] | None = None
        self._heard = time.monotonic()  # when a block last came, or the timer last moved the clock
        self._overdue = False  # no block in time: one more turn of the loop, then the HAT counts as silent
        self._moved = False  # lockstep: a block has come in this beat
        self._silent = 0  # lockstep: samples since a block last came
        self._threads = concurrent.futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="job")
        self._lanes: dict[str, concurrent.futures.ThreadPoolExecutor] = {}
        self._due: list[tuple[int, int, asyncio.Future[Any], concurrent.futures.Future[Any]]] = []
        self._order = itertools.count()
        super().__init__(_Selector(self))
        self._clock_resolution = 0.5 / RATE

    def time(self) -> float:
        """Seconds on the sample clock."""
        return self.samples / RATE

    def advance(self, samples: int) -> None:
        """Moves the clock on by one block's samples; the HAT is the source from here on."""
        self.source = "hat"
        self._heard = time.monotonic()
        self._overdue = False
        self._moved = True
        self.samples += samples
        self._deliver()

    def beat(self) -> None:
        """Lockstep: 20 ms have passed on the board, and what the HAT said in them has been taken in."""
        if self._moved:
            self._moved = False
            self._silent = 0
            return
        self._silent += BLOCK
        if self.source == "timer":
            self.samples += BLOCK
        elif self._silent >= LINK_LOST_MS * RATE // 1000:
            self.source = "timer"
            self.samples += self._silent
            if self.on_silence is not None:
                self.on_silence()
        else:
            return
        self._deliver()

    def board_gone(self) -> None:
        """In lockstep the board has ended: time goes on by the timer, so that what is going on can be put in order."""
        self.lockstep = False
        self.source = "timer"
        self._heard = time.monotonic()

    async def settle(self, future: concurrent.futures.Future[T], ticks: int = 1) -> T:
        """The result of work done in another thread, delivered ``ticks`` blocks after this call."""
        waiter: asyncio.Future[T] = self.create_future()
        heapq.heappush(self._due, (self.samples + ticks * BLOCK, next(self._order), waiter, future))
        return await waiter

    def keep_pace(self, future: concurrent.futures.Future[Any], ticks: int) -> None:
        """In lockstep the clock, which may outrun a disk, waits for ``future`` at that block; else nobody waits."""
        if self.lockstep:
            waiter: asyncio.Future[Any] = self.create_future()
            heapq.heappush(self._due, (self.samples + ticks * BLOCK, next(self._order), waiter, future))

    async def job(self, work: Callable[..., T], *args: Any, ticks: int = 1, lane: str = "") -> T:
        """Runs ``work`` in a thread; its result or exception arrives ``ticks`` blocks later, never earlier.

        A ``lane`` is one thread of its own, which takes the lane's work in order and no other: it waits for nothing
        slow of another kind, and nothing waits for it. Work without a lane shares four threads.
        """
        return await self.settle(self._lane(lane).submit(work, *args), ticks)

    def close(self) -> None:
        """Ends the worker threads, then the loop."""
        for threads in (self._threads, *self._lanes.values()):
            threads.shutdown(wait=True, cancel_futures=True)
        super().close()

    def _lane(self, name: str) -> concurrent.futures.ThreadPoolExecutor:
        if not name:
            return self._threads
        if name not in self._lanes:
            self._lanes[name] = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        return self._lanes[name]

    def _deliver(self) -> None:
        """Hands over the results that are due; in lockstep it waits for them, in real time they come when ready."""
        while self._due and self._due[0][0] <= self.samples:
            _, _, waiter, future = heapq.heappop(self._due)
            if self.lockstep or future.done():
                concurrent.futures.wait([future])
                _hand_over(future, waiter)
            else:
                future.add_done_callback(lambda f, w=waiter: self.call_soon_threadsafe(_hand_over, f, w))  # type: ignore[misc]

    def _wait(self, select: Callable[[float | None], list[Any]], timeout: float | None) -> list[Any]:
        """What stands in for the selector's blocking wait; ``timeout`` is in sample-clock seconds."""
        if timeout is not None and timeout <= self._clock_resolution:
            return select(0)
        if self.on_idle is not None:
            self.on_idle()
        if self.lockstep:
            return select(None)
        if self.source == "hat":
            left = self._heard + SILENCE_S - time.monotonic()
            if left > 0:  # whatever wakes the loop, the next wait looks at the time again
                return select(left)
            if not self._overdue:  # a block may have come while the loop was busy: what is there is taken in first
                self._overdue = True
                return select(0)
            self.source = "timer"
            if self.on_silence is not None:
                self.on_silence()
            return select(0)
        limit = 0.02 if self._due else SILENCE_S
        events = select(limit if timeout is None else min(timeout, limit))
        if self.source == "timer":
            now = time.monotonic()
            passed = int((now - self._heard) * RATE)
            self._heard += passed / RATE
            self.samples += passed
            self._deliver()
        return events


def _hand_over(future: concurrent.futures.Future[Any], waiter: asyncio.Future[Any]) -> None:
    if waiter.done():
        return
    error = future.exception()
    if error is not None:
        waiter.set_exception(error)
    else:
        waiter.set_result(future.result())


class _Selector(selectors.BaseSelector):
    """The platform's selector with the loop's own idea of waiting."""

    def __init__(self, loop: SampleLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self._loop._wait(self._real.select, timeout)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class Calendar:
    """Date and time of day for logs, schedules and reminders.

    The system's clock, or, where a start is given (scenarios, tests), that moment carried on by the sample clock.
    """

    def __init__(self, loop: SampleLoop, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"calendar start {start}: a UTC offset is expected")
        self._loop = loop
        self._start = start
        self._at = loop.samples

    @property
    def given(self) -> bool:
        """Whether a start was given: such a clock is right by definition."""
        return self._start is not None

    def now(self) -> datetime:
        """The present moment, with its UTC offset."""
        if self._start is None:
            return datetime.now().astimezone()
        return self._start + timedelta(seconds=(self._loop.samples - self._at) / RATE)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return round(self.now().timestamp() * 1000)

    def utc_offset_min(self) -> int:
        """The local offset from UTC at this moment, in minutes."""
        offset = self.now().utcoffset()
        assert offset is not None
        return round(offset.total_seconds() / 60)
