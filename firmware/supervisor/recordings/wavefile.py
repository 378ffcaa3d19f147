"""The header of a recording: WAV, one channel, 8 kHz, mu-law or A-law (RFC 2361 formats 7 and 6), with a fact chunk.

While a recording runs its header says 0 samples; the length is written at the close, or by the repair after a power
cut, from the size kept.
"""

from __future__ import annotations

import struct

from firmware.hat.protocol import RATE

FORMATS = {"mu": 7, "a": 6}
# RIFF, fmt (18 bytes: what is not PCM has an extension length), fact (samples), data
_LAYOUT = struct.Struct("<4sI4s" + "4sIHHIIHHH" + "4sII" + "4sI")
SIZE = _LAYOUT.size  # bytes before the first sample


def header(law: str, samples: int) -> bytes:
    """The ``SIZE`` bytes before ``samples`` samples of ``law``."""
    padded = samples + samples % 2
    return _LAYOUT.pack(
        b"RIFF", SIZE - 8 + padded, b"WAVE",
        b"fmt ", 18, FORMATS[law], 1, RATE, RATE, 1, 8, 0,
        b"fact", 4, samples,
        b"data", samples,
    )  # fmt: skip


def read(data: bytes) -> tuple[str, int] | None:
    """(law, samples) of a header made by ``header``; None when ``data`` does not begin with one."""
    if len(data) < SIZE:
        return None
    fields = _LAYOUT.unpack_from(data)
    for law, number in FORMATS.items():
        if data[:SIZE] == header(law, fields[-1]) and fields[5] == number:
            return law, int(fields[-1])
    return None
