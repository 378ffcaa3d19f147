"""What can stand in the HAT's place: the CPython stand-in, or the firmware: on MicroPython, on its CPython twin,
or as the image it is flashed with on an emulated RP2040."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from board.virtual.handset import Handset
from board.virtual.hat.micro import MicroHat
from board.virtual.hat.stand_in import Hat
from board.virtual.line import Line
from board.virtual.mcu import interpreter
from board.virtual.microcontroller import Microcontroller

KINDS: Final = ("standin", "micropython", "twin", "rp2040")

Maker = Callable[[dict[str, Line], Handset], Microcontroller]


def best() -> str:
    """The kind to run where it matters: the firmware, on MicroPython if this machine has one, else on its twin."""
    return "twin" if interpreter.command() is None else "micropython"


def maker(kind: str) -> Maker:
    """What makes a HAT of a kind, for ``Board(hat=...)``. Raises ValueError on a kind that is none."""
    if kind not in KINDS:
        raise ValueError(f"HAT {kind!r}: expected one of {', '.join(KINDS)}")
    if kind == "standin":
        return Hat
    return lambda lines, handset_c: MicroHat(lines, handset_c, engine=kind)
