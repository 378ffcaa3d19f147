"""A handset calls out: a line is taken, the number is dialled, both are bridged, and the line's tones tell the rest.

A telephone line has no sure answer signal. Where the exchange reverses polarity the answer is "exact"; otherwise it is
"estimated" from ringback that stopped or a voice that was heard. Busy and no answer come from the tones.

Emergency: the line is taken from any other call; digits typed after the number pass through to the line.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.ports.port import Port
from firmware.supervisor.calls import bridges, lines
from firmware.supervisor.calls.answer import AnswerWatch
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.late_dial_tone import Redial
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.numbers import Number
from firmware.supervisor.switchboard import waiting

if TYPE_CHECKING:
    from firmware.supervisor.box import Box


async def begin(
    box: Box,
    port: Port,
    number: str,
    *,
    emergency: bool,
    placed: str,
    user: int | None = None,
    e164: str | None = None,
    drill: bool = False,
) -> Call:
    """The log's row of a call that ``port`` is about to place; ``e164`` where it is known without ``number``.

    A ``drill`` takes no line.
    """
    call = box.new_call()
    async with closing(call, "cancelled"):
        e164 = e164 or box.numbers.dialled(number).e164
        contact = None if emergency else await box.contact_of(Number(number, e164))
        await call.begin(
            "out",
            "dialling",
            port=port.name,
            placed=placed,
            user=user,
            number_raw=number,
            number_e164=e164,
            presentation="allowed",
            contact=contact.contact if contact else None,
            name=contact.name if contact else None,
            client=contact.client if contact else "",
            emergency=emergency,
            drill=drill,
        )
        call.note("dialled", number=number)
    return call


async def place(box: Box, handset: Leg, number: str, call: Call, dialled: Callable[[], object] = lambda: None) -> None:
    """Takes a line and sees the call to its end; ``dialled`` is called once the number has been sent.

    Raises Gone when the handset was put down, LinkError with the HAT.
    """
    try:
        async with closing(call, "cancelled"):
            line = await _line(box, call, bool(call.columns["emergency"]))
            if line is None:
                dead = not any(lines.usable(port) for port in box.open_lines())
                await call.end("failed", "box", "no line works" if dead else "no line is free")
                box.alarm.raise_for(call)
                await box.voice.say(handset, "handset.line_dead" if dead else "handset.no_line")
            elif call.columns.get("drill"):
                await _drilled(box, call, handset, line)
            else:
                await _through(box, call, handset, line, number, dialled)
    finally:
        box.alarm.raise_for(call)


async def _drilled(box: Box, call: Call, handset: Leg, port: Port) -> None:
    """In place of ``_through``: everything but the line. The handset has dial tone afterwards, for real calls."""
    call.note("drilled", "a drill: the line is not taken", line=port.name)
    box.alarm.raise_for(call)
    await box.voice.say(handset, "handset.drill", call)
    await call.end("cancelled", "box", "a drill: nobody was called")
    box.give_dial_tone(handset)


async def _line(box: Box, call: Call, emergency: bool) -> Port | None:
    """A line for the call, cleared for it if this is an emergency."""
    port = lines.free(box.open_lines(), box.on_line)
    if port is None and call.columns.get("drill"):
        port = next((port for port in box.open_lines() if lines.usable(port)), None)
    elif port is None and emergency:
        port = await box.clear_a_line()
        if port is not None:
            call.note("decision", "emergency: the line is taken from another call", line=port.name)
    if port is not None:
        call.change(line=port.name)
    return port


async def _through(box: Box, call: Call, handset: Leg, port: Port, number: str, dialled: Callable[[], object]) -> None:
    """Takes the line, dials, bridges, and follows the call until one side goes."""
    line: Leg | None = None
    box.on_line[port.name] = call
    try:
        hurry = bool(call.columns["emergency"])
        line, dial_tone = await lines.seize(port, box.country, hurry=hurry)
        call.note("seized", "" if dial_tone else "no dial tone was heard", line=port.name)
        await lines.send(line, number)
        dialled()
        while handset.keys:  # what was typed since passes through
            await lines.send(line, handset.keys.popleft().replace("!", ","))
        async with contextlib.AsyncExitStack() as watches:
            await watches.enter_async_context(bridges.bridged(handset, line))
            box.alarm.raise_for(call)
            call.change(stage="ringing")
            call.segment("outside", number)
            watch = AnswerWatch(line, call, box.country)
            await watches.enter_async_context(waiting.Watch(box, call, line, handset))
            if hurry and not dial_tone:
                await watches.enter_async_context(Redial(call, line, handset, box.country, number, watch.again))
            gone_leg, gone = await bridges.until_one_goes(handset, line)
            watch.close()
        outcome = "interrupted" if gone.by == "link" else watch.outcome(far_end_gone=gone_leg is line)
        await call.end(outcome, gone.by, gone.why, at=gone.at)
        if gone_leg is handset:
            raise gone
    finally:
        if line is not None:
            await lines.let_go(line)
        box.leave_line(port.name, call)
