"""Music for who waits: a little tune of the box's own, made here, so that nobody's licence is needed.

Soft plucked notes over a slow bass, about 19 s long, again and again. Its notes are those of no call-progress tone and
of no key, and no two of them sound on for as long as one would.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import amplitude
from firmware.hat.protocol import RATE

Samples = npt.NDArray[np.int16]

LEVEL_DBM0: Final = -24.0  # of a note as it is plucked: softer than a voice
BEAT_S: Final = 0.3
TUNE: Final = (
    "67 71 74 79 74 71 72 76 79 84 79 76 69 72 76 81 76 72 74 78 81 86 81 78 "
    "67 71 74 79 76 74 72 76 79 76 74 72 71 74 79 74 71 69 67 71 74 71 67 0 "
    "64 67 71 76 71 67 60 64 67 72 67 64"
)
"""Semitones as MIDI counts them, a beat each; 0: none."""
BASS: Final = "43 48 45 50 43 48 50 43 40 48"
"""The same, six beats each."""


class Music:
    """A source without end. ``read`` never blocks: the tune is made once, with the first who waits."""

    done = False

    def __init__(self) -> None:
        self._tune = _tune()
        self._at = 0

    def read(self, count: int) -> Samples:
        """The next samples of it."""
        found: Samples = np.take(self._tune, range(self._at, self._at + count), mode="wrap")
        self._at = (self._at + count) % len(self._tune)
        return found


@functools.cache
def _tune() -> Samples:
    beat = round(BEAT_S * RATE)
    notes, bass = TUNE.split(), BASS.split()
    mixed = np.zeros(beat * len(notes))
    for at, note in enumerate(notes):
        _pluck(mixed, at * beat, int(note), 1.0)
    for at, note in enumerate(bass):
        _pluck(mixed, 6 * at * beat, int(note) + 12, 0.7)
    peak = float(np.abs(mixed).max())
    tune: Samples = np.round(mixed / peak * amplitude(LEVEL_DBM0) * 2).astype(np.int16)
    return tune


def _pluck(into: npt.NDArray[np.float64], at: int, note: int, loud: float) -> None:
    """A note that dies away, with two harmonics, round the tune's end to its beginning."""
    if not note:
        return
    t = np.arange(round(1.2 * RATE)) / RATE
    hz = 440.0 * 2 ** ((note - 69) / 12)
    wave = sum(np.sin(2 * np.pi * hz * n * t) / n**2 * np.exp(-t * (2.5 + 1.5 * n)) for n in (1, 2, 3))
    wave *= np.minimum(1.0, t / 0.008) * loud
    place = (at + np.arange(t.size)) % into.size
    into[place] += wave
