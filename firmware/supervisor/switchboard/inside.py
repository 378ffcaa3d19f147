"""Handset calls handset: the other one rings, the caller hears ringback, both are bridged on the HAT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.ports.port import Port
from drivers.signals.tones import ToneSource
from firmware.supervisor.calls import bridges
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.ringing import Ringing

if TYPE_CHECKING:
    from firmware.supervisor.box import Box

RING_S = 60.0


async def place(box: Box, caller: Leg, to: Port) -> None:
    """Rings ``to`` for ``caller`` until one of them ends it. Raises Gone when the caller hung up."""
    call = box.new_call()
    callee: Leg | None = None
    try:
        async with closing(call, "cancelled"):
            await call.begin(
                "internal", "ringing", port=caller.port.name, extension=box.extension(to), placed="handset"
            )
            call.note("dialled", handset=to.name)
            if to is caller.port or to.user is not None or to.off_hook or to.out_of_order:
                call.answered_by("busy")
                await call.end("busy", "box", "handset in use")
                await _tone_until_gone(box, caller, "busy")
            callee = await _ring(box, caller, to)
            if callee is None:
                await call.end("no answer", "box", "nobody came to the handset")
                await _tone_until_gone(box, caller, "busy")
                return
            await _talk(call, caller, callee)
    finally:
        if callee is not None:
            box.leave_off_hook(callee)


async def _talk(call: Call, caller: Leg, callee: Leg) -> None:
    """Both speak until one puts down. Raises Gone when it was the caller."""
    async with bridges.bridged(caller, callee):
        call.answered("exact")
        call.note("answered", "the handset was lifted", how="exact")
        call.change(stage="talking")
        call.segment("handset", callee.port.name)
        call.answered_by("person")
        gone_leg, gone = await bridges.until_one_goes(caller, callee)
    outcome = "interrupted" if gone.by == "link" else "connected"
    why = gone.why if gone.by == "box" else f"handset {gone_leg.port.name} put down"
    await call.end(outcome, gone.by, why, at=gone.at)
    if gone_leg is caller:
        raise gone


async def _ring(box: Box, caller: Leg, to: Port) -> Leg | None:
    """The callee's leg once the handset is lifted, or None after RING_S."""
    shown = Shown(box.extension(caller.port), box.label(caller.port), box.calendar.now())
    ringback = caller.port.play(ToneSource(box.country.tones["ringback"]))
    try:
        async with Ringing(to, box.country, shown, caller.wake) as ringing:
            await caller.until(lambda: ringing.lifted, RING_S)
    finally:
        ringback.stop()
    return Leg(to) if ringing.lifted else None


async def _tone_until_gone(box: Box, leg: Leg, tone: str) -> None:
    await leg.sound(ToneSource(box.country.tones[tone]), stop_on_key=False)
