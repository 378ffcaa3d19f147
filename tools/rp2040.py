"""The HAT's image on an emulated RP2040: ``python -m tools.rp2040 [--seconds N] [--load idle|one|four] [--json]``.

The image of ``make firmware`` runs with the virtual board's chips on its SPI and PCM pins and a Pi's side of the link
on its UART, at 128 MHz of board time. ``idle``: nobody is off hook; ``one``: line A streams both ways; ``four``: both
lines and both handsets do, and handset D flashes once a second. Flash writes take no time and instructions no cache
misses in this emulator, so a real board is slower by what those cost.

JSON: ``boot_ms`` (reset to the first byte of audio for the Pi), ``gc_max_ms`` (the longest collection while audio
streams; the program collects once a second), ``heap_free_kb`` (the least), ``blocks`` (of audio that came up),
``blocks_lost`` (upward ones that nobody fetched in time, downward ones that came late or not at all), ``loop_max_ms``
(the longest slot), ``spi_us_per_byte`` (the median), ``crc_errors`` (both ways), ``seconds`` (board time),
``unaligned`` (32-bit reads that a Cortex-M0+ faults on), ``resets`` (by the watchdog).

Exit codes: 0 it ran, 1 the board fell silent, 2 no image or a wrong command line.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
from typing import Any

from board.virtual.board import Board
from board.virtual.hat.micro import MicroHat
from board.virtual.mcu.rp2040.chip import STRETCH
from board.virtual.mcu.rp2040.engine import IMAGE, Emulated
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

READY_BLOCKS = 75  # chips are up after 1.3 s
SETTLE_BLOCKS = 50  # the answer's start, and the STATUS that still counts what was before
LOADS = ("idle", "one", "four")
SILENT_BLOCKS = 100
SPI_LIST_US = 200.0  # bytes further apart than this are not of one list


class Silent(Exception):
    """Raised when the board says nothing any more."""


class Pi:
    """The Pi's end, block by block: answers audio with the same sound, acks events, keeps STATUS."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.statuses: list[tuple[Any, ...]] = []
        self.events: list[tuple[int, str]] = []
        self.ups = 0
        self.flawed = 0
        """Upward blocks that say that a downward one came late or not at all."""
        self.bad_frames = 0
        self._splitter = Splitter()
        self._seq = 0
        self._out = b""
        self._quiet = 0

    def request(self, kind: int, port: int, payload: bytes) -> None:
        """Sends a request with the next block; its answer is not waited for."""
        self._seq += 1
        self._out += frame(kind, port, self._seq, 0, payload)

    def command(self, op: int, port: int, *values: Any) -> None:
        self.request(p.CMD, port, p.pack(p.CMD, op, 0, p.pack_args(p.OPS, op, *values)))

    def block(self) -> None:
        """One block of 20 ms. Raises Silent."""
        out, self._out = self._out, b""
        self.board.receive(out)
        data = self.board.tick()
        self._quiet = 0 if data else self._quiet + 1
        if self._quiet > SILENT_BLOCKS:
            raise Silent(f"the board has said nothing for {SILENT_BLOCKS * 20 // 1000} s")
        for piece in self._splitter.feed(data):
            try:
                self._frame(*parse(piece))
            except FrameError:
                self.bad_frames += 1

    def _frame(self, kind: int, port: int, seq: int, ts: int, payload: bytes) -> None:
        if kind == p.AUDIO_UP:
            flags, _, _, data = p.unpack(kind, payload)
            self.ups += 1
            self.flawed += bool(flags & (p.FLAG_LATE | p.FLAG_MISSING))
            self._out += frame(p.AUDIO_DOWN, port, seq, ts, data)
        elif kind == p.EVENT:
            self._out += frame(p.ACK, port, seq, ts, p.pack(p.ACK, p.EVENT, seq, p.OK))
            self.events.append((port, p.EVENTS[p.unpack(kind, payload)[0]][0]))
        elif kind == p.STATUS:
            self.statuses.append(p.unpack(kind, payload))


def measure(seconds: float, load: str) -> dict[str, Any]:
    """Boots a fresh board and lets it run ``seconds`` of board time under a load. Raises Silent, RuntimeError."""
    board = Board("CA", seed=1, hat=lambda lines, handset: MicroHat(lines, handset, engine="rp2040"))
    pi = Pi(board)
    for _ in range(READY_BLOCKS):
        pi.block()
    assert isinstance(board.hat, MicroHat)
    emulated = board.hat.emulated
    assert emulated is not None
    pi.request(p.HELLO, p.NO_PORT, p.pack(p.HELLO, p.VERSION, 1))
    if load != "idle":
        pi.command(p.OP_OFFHOOK, 0)
    if load == "four":
        pi.command(p.OP_OFFHOOK, 1)
        for name in "CD":
            board.handsets[name].lift()
    for _ in range(SETTLE_BLOCKS):
        pi.block()
    before = pi.statuses[-1] if pi.statuses else None
    pi.statuses.clear()
    ups, flawed, bad = pi.ups, pi.flawed, pi.bad_frames
    for block in range(round(seconds * 50)):
        if load == "four" and block % 50 == 25:
            board.handsets["D"].flash(300)
        pi.block()
    board.close()
    return _figures(pi, before, emulated, seconds, ups, flawed, bad)


def _figures(
    pi: Pi, before: tuple[Any, ...] | None, emulated: Emulated, seconds: float, ups: int, flawed: int, bad: int
) -> dict[str, Any]:
    statuses = pi.statuses
    first, last = before or (statuses[0] if statuses else None), statuses[-1] if statuses else None
    overruns = (last[6] - first[6]) & 0xFFFF if first and last else 0
    chip = emulated.chip
    gaps = [b - a for a, b in itertools.pairwise(chip.spi_at) if b - a < SPI_LIST_US]
    began = chip.uart.first_at
    return {
        "boot_ms": round(began / STRETCH / 1e6, 1) if began is not None else None,
        "gc_max_ms": max((status[1] for status in statuses), default=0) / 1000 if statuses else None,
        "heap_free_kb": round(min(status[0] for status in statuses) / 1024, 1) if statuses else None,
        "blocks": pi.ups - ups,
        "blocks_lost": overruns + pi.flawed - flawed,
        "loop_max_ms": max(status[2] for status in statuses) / 1000 if statuses else None,
        "spi_us_per_byte": round(statistics.median(gaps), 1) if gaps else None,
        "crc_errors": pi.bad_frames - bad + ((last[4] - first[4]) & 0xFFFF if first and last else 0),
        "seconds": seconds,
        "unaligned": chip.unaligned,
        "resets": emulated.resets,
    }


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="tools.rp2040", description="Boots the HAT's image on an emulated RP2040.")
    parser.add_argument("--seconds", type=float, default=5.0, help="board time to measure (about 15 s of CPU each)")
    parser.add_argument("--load", choices=LOADS, default="idle")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    if not 0 < options.seconds <= 3600:
        print(f"tools.rp2040: --seconds {options.seconds}: expected more than 0, at most 3600", file=sys.stderr)
        return 2
    if not IMAGE.exists():
        print(f"tools.rp2040: {IMAGE}: no image of the HAT (make firmware)", file=sys.stderr)
        return 2
    try:
        figures = measure(options.seconds, options.load)
    except Silent as error:
        print(f"tools.rp2040: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures) if options.json else "\n".join(f"{name:16} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
