"""Two legs bridged on the HAT, slot to slot, until one side goes.

The Pi keeps hearing both sides. Nothing that sounds like a tone ends a conversation between people; a loop drop, a
reversal after a sure answer, or a handset put down does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from drivers.link import LinkError
from firmware.supervisor.calls.endings import Gone
from firmware.supervisor.calls.legs import Leg


async def bridge(first: Leg, second: Leg) -> None:
    """Connects two legs. Raises LinkError."""
    first.ignore_tones = second.ignore_tones = True
    await first.port.bank.bridge(first.port, second.port)


async def unbridge(first: Leg, second: Leg) -> None:
    """Takes two legs apart again; a HAT that is gone has done so already."""
    try:
        await first.port.bank.unbridge(first.port, second.port)
    except LinkError:
        return


@contextlib.asynccontextmanager
async def bridged(first: Leg, second: Leg) -> AsyncIterator[None]:
    """Two legs connected for the length of the block, however it ends. Raises LinkError."""
    await bridge(first, second)
    try:
        yield
    finally:
        await unbridge(first, second)


async def until_one_goes(first: Leg, second: Leg) -> tuple[Leg, Gone]:
    """Waits for the end of a conversation: the leg that went, the earlier one if both did, and how."""
    waits = [asyncio.ensure_future(leg.until(lambda: False, None)) for leg in (first, second)]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            with contextlib.suppress(Gone):
                wait.result()
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    went = [(leg, leg.gone) for leg in (first, second) if leg.gone is not None]
    return min(went, key=lambda one: one[1].at)
