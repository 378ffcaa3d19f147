"""Caller ID FSK as chips and adapters send it: bits that are a little late, phases that jump, levels that differ.

A transmitter that is a program or a cheap chip starts every byte when it gets to it: the mark of the stop bit lasts a
part of a bit longer, and the next start bit begins at whatever phase its own oscillator has, maybe a little louder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.signals import fsk, levels

Samples = npt.NDArray[np.int16]
_FINE = 16  # parts of a sample that a bit's end is rounded to


@dataclass(frozen=True)
class Chip:
    """How a transmitter errs, each drawn anew for every byte, up to so much."""

    least_mark: float = 0.0  # bits of mark more than the stop bit, from ...
    extra_mark: float = 0.0  # ... to
    jump: float = 0.0  # radians, either way
    louder: float = 0.0  # dB, either way


def send(data: bytes, modem: fsk.Modem, level: float, lead: tuple[int, int], chip: Chip, seed: int) -> Samples:
    """The message's sound at about `level` dBm0; `lead`: bits of seizure and of mark before it."""
    rng = np.random.default_rng(seed)
    seizure, marks = lead
    pieces = [(bit % 2 == 1, 1.0, 0.0, 0.0) for bit in range(seizure)] + [(True, float(marks), 0.0, 0.0)]
    for byte in data:
        jump = float(rng.uniform(-chip.jump, chip.jump))
        gain = float(rng.uniform(-chip.louder, chip.louder))
        bits = [False, *(bool(byte >> place & 1) for place in range(8)), True]
        lengths = [1.0] * 9 + [1.0 + float(rng.uniform(chip.least_mark, chip.extra_mark))]
        jumps = [jump] + [0.0] * 9
        pieces += [(*piece, gain) for piece in zip(bits, lengths, jumps, strict=True)]
    pieces.append((True, 10.0, 0.0, 0.0))
    ends = np.round(np.cumsum([length for _, length, _, _ in pieces]) * fsk.BIT * _FINE).astype(np.int64)
    counts = np.diff(ends, prepend=0)
    hz = np.repeat([modem.mark if mark else modem.space for mark, _, _, _ in pieces], counts)
    turns = 2 * np.pi * hz / (fsk.RATE * _FINE)
    turns[ends - counts] += [jump for _, _, jump, _ in pieces]
    phase = np.cumsum(turns)
    gains = np.repeat([levels.amplitude(level + gain) for _, _, _, gain in pieces], counts)
    return levels.limit((gains * np.sin(phase))[::_FINE])
