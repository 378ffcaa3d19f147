"""``python -m firmware.gateways.names --fd N``: which of the typed names was said, over an inherited socket.

JSON lines. In: ``{"names": [["Paul Roy", "sounds like"], ...]}`` and ``{"sound": BASE64}`` (int16 little-endian, 8 kHz,
at most LONGEST_S). Out, one for each: ``{"ready": n}`` and ``{"guesses": [{"contact": n, "score": x, "gap": x}],
"band": "accept" / "confirm" / "again"}``; ``{"error": "..."}`` where it was no such line. The far end closing ends it.
Memory and processor time are limited, whatever is sent.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import dataclasses
import json
import resource
import socket
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from drivers.signals.resample import Resampler
from models.files import ModelError
from models.names.decoder import RATE, Decoder
from models.names.scorer import Name, NameScorer, band
from models.names.tuning import bands

LONGEST_S = 8
LARGEST_LINE = 4 << 20
MOST_NAMES = 2000
MEMORY = 2 << 30


class Desk:
    """Answers lines, one after the other. Raises ModelError at the start where the decoder is missing."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._scorer = NameScorer(self._decoder, ())
        self._names = 0

    def answer(self, line: bytes) -> dict[str, Any]:
        """What is to be sent back for one line."""
        try:
            asked = json.loads(line)
            if "names" in asked:
                return self._take(asked["names"])
            return self._guess(base64.b64decode(asked["sound"], validate=True))
        except (ValueError, TypeError, KeyError, binascii.Error) as error:
            return {"error": f"a line with names or sound was expected ({type(error).__name__}: {error})"}

    def _take(self, rows: list[list[str]]) -> dict[str, Any]:
        names = [Name(str(name), str(like)) for name, like in rows]
        if len(names) > MOST_NAMES:
            raise ValueError(f"{len(names)} names, at most {MOST_NAMES}")
        self._scorer, self._names = NameScorer(self._decoder, names), len(names)
        return {"ready": len(names)}

    def _guess(self, data: bytes) -> dict[str, Any]:
        sound = np.frombuffer(data, "<i2").astype(np.int16)
        if not 800 <= sound.size <= LONGEST_S * 8000:
            raise ValueError(f"a sound of {sound.size / 8000:.1f} s, expected 0.1 to {LONGEST_S}")
        wide = Resampler(8000, RATE).process(sound).astype(np.float32) / 32768.0
        guesses = self._scorer.guesses(wide)
        return {"guesses": [dataclasses.asdict(guess) for guess in guesses], "band": band(guesses, bands(self._names))}


def main(arguments: list[str] | None = None) -> int:
    """Serves until the far end closes. Exit code 0, or 1 where the decoder is missing (said in a line first)."""
    parser = argparse.ArgumentParser(prog="python -m firmware.gateways.names")
    parser.add_argument("--fd", type=int, required=True)
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with socket.socket(fileno=options.fd) as line:
        try:
            desk = Desk()
        except ModelError as error:
            line.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
            return 1
        for asked in _lines(line):
            line.sendall(json.dumps(desk.answer(asked)).encode() + b"\n")
    return 0


def _lines(line: socket.socket) -> Iterator[bytes]:
    """Whole lines until the end; one that grows too long ends it."""
    kept = b""
    while len(kept) < LARGEST_LINE and (data := line.recv(1 << 16)):
        *whole, kept = (kept + data).split(b"\n")
        yield from whole


if __name__ == "__main__":
    sys.exit(main())
