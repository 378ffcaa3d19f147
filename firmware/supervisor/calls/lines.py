"""Choosing a line for a call that goes out, and taking it: off hook, dial tone, digits.

A line in use is never touched: by a parallel telephone, by another call, or ringing. An emergency call takes the line
from another call when none is free.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Container, Iterable

import numpy as np
import numpy.typing as npt

from drivers.link import LinkError
from drivers.ports.port import Port
from drivers.signals import tones
from drivers.signals.countries import Country
from drivers.signals.ready import ReadyToDial
from firmware.hat.protocol import RATE
from firmware.supervisor.calls.legs import Leg

Samples = npt.NDArray[np.int16]

DIAL_TONE_WAIT_S = 3.0
SOUND_LINE_WAIT_S = 1.5  # the same in a hurry, where the line feeds a telephone as it should
DIAL_TONES = ("dial", "stutter")
LEAST_MA, LEAST_VOLTS = 13, 3  # of a line chip that works: LCS 00100, LVS (Si3050; reference/hardware.md 1.1)
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
    return max(0.0, HANG_UP_S - (port.now - port.on_hook_since) / RATE)


def usable(port: Port) -> bool:
    """Whether a line works and no parallel telephone is on it."""
    return port.battery and not port.in_use and not port.out_of_order


async def seize(port: Port, country: Country, *, hurry: bool = False) -> tuple[Leg, bool]:
    """Goes off hook and waits for dial tone; whether it was heard. Raises LinkError, or Gone if the line drops.

    ``hurry``: on a line with voltage and loop current the wait is short, since a number that was sent too early can be
    sent again (``late_dial_tone``). Nobody else takes that risk: an exchange that misses a digit calls somebody else.
    """
    leg = Leg(port)
    try:
        await leg.pause(_unrest(port))
        await port.take_up()
        dial_tone = await _dial_tone(leg, country, SOUND_LINE_WAIT_S if hurry else DIAL_TONE_WAIT_S)
        if not dial_tone and not (hurry and _feeds(port)):
            left_s = DIAL_TONE_WAIT_S - SOUND_LINE_WAIT_S if hurry else 0.0
            dial_tone = await _dial_tone(leg, country, left_s + BLIND_PAUSE_S)
        return leg, dial_tone
    except BaseException:
        await let_go(leg)
        raise


async def take_again(leg: Leg, country: Country) -> None:
    """Hangs a line up and takes it anew, with all the patience there is for its dial tone. Raises LinkError, Gone."""
    await leg.port.hang_up()
    await leg.pause(HANG_UP_S)
    await leg.port.take_up()
    await _dial_tone(leg, country, DIAL_TONE_WAIT_S + BLIND_PAUSE_S)
    leg.ignore_tones = True


async def _dial_tone(leg: Leg, country: Country, within_s: float) -> bool:
    """Whether dial tone is heard in this time."""
    ready = ReadyToDial(country)

    def hear(raw: Samples, heard: Samples) -> None:
        if ready.feed(raw):
            leg.wake()

    leg.ignore_tones = True
    try:
        with leg.port.tap(hear):
            return await leg.until(lambda: ready.heard, within_s)
    finally:
        leg.ignore_tones = False
        leg.port.listen_for_tones(country)


def _feeds(port: Port) -> bool:
    """Whether the line, off hook, has the voltage and the loop current that a telephone needs; False: not known."""
    return port.feed is not None and port.feed[0] >= LEAST_VOLTS and port.feed[1] >= LEAST_MA


async def send(leg: Leg, digits: str) -> None:
    """Dials digits as tones."""
    await leg.sound(tones.dtmf(digits), stop_on_key=False)


async def hang_up(port: Port) -> None:
    """Hangs up a line that nobody uses; a HAT that has gone does it by itself."""
    with contextlib.suppress(LinkError):
        await port.hang_up()


async def let_go(leg: Leg) -> None:
    """Hangs the line up and gives the port back. The port stays taken until the HAT has hung up."""
    if not leg.owns_port:
        return
    try:
        await asyncio.shield(leg.port.hang_up())
    finally:
        leg.release()
