"""The faults a step can make and mend, as sentences: ``link noise 1e-4``, ``HAT stops``, ``isolation lost at A``.

``fault(text)`` reads one and gives what it does to a board; raises ValueError with all there are. ``of_chips(text)``:
whether it needs a HAT that has chips, which the stand-in has not.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from board.virtual.board import MAX_PAUSE_MS, Board
from board.virtual.chips.chip import Chip
from board.virtual.chips.si3050 import Si3050
from board.virtual.chips.si3210 import Si3210
from board.virtual.hat.faults import FAULTS, WHOLE_BOARD

MOST_NOISE = 0.1  # errors a byte; the board takes no more
SENTENCES = {
    "link noise RATE": re.compile(r"link noise (?P<rate>\d+(?:\.\d+)?(?:e-?\d+)?)"),
    "link quiet": re.compile(r"link quiet"),
    "link pause MS": re.compile(r"link pause (?P<ms>\d+)"),
    "HAT stops": re.compile(r"HAT stops"),
    "HAT starts": re.compile(r"HAT starts"),
    "line A cut": re.compile(r"line (?P<cut>[AB]) cut"),
    "line A mended": re.compile(r"line (?P<mended>[AB]) mended"),
    "hook bounce at C|D": re.compile(r"hook bounce at (?P<bounce>[CD])"),
    "hook bounce at C|D mended": re.compile(r"hook bounce at (?P<still>[CD]) mended"),
}
MENDED = " mended"
PORTS_OF = {Chip: "ABCD", Si3050: "AB", Si3210: "CD"}
_CHIPS = {
    f"{name} at {port}": (name, port)
    for name, kind in FAULTS.items()
    if name not in WHOLE_BOARD
    for port in PORTS_OF[kind]
} | {name: (name, "A") for name in WHOLE_BOARD}
_PLAIN = {"link quiet": ("noise", 0.0), "HAT stops": ("stop", 0.0), "HAT starts": ("start", 0.0)}
CHIP_SENTENCES = tuple(
    name if name in WHOLE_BOARD else f"{name} at {'|'.join(PORTS_OF[kind])}" for name, kind in FAULTS.items()
)
"""As they are shown; each with ``mended`` behind it when it goes."""


def of_chips(text: str) -> bool:
    """Whether the sentence is a fault of the HAT's chips, or its end."""
    return text.removesuffix(MENDED) in _CHIPS


def fault(text: str) -> Callable[[Board], None]:
    """What the sentence does to a board, from its next block on. Raises ValueError."""
    if of_chips(text):
        name, port = _CHIPS[text.removesuffix(MENDED)]
        return lambda board: board.fault(name, not text.endswith(MENDED), line=port)
    match = next((found for form in SENTENCES.values() if (found := form.fullmatch(text))), None)
    if match is None:
        raise ValueError(f"{text!r}: expected one of {', '.join([*SENTENCES, *CHIP_SENTENCES])}")
    parts = match.groupdict()
    if "rate" in parts:
        rate = float(parts["rate"])
        if rate > MOST_NOISE:
            raise ValueError(f"{text!r}: expected at most {MOST_NOISE} errors a byte")
        return lambda board: board.fault("noise", rate)
    if "ms" in parts:
        ms = int(parts["ms"])
        if ms > MAX_PAUSE_MS:
            raise ValueError(f"{text!r}: expected at most {MAX_PAUSE_MS} ms")
        return lambda board: board.fault("pause", ms)
    if "cut" in parts:
        return lambda board: board.fault("cut", line=parts["cut"])
    if "mended" in parts:
        return lambda board: board.fault("mend", line=parts["mended"])
    if "bounce" in parts or "still" in parts:
        bounces = "bounce" in parts
        handset = parts["bounce"] if bounces else parts["still"]
        return lambda board: board.fault("hook bounce", bounces, line=handset)
    what, value = _PLAIN[text]
    return lambda board: board.fault(what, value)
