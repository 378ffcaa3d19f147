"""The link in real time, where the monotonic clock is the only way to notice a HAT that has gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Iterator

import pytest

from board.virtual.board import Board
from drivers.clock import SampleLoop
from drivers.link import Link, LinkError, LinkLost
from firmware.hat import protocol as p

HANDSET_C = 2


class Wire:
    """A pty between a link and a board that this test ticks itself, block by block, without any clock."""

    def __init__(self) -> None:
        self.board = Board("CA", seed=3)
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        self.loop = SampleLoop()
        self.link = Link(self.loop, os.ttyname(slave))

    def tick(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.board.receive(os.read(self.master, 65536))
        os.write(self.master, self.board.tick())


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.link.close()
    made.loop.close()
    os.close(made.master)


async def ticked(wire: Wire, work: asyncio.Future[object]) -> object:
    """Ticks the board, one block for each turn of the loop that read the last one, until ``work`` is done."""
    while not work.done():
        before = wire.link.counters.frames
        wire.tick()
        while wire.link.counters.frames == before and not work.done():
            await asyncio.sleep(0)
    return work.result()


def test_a_hat_that_falls_silent_ends_what_waits_and_is_found_again(wire: Wire) -> None:
    lost: list[str] = []
    wire.link.on_lost = lost.append

    async def work() -> None:
        await ticked(wire, asyncio.ensure_future(wire.link.connect()))
        assert wire.loop.source == "hat"
        with pytest.raises(LinkLost, match="half a second"):
            await wire.link.command(p.OP_LAMP, HANDSET_C, 1)  # no block will come: the board is not ticked any more
        assert wire.loop.source == "timer"
        assert len(lost) == 1
        await ticked(wire, asyncio.ensure_future(wire.link.connect()))
        assert wire.loop.source == "hat"

    wire.loop.run_until_complete(work())


def test_chatter_from_elsewhere_does_not_hide_a_silent_hat(wire: Wire) -> None:
    """The control socket may wake the loop a thousand times a second: the silence is noticed all the same."""
    lost: list[str] = []
    wire.link.on_lost = lost.append

    async def work() -> None:
        await ticked(wire, asyncio.ensure_future(wire.link.connect()))
        reader, writer = os.pipe()
        os.write(writer, b"x")
        wire.loop.add_reader(reader, lambda: None)  # always readable
        waiting = asyncio.ensure_future(wire.link.command(p.OP_LAMP, HANDSET_C, 1))
        with pytest.raises(LinkLost):
            await waiting
        wire.loop.remove_reader(reader)

    wire.loop.run_until_complete(work())
    assert lost


def test_a_device_that_is_not_there_is_named(tmp_path: object) -> None:
    loop = SampleLoop()
    with pytest.raises(LinkError, match="/dev/no-such-hat"):
        Link(loop, "/dev/no-such-hat")
    loop.close()
