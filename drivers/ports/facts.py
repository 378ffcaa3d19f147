"""What a port tells of: frozen facts, each with the moment at which it happened.

A HAT, a voice modem and a bank in another process say the same in their own words; ``of_event`` reads the HAT's. Above
``drivers`` nobody knows a chip's or the link's numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivers.signals.callerid.messages import Message
from firmware.hat import faults
from firmware.hat import protocol as p


@dataclass(frozen=True)
class Fact:
    """``at``: when it happened, in samples of the box's clock."""

    at: int


class Lifted(Fact):
    """A handset was lifted."""


class PutDown(Fact):
    """A handset was put down."""


class RingBegan(Fact):
    """The exchange began to ring a line."""


@dataclass(frozen=True)
class RingEnded(Fact):
    """One burst of the exchange's ringing is over; it lasted ``ms``."""

    ms: int


@dataclass(frozen=True)
class BurstEnded(Fact):
    """One burst of our own ringing of a handset is over, the ``number``-th since it rings."""

    number: int


@dataclass(frozen=True)
class Caller(Fact):
    """Who calls, from a port that is told in words and not in sound (a voice modem)."""

    message: Message


class LoopDropped(Fact):
    """The exchange opened the loop of a line that is off hook: the far end has gone."""


class Reversed(Fact):
    """The polarity of a line has changed."""


class InUse(Fact):
    """Somebody else is on the line: a parallel telephone."""


class Free(Fact):
    """Nobody else is on the line any more."""


class BatteryLost(Fact):
    """The line has no voltage."""


class BatteryBack(Fact):
    """The line has voltage again."""


@dataclass(frozen=True)
class OutOfOrder(Fact):
    """Something is wrong with the port, in words; with some faults it still works (``usable``)."""

    why: str
    usable: bool


class Mended(Fact):
    """What was wrong with the port is so no longer."""


class Flashed(Fact):
    """The hook of a handset was pressed for a moment."""


@dataclass(frozen=True)
class Digit(Fact):
    """A digit that the port itself has heard, by dial pulses."""

    key: str


_PLAIN = {
    p.EV_RING_START: RingBegan,
    p.EV_HOOK_OFF: Lifted,
    p.EV_HOOK_ON: PutDown,
    p.EV_FLASH: Flashed,
    p.EV_BATT_LOST: BatteryLost,
    p.EV_BATT_BACK: BatteryBack,
    p.EV_POLREV: Reversed,
    p.EV_CPC: LoopDropped,
    p.EV_LINE_IN_USE: InUse,
    p.EV_LINE_FREE: Free,
    p.EV_CHIP_BACK: Mended,
}


def of_event(kind: int, at: int, args: tuple[Any, ...]) -> Fact | None:
    """The fact that an event of the link tells of a port; None for what concerns no call (temperature, supply ...)."""
    if kind in _PLAIN:
        return _PLAIN[kind](at)
    if kind == p.EV_RING_STOP:
        return RingEnded(at, args[0])
    if kind == p.EV_RING_BURST_END:
        return BurstEnded(at, args[0])
    if kind == p.EV_PULSE_DIGIT:
        return Digit(at, chr(args[0]))
    if kind == p.EV_CHIP_FAULT:
        return OutOfOrder(at, _reason(args[0], bytes(args[1]).decode("utf-8", "replace")), args[0] in faults.USABLE)
    return None


def _reason(code: int, seen: str) -> str:
    """What failed, in words, and what the HAT saw of it: "PCM clock missing: register 22 reads 0x00, ..."."""
    what = faults.TEXT.get(code, f"chip fault {code}")
    return what if seen in ("", what) else f"{what}: {seen}"
