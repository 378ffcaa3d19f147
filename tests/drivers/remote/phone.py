"""``python -m tests.drivers.remote.phone SOCKET [...]``: a telephone elsewhere, with a clock of its own.

It plays a HAT of one port for the box that connects to SOCKET. When it is rung it lifts after a while; it says a tone
for as long as it is off hook, types what it is told to, and writes what its ear hears (int16 at its own clock). Between
its clock and the box's lie an elastic buffer and a resampler each way, as in every gateway.
"""

from __future__ import annotations

import argparse
import socket
from pathlib import Path
from typing import Any

from drivers.signals import g711, tones
from drivers.signals.elastic import Elastic
from drivers.signals.tonespec import parse
from firmware.gateways.played import Played
from firmware.hat import protocol as p

SECOND = p.RATE // p.BLOCK  # beats


class Phone:
    """What stands behind the one port."""

    def __init__(self, options: argparse.Namespace, line: socket.socket) -> None:
        self._played = Played(line, bytes([p.EXT]), self)
        self._options = options
        self._samples = 0  # of its own clock, in millionths
        self._mouth, self._ear = Elastic(), Elastic()
        self._tone = tones.ToneSource(parse(options.says)) if options.says else None
        self._due: list[tuple[int, int, tuple[Any, ...]]] = []  # beat, event, arguments
        self._beat = 0
        self._lifted = False
        self._heard = bytearray()
        if options.lifts_at is not None:
            self._due.append((round(options.lifts_at * SECOND), p.EV_HOOK_OFF, ()))

    def serve(self) -> None:
        self._played.serve()
        Path(self._options.hears).write_bytes(self._heard)

    def command(self, op: int, port: int, args: tuple[Any, ...]) -> int:
        if op == p.OP_RING and self._options.lifts_after is not None:
            self._due.append((self._beat + round(self._options.lifts_after * SECOND), p.EV_HOOK_OFF, ()))
        return p.OK if op in (p.OP_RING, p.OP_RING_STOP) else p.ERR_UNKNOWN

    def block(self, ts: int, mask: int, codes: bytes) -> tuple[int, bytes]:
        self._beat += 1
        for event in [event for event in self._due if event[0] <= self._beat]:
            self._due.remove(event)
            self._tell(event[1], event[2])
        self._ear.put(g711.decode(codes or bytes([g711.SILENCE["mu"]]) * p.BLOCK))
        self._samples += p.BLOCK * (1_000_000 + self._options.ppm)
        while self._samples >= p.BLOCK * 1_000_000:  # its own 20 ms are over
            self._samples -= p.BLOCK * 1_000_000
            heard = self._ear.take(p.BLOCK)
            if self._lifted:
                self._heard += heard.tobytes()
            if self._lifted and self._tone is not None:
                self._mouth.put(self._tone.read(p.BLOCK))
        return (1, g711.encode(self._mouth.take(p.BLOCK)).tobytes()) if self._lifted else (0, b"")

    def _tell(self, kind: int, args: tuple[Any, ...]) -> None:
        self._played.tell(0, kind, *args)
        if kind != p.EV_PULSE_DIGIT:
            self._lifted = kind == p.EV_HOOK_OFF
        if kind == p.EV_HOOK_OFF:
            typed = [(p.EV_PULSE_DIGIT, (ord(key),)) for key in self._options.types]
            first = self._beat + SECOND // 2
            self._due += [(first + at * SECOND // 5, *one) for at, one in enumerate(typed)]
            if self._options.talks is not None:
                self._due.append((self._beat + round(self._options.talks * SECOND), p.EV_HOOK_ON, ()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("socket")
    parser.add_argument("--hears", required=True, help="file for what its ear hears")
    parser.add_argument("--ppm", type=int, default=0, help="how fast its clock is")
    parser.add_argument("--says", default="", help="a tone, as in the country tables")
    parser.add_argument("--types", default="", help="keys, half a second after it is lifted")
    parser.add_argument("--lifts-after", type=float, help="seconds of ringing")
    parser.add_argument("--lifts-at", type=float, help="seconds, without being rung")
    parser.add_argument("--talks", type=float, help="seconds until it is put down")
    options = parser.parse_args()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(options.socket)
        door.listen(1)
        print("ready", flush=True)
        line, _ = door.accept()
        with line:
            Phone(options, line).serve()


if __name__ == "__main__":
    main()
