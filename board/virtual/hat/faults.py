"""What can be wrong with the HAT and its chips, by name: reference/hardware.md 8.1 and what a field tech meets.

``FAULTS`` says on which kind of port each can be; those of ``WHOLE_BOARD`` are no port's. ``inject`` makes or mends
one. Faults of the serial line, the pairs and the telephones are the board's own (``board.Board.fault``).
"""

from __future__ import annotations

from typing import Final

from board.virtual.chips.bench import FXO, FXS, Bench
from board.virtual.chips.chip import Chip
from board.virtual.chips.si3050 import Si3050
from board.virtual.chips.si3210 import Si3210

FAULTS: Final[dict[str, type[Chip]]] = {
    "chip silent": Chip,  # nothing drives the data line under its select
    "clock stop": Chip,  # its PCLK is open
    "isolation lost": Si3050,
    "battery missing": Si3210,
    "battery leaks": Si3210,
    "calibration stuck": Si3210,
    "ring short": Si3210,
    "short": Si3210,
    "interrupt stuck": Chip,  # the chip holds the line, which it shares with its like, low
    "interrupt wire stuck": Chip,  # the line itself is shorted to ground
    "miso high": Chip,
    "brown-out": Chip,
    "pcm clock": Chip,
    "RTS stuck": Chip,
    "collection slow": Chip,  # every collection of garbage stands still for 10 ms
    "DMA missed": Chip,  # once a second the program comes a block too late to wind a channel back
}
WHOLE_BOARD: Final = ("miso high", "brown-out", "pcm clock", "RTS stuck", "collection slow", "DMA missed")

_OF_A_CHIP: Final = {
    "chip silent": "silent",
    "clock stop": "clock_stopped",
    "isolation lost": "isolation_lost",
    "battery missing": "battery_missing",
    "battery leaks": "leaky",
    "calibration stuck": "calibration_stuck",
    "ring short": "ring_short",
    "short": "shorted",
    "interrupt stuck": "interrupt_stuck",
}
_OF_THE_BOARD: Final = {
    "miso high": "miso_high",
    "RTS stuck": "rts_stuck",
    "collection slow": "collection_slow",
    "DMA missed": "dma_missed",
}
SUPPLY_MV, BROWN_OUT_MV = 5050, 4200


def inject(bench: Bench, what: str, port: int, on: bool) -> None:
    """Makes or mends a fault. Raises ValueError on an unknown one, or on the wrong kind of port."""
    if what not in FAULTS:
        raise ValueError(f"HAT fault {what!r}: expected one of {', '.join(FAULTS)}")
    chips = bench.chips
    if not 0 <= port < len(chips) or not isinstance(chips[port], FAULTS[what]):
        raise ValueError(f"HAT fault {what!r} on port {port}: expected a port it can happen to")
    chip = chips[port]
    if what in _OF_A_CHIP:
        setattr(chip, _OF_A_CHIP[what], on)
    elif what in _OF_THE_BOARD:
        setattr(bench, _OF_THE_BOARD[what], on)
    elif what == "interrupt wire stuck":
        bit = FXO if isinstance(chip, Si3050) else FXS
        bench.interrupt_stuck = bench.interrupt_stuck | bit if on else bench.interrupt_stuck & ~bit
    elif what == "pcm clock":
        for one in chips:
            one.clock_stopped = on
    else:  # brown-out
        bench.mv_5v = BROWN_OUT_MV if on else SUPPLY_MV
        for one in chips:
            if on and isinstance(one, Si3210):  # the converters' load; the lines' chips ride through
                one.brown_out()
