"""The FSK modem of caller ID: bits to sound, and sound to bits and bytes. Bell 202 and V.23, 1200 bit/s.

Sending is a sine of continuous phase. Hearing compares, at every sample, the last five bits' worth of sound with all 32
ways those bits could have sounded (five-bit sequences of continuous phase, starting phase unknown); how much better the
best one with a mark in the middle fits than the best one with a space is the soft value of the bit centred there. Five
bits at a time know the phase, which one bit alone does not: 2 dB better than a discriminator. A band-pass goes before,
so that mains hum and DC do not count.

Life cycle: a `Demodulator` keeps the last few samples between calls of `feed`; `reset` makes it new. `read_byte` reads
one start-stop byte out of soft values. Failure behaviour: any int16 input is legal.

Sources: Bell 202 (1200 Hz mark, 2200 Hz space), ITU-T V.23 mode 2 (1300, 2100 Hz).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels

RATE: Final = 8000
BAUD: Final = 1200.0
BIT: Final = RATE / BAUD  # samples a bit, 6.67

_SPAN: Final = 5  # bits looked at together
_REACH: Final = 17  # samples either side of the middle: 2.5 bits
_TAPS: Final = 97  # of the band-pass
DELAY: Final = _REACH + _TAPS // 2
"""Samples by which a soft value comes after the sample it belongs to."""
LEAD: Final = 160
"""Samples before a sound that are worth giving to the modem."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Modem:
    """A pair of frequencies, Hz."""

    name: str
    mark: float
    space: float


BELL_202: Final = Modem("bell202", 1200.0, 2200.0)
V23: Final = Modem("v23", 1300.0, 2100.0)


def send(
    bits: npt.NDArray[np.bool_], modem: Modem, level: float = -13.0, baud: float = BAUD, twist: float = 0.0
) -> npt.NDArray[np.int16]:
    """The sound of the bits (True = mark) at `level` dBm0, phase continuous; `twist` is mark over space in dB."""
    ends = np.round(np.arange(1, bits.size + 1) * (RATE / baud)).astype(np.int64)
    per_sample = np.repeat(bits, np.diff(ends, prepend=0))
    phase = np.cumsum(2 * np.pi / RATE * np.where(per_sample, modem.mark, modem.space))
    mark, space = levels.amplitude(level + twist / 2), levels.amplitude(level - twist / 2)
    return levels.limit(np.where(per_sample, mark, space) * np.sin(phase))


def frame(
    data: bytes, seizure: int = 300, marks: int = 180, stop_bits: int = 1, tail: int = 10
) -> npt.NDArray[np.bool_]:
    """The bits of a message: `seizure` bits alternating, `marks` marks, bytes low bit first, `tail` marks."""
    bits = [bool(i & 1) for i in range(seizure)] + [True] * marks
    for byte in data:
        bits += [False] + [bool(byte >> i & 1) for i in range(8)] + [True] * stop_bits
    return np.array(bits + [True] * tail)


def _band_pass(low: float, high: float, taps: int) -> Floats:
    at = np.arange(taps) - (taps - 1) / 2
    wide = 2 * high / RATE * np.sinc(2 * high / RATE * at) - 2 * low / RATE * np.sinc(2 * low / RATE * at)
    kernel = wide * np.hamming(taps)
    no_dc: Floats = (kernel - kernel.mean()).astype(np.float32)
    return no_dc


_FILTER: Final = _band_pass(550.0, 3300.0, _TAPS)


