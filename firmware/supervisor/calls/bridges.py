"""Parties joined so that they hear each other, until one side goes.

*Direct*: two ports of one HAT, slot to slot; the Pi keeps hearing both, and they talk on when it dies. *Mixed*: by the
box, mix-minus inside the beat (``mixed``), for parties of different banks, for more than two, and wherever the bridge
itself must be able to be silent, to speak or to hide a sound. Nothing that sounds like a tone ends a conversation
between people; a loop drop, a reversal after a sure answer, or a handset put down does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.link import LinkError
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Bridge, Heard, Leg
from firmware.supervisor.calls.mixed import Mixed


@dataclass(frozen=True)
class Wants:
    """What a bridge must be able to do beside joining. ``hidden``: not all of one party is for the others.

    ``announced``: the box speaks into it. ``mixed``: more may come. ``emergency``: none of these; it is to outlive the
    box wherever it can.
    """

    hidden: bool = False
    announced: bool = False
    mixed: bool = False
    emergency: bool = False


TO_TALK: Final = Wants()


def join(legs: Sequence[Leg], wants: Wants = TO_TALK) -> Bridge:
    """A bridge of these legs, direct where it can be and may be; to be opened."""
    first, *others = legs
    can = len(others) == 1 and all(
        leg.port.does.bridges and leg.port.bank is first.port.bank and leg.port is not first.port for leg in others
    )
    if can and first.port.does.bridges and (wants.emergency or not (wants.hidden or wants.announced or wants.mixed)):
        return _Direct(first, others[0])
    return _ByTheBox(legs)


async def bridge(*legs: Leg, wants: Wants = TO_TALK) -> None:
    """Connects them. Raises LinkError.

    Tones mean something only where nobody of the house would hear them: two lines are not left to each other.
    """
    made = join(legs, wants)
    for leg in legs:
        leg.ignore_tones = any(other.port.kind == "handset" for other in legs)
        leg.bridge = made
    await made.open()


async def unbridge(*legs: Leg) -> None:
    """Takes them apart again, also two that a HAT has kept together while the box was away."""
    made = legs[0].bridge or join(legs)
    for leg in legs:
        leg.bridge = None
    await made.close()


@contextlib.asynccontextmanager
async def bridged(*legs: Leg, wants: Wants = TO_TALK) -> AsyncIterator[None]:
    """Connected for the length of the block, however it ends. Raises LinkError."""
    await bridge(*legs, wants=wants)
    try:
        yield
    finally:
        await unbridge(*legs)


async def until_one_goes(*legs: Leg, unless: Callable[[], bool] = lambda: False) -> tuple[Leg, Gone] | None:
    """Waits for the end of a conversation: the leg that went, the earlier one if several did, and how.

    None once ``unless`` holds, which is looked at when something happens on one of them. Raises CalledOff.
    """
    waits = [asyncio.ensure_future(leg.until(unless, None)) for leg in legs]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            with contextlib.suppress(Gone):
                wait.result()
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    went = [(leg, leg.gone) for leg in legs if leg.gone is not None]
    return min(went, key=lambda one: one[1].at, default=None)


class _Direct:
    """Slot to slot on the HAT."""

    def __init__(self, first: Leg, second: Leg) -> None:
        self._first = first.port
        self._second = second.port

    async def open(self) -> None:
        await self._first.bank.bridge(self._first, self._second)

    async def close(self) -> None:
        with contextlib.suppress(LinkError):
            await self._first.bank.unbridge(self._first, self._second)


class _ByTheBox:
    """A mix, and the keys of those who only tell of them."""

    def __init__(self, legs: Sequence[Leg]) -> None:
        self._legs = tuple(legs)
        self._mixed: Mixed | None = None
        self._keys: list[Heard[str]] = []

    async def open(self) -> None:
        self._mixed = Mixed([leg.port for leg in self._legs])
        self._keys = [
            leg.hears_keys(functools.partial(self._mixed.press, leg.port))
            for leg in self._legs
            if leg.port.does.tells_keys
        ]

    async def close(self) -> None:
        for hearing in self._keys:
            hearing.close()
        if self._mixed is not None:
            self._mixed.close()
