"""Announcements inside the supervisor: in order, bounded, and a gap is never silent."""

from __future__ import annotations

import asyncio

import pytest

from firmware.supervisor.events import Dropped, Event, Events


def test_every_subscriber_gets_everything_in_order() -> None:
    async def run() -> list[list[Event | None]]:
        events = Events()
        events.publish("before", {})
        two = [events.subscribe(), events.subscribe()]
        for number in range(3):
            events.publish("call", {"id": number})
        got = [[await subscription.next() for _ in range(3)] for subscription in two]
        two[0].close()
        events.publish("late", {})
        return [*got, [await two[0].next()], [await two[1].next()]]

    assert asyncio.run(run()) == [
        [Event("call", {"id": number}) for number in range(3)],
        [Event("call", {"id": number}) for number in range(3)],
        [None],
        [Event("late", {})],
    ]


def test_a_slow_subscriber_reads_what_it_got_and_is_told_of_the_gap() -> None:
    async def run() -> list[Event | None]:
        events = Events()
        slow, quick = events.subscribe(limit=3), events.subscribe(limit=10)
        for number in range(5):
            events.publish("call", {"id": number})
        got = [await slow.next() for _ in range(3)]
        with pytest.raises(Dropped, match="3 events behind"):
            await slow.next()
        assert [await quick.next() for _ in range(5)] == [Event("call", {"id": number}) for number in range(5)]
        return got

    assert asyncio.run(run()) == [Event("call", {"id": number}) for number in range(3)]


def test_a_waiting_reader_wakes_for_an_event_and_for_the_end() -> None:
    async def run() -> tuple[Event | None, Event | None]:
        events = Events()
        subscription = events.subscribe()
        waiting = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        events.publish("line", {"name": "A"})
        first = await waiting
        waiting = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        subscription.close()
        return first, await waiting

    assert asyncio.run(run()) == (Event("line", {"name": "A"}), None)
