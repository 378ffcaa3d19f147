"""Announcements inside the supervisor: in order, bounded, and a gap is never silent."""

from __future__ import annotations

import asyncio

import pytest

from firmware.supervisor.events import EVENTS, Dropped, Event, Events, Undeclared

LINE = dict.fromkeys(EVENTS["line"].all, "A")


def test_every_subscriber_gets_everything_in_order() -> None:
    async def run() -> list[list[Event | None]]:
        events = Events()
        events.publish("call", {"id": -1})
        two = [events.subscribe(), events.subscribe()]
        for number in range(3):
            events.publish("call", {"id": number})
        got = [[await subscription.next() for _ in range(3)] for subscription in two]
        two[0].close()
        events.publish("call", {"id": 9})
        return [*got, [await two[0].next()], [await two[1].next()]]

    assert asyncio.run(run()) == [
        [Event("call", {"id": number}) for number in range(3)],
        [Event("call", {"id": number}) for number in range(3)],
        [None],
        [Event("call", {"id": 9})],
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
        events.publish("line", LINE)
        first = await waiting
        waiting = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        subscription.close()
        return first, await waiting

    assert asyncio.run(run()) == (Event("line", LINE), None)


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("earthquake", {}, "event earthquake: expected one of line, handset"),
        ("setting", {"key": "a"}, "event setting: value: expected key value"),
        ("call", {"id": 1, "colour": "red"}, "event call: colour: expected id stage"),
    ],
)
def test_what_is_not_declared_is_not_told(name: str, data: dict[str, object], wrong: str) -> None:
    async def run() -> None:
        events = Events()
        listening = events.subscribe()
        with pytest.raises(Undeclared, match=wrong):
            events.publish(name, data)
        listening.close()
        assert await listening.next() is None

    asyncio.run(run())
