"""Lanes of the loop: what must be quick has a thread that nothing slow can take."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from drivers.clock import SampleLoop

PATIENCE_S = 10.0  # real time, for a job that should wait for nobody


def run(work: Callable[[SampleLoop, threading.Event], Coroutine[Any, Any, Any]]) -> Any:
    """What ``work`` gives; the event that its slow jobs wait for is set when it has ended."""
    loop, ended = SampleLoop(), threading.Event()

    async def to_the_end() -> Any:
        try:
            return await asyncio.wait_for(work(loop, ended), PATIENCE_S)
        finally:
            ended.set()

    try:
        return loop.run_until_complete(to_the_end())
    finally:
        loop.close()


def test_four_slow_jobs_hold_up_no_lane() -> None:
    async def work(loop: SampleLoop, ended: threading.Event) -> str:
        slow = [asyncio.ensure_future(loop.job(ended.wait)) for _ in range(8)]
        await asyncio.sleep(0)
        heard = await loop.job(lambda: "yes", lane="hearing")
        assert not any(job.done() for job in slow)
        return heard

    assert run(work) == "yes"


def test_a_slow_lane_holds_up_neither_another_nor_the_shared_threads() -> None:
    async def work(loop: SampleLoop, ended: threading.Event) -> list[str]:
        slow = [asyncio.ensure_future(loop.job(ended.wait, lane="fax pictures")) for _ in range(8)]
        await asyncio.sleep(0)
        heard = [await loop.job(lambda: "yes", lane="hearing"), await loop.job(lambda: "said")]
        assert not any(job.done() for job in slow)
        return heard

    assert run(work) == ["yes", "said"]


def test_a_lane_does_its_work_in_order_in_one_thread() -> None:
    done: list[int] = []

    def note(number: int) -> str:
        done.append(number)
        return threading.current_thread().name

    async def work(loop: SampleLoop, ended: threading.Event) -> list[str]:
        return await asyncio.gather(*(loop.job(note, number, lane="hearing") for number in range(50)))

    assert len(set(run(work))) == 1
    assert done == list(range(50))


def test_an_error_in_a_lane_is_told_and_the_lane_goes_on() -> None:
    async def work(loop: SampleLoop, ended: threading.Event) -> tuple[str, str]:
        try:
            await loop.job(int, "no number", lane="hearing")
        except ValueError as error:
            return str(error), await loop.job(lambda: "yes", lane="hearing")
        return "", ""

    error, after = run(work)
    assert "no number" in error
    assert after == "yes"


def test_in_lockstep_a_lane_delivers_at_its_block() -> None:
    loop = SampleLoop(lockstep=True)

    async def work() -> list[float]:
        hearing = asyncio.ensure_future(loop.job(lambda: None, ticks=3, lane="hearing"))
        await asyncio.sleep(0)
        at: list[float] = []
        hearing.add_done_callback(lambda _: at.append(loop.time()))
        for _ in range(5):
            loop.advance(160)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return at

    try:
        assert loop.run_until_complete(work()) == [0.06]
    finally:
        loop.close()
