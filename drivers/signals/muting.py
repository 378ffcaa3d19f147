"""Keys that nobody shall hear: a digit pressed during a message or a conversation, blanked before it goes on.

A receiver knows of a digit only some 30 ms after it began, later over a dial tone, and by blocks: what is to be free of
digits runs LOOK_BACK samples late, and a digit reported in time is blanked from its first sample. The digit's edges go
with it (MARGIN to either side), and the sound fades in and out over a millisecond or so, so that blanking never clicks.

Life cycle: `feed` in order, as many samples out as went in less the delay still to be filled; `flush` at the end gives
what is held; `drop` forgets it. One object a stream. No failure on any audio.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.dtmf import Digit, DtmfReceiver

Samples = npt.NDArray[np.int16]

LOOK_BACK: Final = 640
"""Samples held back, 80 ms: a digit is reported within this time of its first sample."""
MARGIN: Final = 40
"""Samples blanked before a digit's reported start and after its end, 5 ms: reports are good to about 2 ms."""
_FADE: Final = 16
_DOWN: Final = np.linspace(1.0, 0.0, _FADE, dtype=np.float32)


class KeyMuting:
    """`feed(samples) -> samples` without DTMF digits, LOOK_BACK samples later."""

    def __init__(self) -> None:
        self._receiver = DtmfReceiver()
        self._held = np.zeros(0, np.int16)
        self._position = 0  # of the first sample held
        # the end of each digit to be blanked, by its beginning (told twice over dial tone); None: it still lasts
        self._spans: dict[Digit, int | None] = {}

    def feed(self, samples: Samples) -> Samples:
        """Takes the next samples; gives those that are old enough to be free of digits for certain."""
        for digit in self._receiver.feed(samples):
            self._spans[replace(digit, end=None)] = None if digit.end is None else digit.end + MARGIN
        self._held = np.concatenate((self._held, samples))
        return self._give(max(0, self._held.size - LOOK_BACK))

    def flush(self) -> Samples:
        """What is held, as far as digits are known in it; the stream ends here."""
        return self._give(self._held.size)

    def drop(self) -> None:
        """Forgets what is held: a digit that has just begun may be in it."""
        self._give(self._held.size)

    def _give(self, count: int) -> Samples:
        given, self._held = self._held[:count].copy(), self._held[count:]
        first = self._position
        self._position += count
        for digit, end in self._spans.items():
            _blank(given, digit.start - MARGIN - first, count if end is None else end - first)
        self._spans = {at: end for at, end in self._spans.items() if end is None or end + _FADE > self._position}
        return given


def _blank(samples: Samples, start: int, end: int) -> None:
    """Silences `start` to `end` (they may lie outside), with a fade before and after."""
    for index, gain in ((start - _FADE, _DOWN), (end, _DOWN[::-1])):
        low, high = max(0, index), min(samples.size, index + _FADE)
        if low < high:
            samples[low:high] = samples[low:high] * gain[low - index : high - index]
    samples[max(0, start) : max(0, end)] = 0
