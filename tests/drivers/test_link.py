"""The link against the virtual board's HAT: commands, events, audio, and all of it on a line that loses bytes."""

from __future__ import annotations

import asyncio
import itertools
import types
from typing import Any

import numpy as np
import pytest

from board.virtual.board import Board
from drivers.link import CommandLost, CommandRefused, LinkLost, VersionMismatch
from drivers.signals import g711
from drivers.signals.levels import dbm0
from firmware.hat import protocol as p

LINE_A, HANDSET_C = 0, 2


def test_hello_tells_what_the_hat_has(rig: Any) -> None:
    hello = rig.run(rig.link.connect())
    assert hello.kinds == bytes([p.FXO, p.FXO, p.FXS, p.FXS])
    assert hello.playout_delay == p.PLAYOUT_DELAY
    assert rig.link.up


def test_another_protocol_version_is_refused_with_both_versions(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = types.SimpleNamespace(**{**vars(p), "VERSION": p.VERSION + 1})
    monkeypatch.setattr("board.virtual.hat.stand_in.p", newer)

    async def work() -> None:
        with pytest.raises(VersionMismatch, match=r"version 2, this box 1"):
            await rig.link.connect()

    rig.run(work())
    assert not rig.link.up


def test_the_clock_of_the_loop_is_the_hats(rig: Any) -> None:
    async def work() -> tuple[float, float]:
        await rig.link.connect()
        before, board_before = rig.loop.time(), rig.board.now / p.RATE
        await asyncio.sleep(3.0)
        return rig.loop.time() - before, rig.board.now / p.RATE - board_before

    slept, board_time = rig.run(work())
    assert slept == pytest.approx(3.0, abs=0.02)
    assert board_time == pytest.approx(3.0, abs=0.06)


def test_a_command_the_port_cannot_do_names_port_and_reason(rig: Any) -> None:
    async def work() -> None:
        await rig.link.connect()
        with pytest.raises(CommandRefused, match=r"RING on port 0: wrong port"):
            await rig.link.command(p.OP_RING, LINE_A, 0)

    rig.run(work())


def test_nothing_is_sent_before_the_hat_has_answered(rig: Any) -> None:
    async def work() -> None:
        with pytest.raises(LinkLost):
            await rig.link.command(p.OP_OFFHOOK, LINE_A)

    rig.run(work())


def test_hook_events_come_once_and_in_order(rig: Any) -> None:
    seen: list[tuple[int, int]] = []
    rig.link.on_event = lambda port, kind, ts, args: seen.append((port, kind))
    rig.at(1.0, lambda board: board.handsets["C"].lift())
    rig.at(2.0, lambda board: board.handsets["C"].put_down())
    rig.at(4.0, lambda board: board.handsets["C"].lift())

    async def work() -> None:
        await rig.link.connect()
        await asyncio.sleep(5.0)

    rig.run(work())
    hooks = [kind for port, kind in seen if port == HANDSET_C and kind in (p.EV_HOOK_OFF, p.EV_HOOK_ON)]
    assert hooks == [p.EV_HOOK_OFF, p.EV_HOOK_ON, p.EV_HOOK_OFF]


def test_a_handler_that_raises_puts_no_board_out_of_step(rig: Any) -> None:
    """Its error is logged by asyncio; the block is answered, and the next ones come as if nothing had been."""
    raised: list[int] = []

    async def work() -> int:
        rig.loop.set_exception_handler(lambda loop, context: None)
        await rig.link.connect()

        def fails(port: int, kind: int, ts: int, args: tuple[Any, ...]) -> None:
            raised.append(kind)
            raise TypeError("a handler with a mistake in it")

        rig.link.on_event = fails
        await asyncio.sleep(2.0)
        return int(rig.loop.samples)

    rig.at(1.0, lambda board: board.handsets["D"].lift())
    assert rig.run(work()) >= 2 * 8000
    assert raised


def test_an_event_carries_the_moment_it_happened(rig: Any) -> None:
    seen: list[int] = []

    def on_event(port: int, kind: int, ts: int, args: object) -> None:
        if kind == p.EV_HOOK_OFF:
            seen.append(rig.link.sample_of(ts))

    rig.link.on_event = on_event
    lifted: list[int] = []
    rig.at(1.0, lambda board: lifted.append(board.now))
    rig.at(1.0, lambda board: board.handsets["C"].lift())

    async def work() -> None:
        await rig.link.connect()
        await asyncio.sleep(2.0)

    rig.run(work())
    assert seen[0] == pytest.approx(lifted[0], abs=0.1 * p.RATE)


@pytest.mark.parametrize("rate", [1e-4, 1e-3])
def test_noise_loses_no_event_and_doubles_none(rig: Any, rate: float) -> None:
    """Bit flips, lost, doubled and inserted bytes both ways: forty hooks arrive, each once, in order."""
    seen: list[int] = []

    def on_event(port: int, kind: int, ts: int, args: object) -> None:
        if port == HANDSET_C:
            seen.append(kind)

    rig.link.on_event = on_event

    def noise(board: Board) -> None:
        board.noise_in.set(rate)
        board.noise_out.set(rate)

    rig.at(1.0, noise)
    for n in range(20):
        rig.at(1.5 + 3 * n, lambda board: board.handsets["C"].lift())
        rig.at(3.0 + 3 * n, lambda board: board.handsets["C"].put_down())

    async def work() -> None:
        await rig.link.connect()
        await asyncio.sleep(64.0)

    rig.run(work())
    hooks = [kind for kind in seen if kind in (p.EV_HOOK_OFF, p.EV_HOOK_ON)]
    assert hooks == [p.EV_HOOK_OFF, p.EV_HOOK_ON] * 20
    assert rig.link.counters.bad_frames > 0
    assert rig.link.counters.concealed > 0


def test_a_command_is_acted_on_once_though_its_answers_are_lost(rig: Any) -> None:
    """FLASH is not idempotent: with noise it is resent, the exchange must see one flash for each."""
    flashes: list[int] = []

    def watch(board: Board) -> None:
        flashes.append(int(board.lines["A"].loop.now.ma > 1.0))

    def noise(board: Board) -> None:
        board.noise_in.set(4e-3)
        board.noise_out.set(4e-3)
        board.on_tick(watch)

    async def work() -> int:
        await rig.link.connect()
        await rig.link.command(p.OP_OFFHOOK, LINE_A)
        await asyncio.sleep(1.0)
        rig.at(0.0, noise)
        done = 0
        for _ in range(30):
            try:
                await rig.link.command(p.OP_FLASH, LINE_A, 300)
                done += 1
            except CommandLost:
                done += 1  # every answer was lost, or every request: the count below allows for neither doubling
            await asyncio.sleep(1.0)
        return done

    done = rig.run(work())
    breaks = sum(1 for before, after in itertools.pairwise(flashes) if before and not after)
    assert rig.link.counters.resent > 0
    assert breaks <= done


def test_audio_is_played_exactly_at_the_declared_delay(rig: Any) -> None:
    """What answers time stamp T is played at T + delay: the handset's echo of a burst comes in that block."""
    burst = np.tile(np.array([0x90] * 4 + [0x10] * 4, np.uint8), p.BLOCK // 8)  # 1 kHz, loud
    loud: list[int] = []
    sent: list[int] = []

    def on_block(ts: int, mask: int, samples: Any) -> tuple[int, Any]:
        if mask >> HANDSET_C & 1:
            column = (mask & ((1 << HANDSET_C) - 1)).bit_count()
            if dbm0(g711.decode(samples[:, column].copy(), "mu")) > -30.0:
                loud.append(ts)
            if ts > 2 * p.RATE and not sent:
                sent.append(ts)
                return 1 << HANDSET_C, burst.reshape(-1, 1)
        return 0, None

    rig.link.on_block = on_block
    rig.at(0.5, lambda board: board.handsets["C"].lift())

    async def work() -> None:
        await rig.link.connect()
        await asyncio.sleep(3.0)

    rig.run(work())
    assert loud
    assert loud[0] == sent[0] + p.PLAYOUT_DELAY
