"""Whoever waits on a call: music, or each other; who goes meanwhile is known at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from drivers.signals.countries import Country
from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.music import Music
from firmware.supervisor.rules.reasons import because

LEFT: Final = because("rang off")  # why the dialog of who has put them on hold is called off


@contextlib.asynccontextmanager
async def music(leg: Leg, country: Country) -> AsyncIterator[None]:
    """One waits alone. A line whose exchange gives busy tone meanwhile has nobody on it any more."""
    on_line = leg.port.kind == "line"
    leg.ignore_tones = not on_line
    if on_line:
        leg.port.listen_for_tones(country, answered=True)
    playing = leg.port.play(Music())
    try:
        yield
    finally:
        playing.stop()
        if on_line:
            leg.port.listen_for_tones(None)
        leg.ignore_tones = True


@contextlib.asynccontextmanager
async def on_hold(others: Sequence[Leg], holder: Leg, country: Country) -> AsyncIterator[None]:
    """The others wait while ``holder`` is with the assistant, whose dialog is called off when one of them goes."""
    waits = [asyncio.ensure_future(other.until(lambda: False, None)) for other in others]
    for wait in waits:
        wait.add_done_callback(lambda done: None if done.cancelled() else holder.call_off(LEFT))
    try:
        async with music(others[0], country) if len(others) == 1 else bridges.bridged(*others):
            yield
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        holder.go_on()
