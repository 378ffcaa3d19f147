"""What a HAT is told before it serves, and its half of the lifeline relay. Each raises LinkError.

Gains are in tenths of a dB, cadences in ms (on, off, on ...), a cadence's number is its place in the HAT's table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.ports.port import Port
from drivers.signals.countries import Fxo
from drivers.telephone import Telephone
from firmware.hat import protocol as p

GAIN_LEAST: Final = p.GAIN_LEAST
GAIN_MOST: Final = p.GAIN_MOST
LIFELINE_S: Final = p.LIFELINE_MS / 1000
"""How long a HAT waits for a Pi that is gone before handset C falls to line A."""

_LAWS: Final = {"mu": p.LAW_MU, "a": p.LAW_A}
_CADENCE_STEPS: Final = 8


async def use_law(link: Telephone, law: str) -> None:
    """The companding law of all ports: "mu" or "a"."""
    await link.configure(p.CFG_LAW, _LAWS[law])


async def set_lines(link: Telephone, fxo: Fxo) -> None:
    """The country's line parameters, for all lines."""
    await link.configure(p.CFG_FXO, fxo.ohs, fxo.ohs2, fxo.rz, fxo.rt, fxo.ilim, fxo.dcv, fxo.mini, fxo.acim)


async def set_ringing(link: Telephone, hz: float, volts_peak: int) -> None:
    """How our own handsets are rung."""
    await link.configure(p.CFG_RING, round(hz * 10), volts_peak)


async def set_cadence(link: Telephone, number: int, ms: Sequence[int]) -> None:
    """One cadence of the HAT's table."""
    await link.configure(p.CFG_CADENCE, number, *(*ms, *([0] * _CADENCE_STEPS))[:_CADENCE_STEPS])


async def set_hook(link: Telephone, flash_least_ms: int, flash_most_ms: int, loop_drop_ms: int) -> None:
    """What is a flash of a handset's hook, and what a loop drop of a line."""
    await link.configure(p.CFG_FLASH, flash_least_ms, flash_most_ms)
    await link.configure(p.CFG_CPC, loop_drop_ms)


async def tell_supply(link: Telephone, jack_12v: bool) -> None:
    """Whether 12 V is plugged in."""
    await link.configure(p.CFG_SUPPLY, int(jack_12v))


async def set_impedance(port: Port, acim: int) -> None:
    """A line's AC impedance (Si3050 register 30)."""
    await port.do(p.OP_ACIM, acim)


async def set_hybrid(port: Port, taps: Sequence[int]) -> None:
    """A line's eight hybrid taps (Si3050 registers 45 to 52)."""
    await port.do(p.OP_HYBRID, *taps)


async def set_gain(port: Port, send: int, receive: int) -> None:
    """A line's gains, to the line and from it."""
    await port.do(p.OP_GAIN, send, receive)


async def hear_on_hook(port: Port) -> None:
    """A line is heard while it is on hook: caller ID comes there."""
    await port.do(p.OP_CID_MONITOR, 1)


async def feed(port: Port) -> None:
    """A handset gets its current."""
    await port.do(p.OP_LINEFEED, p.LF_FORWARD)


async def hold_lifeline(link: Telephone, on: bool) -> None:
    """The HAT's half of the lifeline relay: with it, handset C is on the box."""
    await link.command(p.OP_RELAY, p.NO_PORT, int(on))
