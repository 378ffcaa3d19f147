"""Keys that nobody shall hear: a digit pressed during a message or a conversation, blanked before it goes on.

A receiver knows of a digit only some 30 ms after it began, later over a dial tone, and by blocks: what is to be free of
digits runs LOOK_BACK samples late, and a digit reported in time is blanked from its first sample. The digit's edges go
with it (MARGIN to either side), and the sound fades in and out over a millisecond or so, so that blanking never clicks.

Life cycle: `feed` in order, with what a receiver of the same samples tells: as many samples out as went in less the
delay still to be filled; `flush` at the end gives what is held; `drop` forgets it. One object a stream. No failure on
any audio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.dtmf.receiver import Digit

Samples = npt.NDArray[np.int16]

LOOK_BACK: Final = 640
"""Samples held back, 80 ms: a digit is reported within this time of its first sample."""
MARGIN: Final = 40
"""Samples blanked before a digit's reported start and after its end, 5 ms: reports are good to about 2 ms."""
_FADE: Final = 16
_DOWN: Final = np.linspace(1.0, 0.0, _FADE, dtype=np.float32)


@dataclass
class _Span:
    """What is blanked, in samples of the stream; `end` is None while its digit lasts."""

    digit: Digit
    start: int
    end: int | None


class KeyMuting:
    """`feed(samples, digits) -> samples` without those digits, LOOK_BACK samples later."""

    def __init__(self, lasting: Digit | None = None) -> None:
        """`lasting`: a digit that is on when the stream begins."""
        self._held = np.zeros(0, np.int16)
        self._position = 0  # of the first sample held
        self._spans = [] if lasting is None else [_Span(lasting, 0, None)]

    def feed(self, samples: Samples, digits: Sequence[Digit]) -> Samples:
        """Takes the next samples; gives those that are old enough to be free of digits for certain.

        `digits`: what began or ended lately, in samples from the first of `samples`.
        """
        fed = self._position + self._held.size
        for digit in digits:
            if digit.end is None:
                self._spans.append(_Span(digit, fed + digit.start - MARGIN, None))
                continue
            for span in self._spans:
                if span.end is None and _same(span.digit, digit):
                    span.end = fed + digit.end + MARGIN
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
        for span in self._spans:
            _blank(given, span.start - first, count if span.end is None else span.end - first)
        self._spans = [span for span in self._spans if span.end is None or span.end + _FADE > self._position]
        return given


def _same(begun: Digit, ended: Digit) -> bool:
    """Whether two reports are of one digit."""
    return (begun.digit, begun.level, begun.twist) == (ended.digit, ended.level, ended.twist)


def _blank(samples: Samples, start: int, end: int) -> None:
    """Silences `start` to `end` (they may lie outside), with a fade before and after."""
    for index, gain in ((start - _FADE, _DOWN), (end, _DOWN[::-1])):
        low, high = max(0, index), min(samples.size, index + _FADE)
        if low < high:
            samples[low:high] = samples[low:high] * gain[low - index : high - index]
    samples[max(0, start) : max(0, end)] = 0
