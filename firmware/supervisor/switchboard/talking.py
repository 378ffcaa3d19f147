"""Two people talk: bridged, watched, until one goes. Every flow that joins two parties comes through here."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.endings import Ending, Gone
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.reasons import because

Watch = AbstractAsyncContextManager[object]


@dataclass(frozen=True)
class Ended:
    """How a conversation ended: which leg went, and how."""

    leg: Leg
    gone: Gone

    def ending(self, outcome: str) -> Ending:
        """As the log has it; a handset that was put down is named."""
        put_down = self.gone.by == "handset"
        return Ending.of(
            self.gone, outcome, because("handset put down", handset=self.leg.port.name) if put_down else None
        )


@contextlib.asynccontextmanager
async def _left_bridged(first: Leg, second: Leg) -> AsyncIterator[None]:
    """Two legs that the HAT has bridged already; taken apart however the block ends."""
    try:
        yield
    finally:
        await bridges.unbridge(first, second)


async def talk(
    first: Leg, second: Leg, begun: Callable[[], Iterable[Watch]] = tuple, *, bridged: bool = False
) -> Ended:
    """Has the two talk until one goes. ``begun`` is called once they hear each other, and gives what watches them.

    ``bridged``: the HAT has kept them together. Raises LinkError.
    """
    joined = _left_bridged(first, second) if bridged else bridges.bridged(first, second)
    async with contextlib.AsyncExitStack() as watching:
        await watching.enter_async_context(joined)
        for watch in begun():
            await watching.enter_async_context(watch)
        return Ended(*await bridges.until_one_goes(first, second))
