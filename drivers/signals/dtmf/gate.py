"""The cheap look at every sample, for all streams of a tick at once: which hops could be the end of a digit.

The power of the eight DTMF tones in three 10 ms windows is held against all power there. One matrix product serves
every stream, for what numpy costs a call is more than what it computes. The gate also keeps each stream's recent
samples and what a dial tone is told by.

Life cycle: `feed` one block of every stream, in order; `reset` makes one stream new. Memory is fixed: `HISTORY` samples
and a little room a stream. Any int16 input is legal.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.tones import DTMF_HIGH, DTMF_LOW
from drivers.signals.tones import SAMPLE_RATE as RATE

BLOCK: Final = 160
"""Samples a stream is fed at a time, 20 ms."""
HOP: Final = 40
"""Samples between two looks, 5 ms."""
HOPS: Final = BLOCK // HOP
SHORT: Final = 80
"""Samples of one of the gate's windows, 10 ms."""
WINDOW: Final = 240
"""Samples a digit must fill to be one, 30 ms: shorter than 40 ms less a hop, longer than Q.24's 23 ms."""
HISTORY: Final = 640
"""Samples kept before the newest block: the window, and the search for a digit's start."""
BACK: Final = (0, 2, 4)
"""The three windows that a digit is looked for in, in hops before the newest: the thirds of `WINDOW`."""
TONES: Final = np.array(DTMF_LOW + DTMF_HIGH)

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]

_ROOM: Final = 16 * BLOCK  # samples taken before what is kept moves back to the front
_SHARE: Final = 0.5  # of the energy: a digit at 10 dB SNR and 1.8 % off still shows 0.65
_HIGH_OVER_LOW: Final = 8.0  # power; twist limits with room for noise and leakage
_LOW_OVER_HIGH: Final = 16.0


def kernels(frequencies: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    """Cosines then sines of the frequencies in Hz, `length` x 2n, scaled so that a sine of amplitude a gives a."""
    phase = 2 * np.pi / RATE * np.outer(np.arange(length), frequencies)
    scaled: npt.NDArray[np.float64] = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * (2 / length)
    return scaled


_KERNELS: Final = np.ascontiguousarray(kernels(TONES, SHORT).T, np.float32)
_LOW: Final = slice(0, 4)  # of the tones
_HIGH: Final = slice(4, 8)


class Gate:
    """`feed(blocks) -> [(stream, hop), ...]`: where the newest block of a stream may hold the end of a digit's window.

    `energy` and `change` are those of each stream's newest block: the sum of its squares and of its differences'.
    """

    def __init__(self, streams: int, least_level: float) -> None:
        """`least_level`: the softest digit, mean power of its tones, dBm0."""
        self._least = SHORT * levels.amplitude(least_level - 1.0) ** 2
        self.quiet = 0.5 * self._least
        """Energy of a block that cannot hold a digit's beginning or end."""
        self._sound = np.zeros((streams, HISTORY + _ROOM), np.float32)
        self._at = HISTORY  # where the next block goes
        strides = self._sound.strides
        self._pieces = np.lib.stride_tricks.as_strided(  # every window of the sound, one a hop
            self._sound, (streams, self._sound.shape[1] // HOP - 1, SHORT), (strides[0], HOP * strides[1], strides[1])
        )
        # of every window, and of those before that a digit's window reaches back to: the tones' cosine and sine parts,
        # their power, and the energy of it all
        self._known = np.zeros((3 * TONES.size + 1, streams, BACK[-1] + HOPS), np.float32)
        self._tones = self._known[: 2 * TONES.size]
        # powers and energy of a digit's window, over its thirds
        self._over_thirds = np.zeros((TONES.size + 1, streams, HOPS), np.float32)
        # work arrays of one block
        self._windows = np.zeros((streams, HOPS, SHORT), np.float32)
        self._columns = self._windows.reshape(-1, SHORT).T
        self._fresh = np.zeros((2 * TONES.size, streams, HOPS), np.float32)
        self._flat = self._fresh.reshape(2 * TONES.size, -1)
        self._steps = np.zeros((streams, BLOCK - 1), np.float32)
        self._stale = False
        self.energy: list[float] = [0.0] * streams
        self.change: list[float] = [0.0] * streams

    def reset(self, stream: int) -> None:
        """Forget one stream."""
        self._sound[stream] = 0.0
        self._known[:, stream] = 0.0

    def signal(self, stream: int) -> Floats:
        """`HISTORY` samples of the stream's past, then its newest block."""
        return self._sound[stream, self._at - HISTORY - BLOCK : self._at]

    def feed(self, blocks: Samples) -> list[tuple[int, int]]:
        """Takes the next block of every stream (streams x BLOCK); the hops that passed, stream by stream."""
        self._take(blocks)
        if max(self.energy) < self.quiet:
            self._stale = True
            return []
        self._look()
        low, high = (np.maximum.reduce(self._over_thirds[rows]) for rows in (_LOW, _HIGH))
        enough = np.maximum(self._over_thirds[-1], self._least)
        enough *= 2 * _SHARE / SHORT
        found = []
        for stream, hop in zip(*(at.tolist() for at in np.nonzero(low + high > enough)), strict=True):
            lower, upper = float(low[stream, hop]), float(high[stream, hop])
            if lower < _LOW_OVER_HIGH * upper and upper < _HIGH_OVER_LOW * lower:
                found.append((stream, hop))
        return found

    def tones(self, stream: int, hop: int) -> tuple[int, int, list[tuple[complex, complex]]]:
        """The strongest row and column in the thirds of the window that ends with a hop; their complex amplitudes."""
        power = self._over_thirds[:-1, stream, hop].tolist()
        row, column = power.index(max(power[:4]), 0, 4), power.index(max(power[4:]), 4)
        parts = self._tones[:, stream, hop : hop + BACK[-1] + 1 : BACK[1]].T.tolist()
        both = [(complex(one[row], -one[8 + row]), complex(one[column], -one[8 + column])) for one in parts]
        return row, column - 4, both

    def _take(self, blocks: Samples) -> None:
        if self._at + BLOCK > self._sound.shape[1]:
            self._sound[:, :HISTORY] = self._sound[:, self._at - HISTORY : self._at].copy()
            self._at = HISTORY
        fresh = self._sound[:, self._at : self._at + BLOCK]
        fresh[...] = blocks
        self._at += BLOCK
        np.subtract(fresh[:, 1:], fresh[:, :-1], out=self._steps)
        self.energy = np.einsum("ij,ij->i", fresh, fresh).tolist()
        self.change = np.einsum("ij,ij->i", self._steps, self._steps).tolist()

    def _look(self) -> None:
        """What there is to know of the newest windows, and of the digits' windows that end with them."""
        known, back = self._known, BACK[-1]
        known[:, :, :back] = 0.0 if self._stale else known[:, :, HOPS:]
        self._stale = False
        first = (self._at - BLOCK) // HOP - 1
        self._windows[...] = self._pieces[:, first : first + HOPS]
        np.dot(_KERNELS, self._columns, out=self._flat)
        self._tones[:, :, back:] = self._fresh
        np.square(self._fresh, out=self._fresh)
        np.add(self._fresh[: TONES.size], self._fresh[TONES.size :], out=known[2 * TONES.size : -1, :, back:])
        np.einsum("ijk,ijk->ij", self._windows, self._windows, out=known[-1, :, back:])
        sizes = known[2 * TONES.size :]
        np.add(sizes[:, :, back:], sizes[:, :, back - BACK[1] : -BACK[1]], out=self._over_thirds)
        np.add(self._over_thirds, sizes[:, :, :-back], out=self._over_thirds)
