"""A handset calls out: a line is taken, the number is dialled, both are bridged, and the line's tones tell the rest.

A telephone line has no sure answer signal. Where the exchange reverses polarity the answer is "exact"; otherwise it is
"estimated" from ringback that stopped or a voice that was heard. Busy and no answer come from the tones.

Emergency: the line is taken from any other call; digits typed after the number pass through to the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.ports.port import Port
from firmware.supervisor.calls import lines
from firmware.supervisor.calls.answer import AnswerWatch
from firmware.supervisor.calls.call import Call
from firmware.supervisor.calls.closing import closing
from firmware.supervisor.calls.endings import Ending
from firmware.supervisor.calls.late_dial_tone import Redial
from firmware.supervisor.calls.legs import Leg
from firmware.supervisor.rules.numbers import Number
from firmware.supervisor.rules.reasons import because
from firmware.supervisor.switchboard.alarm import Alarm
from firmware.supervisor.switchboard.parts import Parts
from firmware.supervisor.switchboard.talking import Watch, talk


async def begin(
    parts: Parts,
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
    call = parts.live.new()
    async with closing(call, "cancelled"):
        e164 = e164 or parts.numbers.dialled(number).e164
        contact = None if emergency else await parts.book.known(Number(number, e164))
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


async def place(
    parts: Parts, alarm: Alarm, handset: Leg, number: str, call: Call, dialled: Callable[[], object] = lambda: None
) -> None:
    """Takes a line and sees the call to its end; ``dialled`` is called once the number has been sent.

    Raises Gone when the handset was put down, LinkError with the HAT.
    """
    try:
        async with closing(call, "cancelled"):
            line = await _line(parts, call, bool(call.columns["emergency"]))
            if line is None:
                dead = not any(lines.usable(port) for port in parts.lines.open())
                await call.end("failed", "box", because("no line works" if dead else "no line is free"))
                alarm.raise_for(call)
                await parts.speaking.say(handset, "handset.line_dead" if dead else "handset.no_line")
            elif call.columns.get("drill"):
                await _drilled(parts, alarm, call, handset, line)
            else:
                await _through(parts, alarm, call, handset, line, number, dialled)
    finally:
        alarm.raise_for(call)


async def _drilled(parts: Parts, alarm: Alarm, call: Call, handset: Leg, port: Port) -> None:
    """In place of ``_through``: everything but the line. The handset has dial tone afterwards, for real calls."""
    call.note("drilled", because("drill takes no line"), line=port.name)
    alarm.raise_for(call)
    await parts.speaking.say(handset, "handset.drill", call)
    await call.end("cancelled", "box", because("drill calls nobody"))
    parts.off_hook.dial_tone(handset)


async def _line(parts: Parts, call: Call, emergency: bool) -> Port | None:
    """A line for the call, cleared for it if this is an emergency."""
    port = parts.lines.free()
    if port is None and call.columns.get("drill"):
        port = next((port for port in parts.lines.open() if lines.usable(port)), None)
    elif port is None and emergency:
        port = await parts.lines.clear_one()
        if port is not None:
            call.note("decision", because("line taken for an emergency"), line=port.name)
    if port is not None:
        call.change(line=port.name)
    return port


async def _through(
    parts: Parts, alarm: Alarm, call: Call, handset: Leg, port: Port, number: str, dialled: Callable[[], object]
) -> None:
    """Takes the line, dials, bridges, and follows the call until one side goes."""
    line: Leg | None = None
    parts.lines.take(port, call)
    try:
        hurry = bool(call.columns["emergency"])
        line, dial_tone = await lines.seize(port, parts.country, hurry=hurry)
        call.note("seized", None if dial_tone else because("no dial tone"), line=port.name)
        await lines.send(line, number)
        dialled()
        while handset.keys:  # what was typed since passes through
            await lines.send(line, handset.keys.popleft().replace("!", ","))
        watch = AnswerWatch(line, call, parts.country, handset.port)

        def begun() -> Iterator[Watch]:
            """The number is out, and the person hears the line."""
            alarm.raise_for(call)
            call.change(stage="ringing")
            call.segment("outside", number)
            watch.listen()
            if hurry and not dial_tone:
                yield Redial(call, line, handset, parts.country, number, watch.listen)

        ended = await talk(parts, call, handset, line, begun)
        watch.close()
        await call.finish(Ending.of(ended.gone, watch.outcome(far_end_gone=ended.leg is line)))
        if ended.leg is handset:
            raise ended.gone
    finally:
        if line is not None:
            await lines.let_go(line)
        parts.lines.leave(port.name, call)
