"""Handset calls handset: the other one rings, the caller hears ringback, both are bridged on the HAT."""

from __future__ import annotations

from drivers.ports.port import Port
from drivers.signals.tones import ToneSource
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.display import Shown
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.calls.ringing import Ringing
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.talking import Watch, talk

RING_S = 60.0


async def place(parts: Parts, caller: Leg, to: Port) -> None:
    """Rings ``to`` for ``caller`` until one of them ends it. Raises Gone when the caller hung up."""
    call = parts.live.new()
    callee: Leg | None = None
    try:
        async with closing(call, "cancelled"):
            await call.begin(
                "internal", "ringing", port=caller.port.name, extension=parts.plan.extension(to.name), placed="handset"
            )
            call.note("dialled", handset=to.name)
            if to is caller.port or not parts.can_ring(to):
                call.answered_by("busy")
                await call.end("busy", "box", because("handset in use"))
                await _tone_until_gone(parts, caller, "busy")
            callee = await _ring(parts, caller, to)
            if callee is None:
                await call.end("no answer", "box", because("nobody came to the handset"))
                await _tone_until_gone(parts, caller, "busy")
                return
            await _talk(parts, call, caller, callee)
    finally:
        if callee is not None:
            parts.off_hook.left(callee)


async def _talk(parts: Parts, call: Call, caller: Leg, callee: Leg) -> None:
    """Both speak until one puts down. Raises Gone when it was the caller."""

    def begun() -> tuple[Watch, ...]:
        call.answered("exact")
        call.note("answered", because("handset lifted"), how="exact")
        call.change(stage="talking")
        call.segment("handset", callee.port.name)
        call.answered_by("person")
        return ()

    ended = await talk(parts, call, caller, callee, begun)
    await call.finish(ended.ending("connected"))
    if ended.leg is caller:
        raise ended.gone


async def _ring(parts: Parts, caller: Leg, to: Port) -> Leg | None:
    """The callee's leg once the handset is lifted, or None after RING_S."""
    name, plan = caller.port.name, parts.plan
    shown = Shown(plan.extension(name), plan.label(caller.port.kind, name), parts.calendar.now())
    ringback = caller.port.play(ToneSource(parts.country.tones["ringback"]))
    try:
        async with Ringing(to, parts.country, shown, caller.wake, anywhere=True) as ringing:
            await caller.until(lambda: ringing.lifted, RING_S)
    finally:
        ringback.stop()
    return Leg(ringing.by) if ringing.lifted and ringing.by.user is None else None


async def _tone_until_gone(parts: Parts, leg: Leg, tone: str) -> None:
    await leg.sound(ToneSource(parts.country.tones[tone]), stop_on_key=False)
