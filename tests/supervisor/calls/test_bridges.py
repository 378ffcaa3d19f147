"""Who is joined how, and what each party of a conversation through the box hears, block for block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from drivers.clock import SampleLoop
from drivers.ports.facts import Digit
from drivers.remote import Remote
from drivers.signals import g711
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.mixing import mix_minus
from firmware.hat import protocol as p
from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.bridges import Wants
from firmware.supervisor.calls.legs import Leg
from tests.supervisor.calls.bank import Bank, Samples

Body = Callable[[SampleLoop], Coroutine[Any, Any, None]]


def voices(count: int, seed: int) -> Samples:
    """What each port says in one block: levels of the line's law, so that nothing is lost on it."""
    return g711.quantise(np.random.default_rng(seed).integers(-3000, 3000, (count, p.BLOCK)).astype(np.int16))


@pytest.mark.parametrize(
    ("wants", "direct"),
    [
        (Wants(), True),
        (Wants(hidden=True), False),
        (Wants(announced=True), False),
        (Wants(mixed=True), False),
        (Wants(hidden=True, announced=True, mixed=True, emergency=True), True),
    ],
)
def test_two_ports_of_a_hat_are_joined_on_it_unless_more_is_wanted(
    on_loop: Callable[[Body], None], wants: Wants, direct: bool
) -> None:
    async def body(loop: SampleLoop) -> None:
        bank = Bank(loop)
        line, handset = Leg(bank.ports["0"]), Leg(bank.ports["2"])
        async with bridges.bridged(line, handset, wants=wants):
            assert bank.commands == ([p.OP_BRIDGE] if direct else [])
            played = bank.beat(voices(4, 1))
            assert played.any() != direct
        assert bank.commands == ([p.OP_BRIDGE, p.OP_UNBRIDGE] if direct else [])
        bank.beat(voices(4, 2))
        assert not bank.beat(voices(4, 3)).any(), "they are apart"

    on_loop(body)


def test_ports_of_two_banks_and_three_of_one_are_mixed_without_a_block_of_delay(
    on_loop: Callable[[Body], None],
) -> None:
    async def body(loop: SampleLoop) -> None:
        bank = Bank(loop)
        legs = [Leg(bank.ports[name]) for name in ("0", "2", "3")]
        made = bridges.join(legs, Wants(emergency=True))
        await made.open()
        assert bank.commands == []
        for block in range(2):  # then the echo cancellers of what has been played begin
            said = voices(4, block)
            played = bank.beat(said)
            assert np.array_equal(played[[0, 2, 3]], g711.quantise(mix_minus(said[[0, 2, 3]])))
            assert not played[1].any()
        await made.close()
        await made.close()

    on_loop(body)


def test_a_handset_that_had_been_bridged_before_the_box_was_started_is_taken_apart(
    on_loop: Callable[[Body], None],
) -> None:
    async def body(loop: SampleLoop) -> None:
        bank = Bank(loop)
        await bridges.unbridge(Leg(bank.ports["0"]), Leg(bank.ports["2"]))
        assert bank.commands == [p.OP_UNBRIDGE]

    on_loop(body)


def test_what_the_box_is_saying_is_heard_to_its_end_before_the_others(on_loop: Callable[[Body], None]) -> None:
    async def body(loop: SampleLoop) -> None:
        bank = Bank(loop)
        one, other = Leg(bank.ports["2"]), Leg(bank.ports["3"])
        beep = g711.quantise(np.full(200, 4000, np.int16))
        one.port.play(beep)
        made = bridges.join((one, other), Wants(mixed=True))
        await made.open()
        first, second = voices(4, 1), voices(4, 2)
        heard = np.concatenate([bank.beat(first)[2], bank.beat(second)[2]])
        assert np.array_equal(heard, np.concatenate([beep, second[3][40:]]))

    on_loop(body)


def test_a_key_that_is_told_and_not_heard_sounds_for_the_other(on_loop: Callable[[Body], None]) -> None:
    async def body(loop: SampleLoop) -> None:
        bank = Bank(loop, bytes((p.EXT, p.TRUNK)), Remote.does)
        phone, line = Leg(bank.ports["0"]), Leg(bank.ports["1"])
        made = bridges.join((phone, line))
        await made.open()
        silence = np.zeros((2, p.BLOCK), np.int16)
        receiver, heard = DtmfReceiver(), ""
        for key in "7!#":
            phone.told(Digit(loop.samples, key))
        for _ in range(40):
            played = bank.beat(silence)
            assert not played[0].any(), "who presses hears nothing of it"
            heard += "".join(digit.digit for digit in receiver.feed(played[1]) if digit.end is None)
        assert heard == "7#"
        await asyncio.sleep(0)

    on_loop(body)
