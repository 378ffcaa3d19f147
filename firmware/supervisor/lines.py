"""Choosing a line for a call that goes out, and taking it: off hook, dial tone, digits.

A line in use is never touched: by a parallel telephone, by another call, or ringing. An emergency call takes the line
from another call when none is free.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Container, Iterable

from drivers.link import LinkError
from drivers.ports.bank import Port
from drivers.signals import tones
from drivers.signals.countries import Country
from firmware.hat import protocol as p
from firmware.supervisor.legs import Leg

DIAL_TONE_WAIT_S = 3.0
BLIND_PAUSE_S = 1.0  # before dialling without having heard a dial tone
HANG_UP_S = 1.2  # on hook this long, and the exchange gives a fresh dial tone


def free(lines: Iterable[Port], taken: Container[str]) -> Port | None:
    """The first line that nobody uses; ``taken``: names of the lines with a call, be it only ringing."""
    candidates = [
        port for port in lines if usable(port) and port.user is None and not port.ringing and port.name not in taken
    ]
    return min(candidates, key=_unrest, default=None)


def _unrest(port: Port) -> float:
    """Seconds that a line must still stay on hook before the exchange gives a fresh dial tone."""
    return max(0.0, HANG_UP_S - (port.bank.loop.samples - port.on_hook_since) / p.RATE)


def usable(port: Port) -> bool:
    """Whether a line works and no parallel telephone is on it."""
    return port.battery and not port.in_use and not port.out_of_order


async def seize(port: Port, country: Country) -> tuple[Leg, bool]:
    """Goes off hook and waits for dial tone; whether it was heard. Raises LinkError, or Gone if the line drops."""
    leg = Leg(port)
    try:
        heard: list[str] = []
        leg.on_tone_heard = lambda tone: heard.append(tone.tone)
        leg.ignore_tones = True
        port.listen_for_tones(country)
        await leg.pause(_unrest(port))
        await port.command(p.OP_OFFHOOK)
        dial_tone = await leg.until(lambda: any(name in ("dial", "stutter") for name in heard), DIAL_TONE_WAIT_S)
        if not dial_tone:
            await leg.pause(BLIND_PAUSE_S)
        leg.ignore_tones = False
        leg.on_tone_heard = lambda tone: None
        return leg, dial_tone
    except BaseException:
        await let_go(leg)
        raise


async def send(leg: Leg, digits: str) -> None:
    """Dials digits as tones."""
    await leg.sound(tones.dtmf(digits), stop_on_key=False)


async def hang_up(port: Port) -> None:
    """Hangs up a line that nobody uses; a HAT that has gone does it by itself."""
    with contextlib.suppress(LinkError):
        await port.command(p.OP_ONHOOK)


async def let_go(leg: Leg) -> None:
    """Hangs the line up and gives the port back. The port stays taken until the HAT has hung up."""
    if not leg.owns_port:
        return
    try:
        await asyncio.shield(leg.port.command(p.OP_ONHOOK))
    finally:
        leg.port.on_hook_since = leg.port.bank.loop.samples
        leg.release()
