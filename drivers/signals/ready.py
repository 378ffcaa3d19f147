"""Dial tone on a line that was just seized: the exchange listens now, whatever it says so with.

Before the first digit nothing else is expected but a refusal, so the country's cadences need not be told apart: a
still sum of sines between 330 and 500 Hz that lasts longer than any burst of the country's busy tones is dial tone,
with dents, after a stutter, with another country's frequencies (a router's port) or over mains hum. A silent exchange
is never ready.

Life cycle: one `ReadyToDial` a seizure. Bounded memory, no failure on any audio.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.countries import Country
from drivers.signals.tonespec import ToneSpec

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float32]

_RATE: Final = 8000
_WINDOW: Final = 640
_HOP: Final = 160
_OVERLAP: Final = _WINDOW // _HOP
_LOWEST_HZ, _HIGHEST_HZ = 325.0, 505.0  # 340 to 480 Hz in the country table, and what exchanges are off
_EDGE_HZ: Final = 290.0  # hum up to 225 Hz is 40 dB down: what lies higher is soft on any line that is worth using
_TAPS: Final = 241
_SOFTEST: Final = _WINDOW * levels.amplitude(-40.0) ** 2 / 2
_SHARE: Final = 0.75  # of the energy, in the lines
_LINES: Final = 3  # Hungary's 350+375+400
_WIDTH: Final = 2  # bins to either side of a line
_STILL: Final = 0.9  # likeness of two windows that share no sample
_DENT: Final = 4  # hops: Belgium's special dial tone has pauses that are none, a busy tone's are longer
_REFUSALS: Final = ("busy", "reorder", "congestion")
_PACE, _EDGES_MS = 1.08, 40  # a burst may be longer than the table's, and windows look beyond its ends
_OFF_PACE: Final = 0.9
_SHORTEST_MS, _LONGEST_MS = 320, 860


def _high_pass() -> _Wide:
    at = np.arange(_TAPS) - _TAPS // 2
    low = 2 * _EDGE_HZ / _RATE * np.sinc(2 * _EDGE_HZ / _RATE * at) * np.hamming(_TAPS)
    return np.asarray((at == 0) - low / low.sum(), np.float32)


_HIGH_PASS: Final = _high_pass()
_HANN: Final = np.hanning(_WINDOW).astype(np.float32)
_BIN_HZ: Final = _RATE / _WINDOW
_FIRST, _LAST = int(_LOWEST_HZ / _BIN_HZ), int(_HIGHEST_HZ / _BIN_HZ) + 2


class ReadyToDial:
    """`feed(samples)` until `heard`."""

    def __init__(self, country: Country) -> None:
        self.heard = False
        self._needed = _needed(country)  # hops
        self._raw = np.zeros(_TAPS - 1, np.float32)
        self._sound = np.zeros(0, np.float32)
        self._before: list[_Wide] = []  # spectra of the windows of the last 80 ms
        self._lasted = 0  # hops since the tone began
        self._away = 0  # hops since it was last there

    def feed(self, samples: Samples) -> bool:
        """Whether the exchange has said by now that it listens."""
        raw = np.concatenate((self._raw, samples.astype(np.float32)))
        self._raw = raw[raw.size - (_TAPS - 1) :]
        if samples.size:
            self._sound = np.concatenate((self._sound, np.convolve(raw, _HIGH_PASS, "valid")))
        while self._sound.size >= _WINDOW:
            self._hop(self._sound[:_WINDOW])
            self._sound = self._sound[_HOP:]
        return self.heard

    def _hop(self, window: _Wide) -> None:
        energy = float(window @ window)
        power = (np.abs(np.fft.rfft(window * _HANN)) ** 2 / max(energy, 1.0)).astype(np.float32)
        tone = energy > _SOFTEST and _pure(power)
        still = tone and (len(self._before) < _OVERLAP or _alike(self._before[0], power))
        self._before = [*self._before[1 - _OVERLAP :], power] if tone else []
        self._away = 0 if tone else self._away + 1
        self._lasted = self._lasted + still if self._away <= _DENT else 0
        self.heard = self.heard or (still and self._lasted >= self._needed)


def _pure(power: _Wide) -> bool:
    """Whether nearly all of the power lies in a few lines of a dial tone."""
    rest = power.copy()
    for _ in range(_LINES):
        top = _FIRST + int(rest[_FIRST:_LAST].argmax())
        if power[top - 1] > power[top] or power[top + 1] > power[top]:
            break  # the skirt of something outside
        rest[top - _WIDTH : top + _WIDTH + 1] = 0.0
    return float(rest.sum()) < (1 - _SHARE) * float(power.sum())


def _alike(one: _Wide, other: _Wide) -> bool:
    return float(one @ other) > _STILL * float(np.sqrt((one @ one) * (other @ other)))


def _needed(country: Country) -> int:
    """Hops that a tone must last to be no burst of a busy tone; Italy's dial tone has bursts that are hardly longer."""
    refused = [_longest_ms(country.tones[tone]) for tone in _REFUSALS if tone in country.tones]
    longest = max(refused) * _PACE + _EDGES_MS
    of_dial = _longest_ms(country.tones["dial"]) * _OFF_PACE or _LONGEST_MS
    return int(min(max(longest, _SHORTEST_MS), of_dial, _LONGEST_MS)) * _RATE // 1000 // _HOP


def _longest_ms(tone: ToneSpec) -> int:
    """The longest burst that sounds like a dial tone, 0 if none does; a tone without an end has no bursts."""
    alike = (
        part.ms
        for part in tone.once + tone.cycle
        if part.sounding and part.ms is not None and all(_LOWEST_HZ <= hz <= _HIGHEST_HZ for hz in part.hz)
    )
    return max(alike, default=0)