def _templates(modem: Modem) -> Floats:
    """Cosine and sine of each five-bit sequence: 64 x (2 * _REACH + 1), mark-in-the-middle first."""
    at = np.arange(-_REACH, _REACH + 1)
    bit = np.clip(np.floor(at / BIT + _SPAN / 2), -1, _SPAN).astype(int)  # which bit each sample lies in
    inside = (bit >= 0) & (bit < _SPAN)
    cosines, sines = [], []
    for bits in sorted(product((True, False), repeat=_SPAN), key=lambda b: not b[_SPAN // 2]):
        frequency = np.array([modem.mark if b else modem.space for b in bits])
        fine = np.repeat(frequency[np.clip(bit, 0, _SPAN - 1)], 1)
        # phase at a sample: integrate the frequency from the middle, exactly, over bits of fractional length
        phase = np.array([_phase(frequency, t) for t in at])
        gate = inside * np.ones_like(fine)
        cosines.append(np.cos(phase) * gate)
        sines.append(np.sin(phase) * gate)
    return np.array(cosines + sines, dtype=np.float32)


def _phase(frequency: npt.NDArray[np.float64], at: float) -> float:
    """Phase in radians gained from the first bit's start to sample `at` (0 = middle of the middle bit)."""
    position = at / BIT + _SPAN / 2
    whole = min(max(int(position), 0), _SPAN - 1)
    bits = float(frequency[:whole].sum()) + float(frequency[whole]) * (position - whole)
    return 2 * math.pi * bits / BAUD


class Demodulator:
    """Soft bits from sound: one value a sample, positive for a mark centred on that sample, `DELAY` samples late.

    `fit` holds, for the last samples fed, how much of the sound the best sequence explains (amplitude, sample units).
    """

    def __init__(self, modem: Modem) -> None:
        self._templates = _templates(modem)
        self.reset()

    def reset(self) -> None:
        """Forget the sound heard; as if silence came before."""
        self._past: Floats = np.zeros(2 * _REACH, np.float32)
        self.fit: Floats = np.zeros(0, np.float32)

    def feed(self, filtered: Floats) -> Floats:
        """As many soft values as band-passed samples, in sample units."""
        signal = np.concatenate([self._past, filtered])
        self._past = signal[-2 * _REACH :].copy()
        # every window as a column, without copying: as sliding_window_view, which costs more than all the rest
        windows: Floats = np.ndarray((2 * _REACH + 1, filtered.size), np.float32, signal, 0, (signal.itemsize,) * 2)
        sums = np.dot(self._templates, windows)
        np.square(sums, out=sums)
        fits = sums[:32] + sums[32:]
        mark: Floats = np.sqrt(fits[:16].max(axis=0)) / np.float32(_REACH + 0.5)
        space: Floats = np.sqrt(fits[16:].max(axis=0)) / np.float32(_REACH + 0.5)
        self.fit = np.maximum(mark, space)
        return mark - space


class BandPass:
    """The filter both modems share: 550 to 3300 Hz, linear phase, streaming."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As if silence came before."""
        self._past: Floats = np.zeros(_TAPS - 1, np.float32)

    def feed(self, samples: npt.NDArray[np.int16]) -> Floats:
        """The samples filtered, `_TAPS // 2` late."""
        signal = np.concatenate([self._past, samples.astype(np.float32)])
        self._past = signal[-(_TAPS - 1) :].copy()
        return np.convolve(signal, _FILTER, mode="valid").astype(np.float32)


_CENTRES: Final = (np.arange(10) + 0.5) * BIT  # middles of start, eight data and stop bit after a start edge
_TRIES: Final = np.arange(-3, 4) * 0.7  # samples by which the edge is moved to where the byte is clearest
_LATE_TRIES: Final = np.arange(-3, 11) * 0.7  # and where it may come up to a bit late
_EARLIER: Final = 0.07  # of all that is clear: what a bit later must be clearer; before a mark a 0 looks like a start
_HALF_FRAMED: Final = 0.6  # of a data bit: what start and stop bit together must show where a part of one is missing
_SIGNS: Final = np.array([-1.0] + [0.0] * 8 + [1.0])
BYTE: Final = 10 * BIT


@dataclass(frozen=True)
class Byte:
    """A byte read from soft values: where its start edge lies (fraction of a sample), how clear each bit was."""

    value: int
    edge: float
    margins: tuple[float, ...]  # |soft| of the eight data bits, low bit first
    framed: bool  # start and stop bit were there
    clear: float  # how clear all ten bits were together


def read_byte(soft: Floats, edge: float, late: bool = False) -> Byte:
    """Read the byte whose start edge lies near `edge` (index into `soft`; up to `edge + BYTE + 8` must be there).

    `late`: it may come up to a bit later, as where a chip's stop bit is longer than it should be. Near the edge the
    soft values tell little then, since five bits in a row assume one grid; the byte that is clearest tells where it is.
    """
    tries = _LATE_TRIES if late else _TRIES
    at = edge + tries[:, None] + _CENTRES
    whole = at.astype(np.int64)
    part = at - whole
    values = soft[whole] * (1 - part) + soft[whole + 1] * part
    clear = np.abs(values[:, 1:9]).sum(axis=1) + values @ _SIGNS
    best = int((clear * (1.0 - _EARLIER / BIT * np.maximum(tries, 0.0))).argmax()) if late else int(clear.argmax())
    bits = values[best]
    value = 0
    for place in range(8):
        value |= int(bits[1 + place] > 0) << place
    margins = np.abs(bits[1:9])
    framed = bits[0] < 0 < bits[9] or float(bits[9] - bits[0]) > _HALF_FRAMED * float(margins.mean())
    return Byte(value, edge + float(tries[best]), tuple(margins.tolist()), bool(framed), float(clear[best]))
