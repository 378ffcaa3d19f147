"""The alerting signal before caller ID that comes without a ring: CAS in mid-call, DT-AS on an idle line.

Both are 2130 and 2750 Hz together: CAS lasts 80 to 85 ms (Telcordia GR-30-CORE), DT-AS 88 to 110 ms (ETSI EN 300
659-1 and -2). People's voices must not pass for it (talk-off) and must not hide it, so only the band from 1.8 to
3.2 kHz counts, where voices are weak. Every 5 ms a window of 20 ms is asked what share of that band is the two tones;
a run of windows that hold little else is a signal if its length, both frequencies and the tones' balance are right.

Life cycle: `feed` the line's audio in blocks of any size, `reset` for another line. A signal is told once, about 25 ms
after its end, early enough for the acknowledgement that is due within 160 ms. No failure on any audio; memory is one
window and a run of at most `_LONGEST` windows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels

RATE: Final = 8000
TONES: Final = (2130.0, 2750.0)
CAS: Final = "!2130+2750@-15/80"
"""The signal in mid-call, as `tonespec` writes tones."""
DT_AS: Final = "!2130+2750@-13/100"
"""The signal on an idle line."""
LEAST_DBM0: Final = -38.0
"""A tone weaker than this is not heard (GR-30-CORE: -32 dBm at the telephone)."""

_HOP: Final = 40
_WINDOW: Final = 160
_HOPS: Final = _WINDOW // _HOP
_TAPS: Final = 65  # of the band-pass; its middle tap is the delay
_BAND: Final = (1800.0, 3200.0)
_SHARE: Final = 0.7  # of the band's energy in a window that is the two tones
_TWIST_DB: Final = 8.0  # 6 dB are allowed, and the line tilts
_EDGE_TWIST_DB: Final = 16.0  # in one window: where a signal begins or ends one tone leaks into the other
_DRIFT: Final = 0.012  # 0.5 % (GR-30-CORE) and what noise makes of 80 ms
_STEADY: Final = 0.5  # radians: how far a tone's phase strays from a straight line; voices glide
_SHORTEST_MS, _LONGEST_MS = 64.0, 125.0
# A window shows the tones from where they fill `_SHARE` of it: a run is shorter than its signal by the rest.
_UNSEEN_MS: Final = (2 * _SHARE - 1) * _WINDOW * 1000 / RATE
_LONGEST: Final = round(_LONGEST_MS * RATE / 1000 / _HOP) + 1  # windows

_Wide = npt.NDArray[np.float64]
_Tones = tuple[complex, complex]  # the amplitudes of one window


@dataclass(frozen=True, slots=True)
class CasHeard:
    """An alerting signal.

    `start` and `end` in samples since the detector's start, good to about 10 ms; `level` the mean of its two tones in
    dBm0.
    """

    start: int
    end: int
    level: float


def _band_pass() -> _Wide:
    at = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * edge / RATE for edge in _BAND)
    kernel: _Wide = (high * np.sinc(high * at) - low * np.sinc(low * at)) * np.hamming(_TAPS)
    return kernel


def _basis() -> _Wide:
    """Gives each tone's amplitude in a window, the other tone taken out (least squares): real parts, then imaginary."""
    phase = 2 * np.pi / RATE * np.outer(np.arange(_WINDOW), TONES)
    both = np.concatenate([np.cos(phase), -np.sin(phase)], axis=1)
    weights: _Wide = both @ np.linalg.inv(both.T @ both)
    return weights


_KERNEL: Final = _band_pass()
_AMPLITUDES: Final = _basis()
_TURN: Final = 2 * np.pi * np.array(TONES) * _HOP / RATE  # phase gained between two windows
_LEAST: Final = levels.amplitude(LEAST_DBM0)
_QUIET: Final = 2 * _LEAST**2 * _WINDOW / 4  # energy of a window that cannot hold both tones


class CasDetector:
    """`feed(samples) -> [CasHeard]`."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the line; positions start again from 0."""
        self._raw = np.zeros(_TAPS - 1, np.float64)
        self._band = np.zeros(_WINDOW - _HOP, np.float64)
        self._ends = 0  # samples looked at: where the newest window ends, less the filter's delay
        self._run: list[_Tones] = []
        self._overlong = False

    def feed(self, samples: npt.NDArray[np.int16]) -> list[CasHeard]:
        """The alerting signals that ended within these samples."""
        self._raw = np.concatenate([self._raw, samples])
        if self._raw.size < _TAPS:
            return []
        fresh = np.convolve(self._raw, _KERNEL, "valid")
        self._raw = self._raw[-(_TAPS - 1) :]
        band = np.concatenate([self._band, fresh])
        hops = (band.size - (_WINDOW - _HOP)) // _HOP
        self._band = band[hops * _HOP :]
        if hops <= 0:
            return []
        by_hop = band[: (hops + _HOPS - 1) * _HOP].reshape(-1, _HOP)
        energies = np.einsum("ij,ij->i", by_hop, by_hop).tolist()
        heard = []
        for hop in range(hops):
            self._ends += _HOP
            energy = sum(energies[hop : hop + _HOPS])
            tones = _tones(band[hop * _HOP : hop * _HOP + _WINDOW], energy) if energy > _QUIET else None
            if tones is not None:
                self._overlong = self._overlong or len(self._run) >= _LONGEST
                self._run = [*self._run, tones][-_LONGEST:]
            elif self._run:
                signal = None if self._overlong else self._signal()
                self._run, self._overlong = [], False
                heard += [signal] if signal is not None else []
        return heard

    def _signal(self) -> CasHeard | None:
        """The run that has just ended, if it was an alerting signal."""
        length_ms = (len(self._run) - 0.5) * _HOP * 1000 / RATE + _UNSEEN_MS
        if not _SHORTEST_MS <= length_ms <= _LONGEST_MS:
            return None
        tones = np.array(self._run)
        hops = np.arange(len(tones))
        for column, nominal in enumerate(TONES):
            phase = np.unwrap(np.angle(tones[:, column] * np.exp(-1j * _TURN[column] * hops)))
            slope, offset = np.polyfit(hops, phase, 1)
            if abs(slope) * RATE / (2 * np.pi * _HOP) > _DRIFT * nominal:
                return None
            if np.sqrt(np.mean((phase - offset - slope * hops) ** 2)) > _STEADY:
                return None
        middle = np.abs(tones[len(tones) // 4 : -(len(tones) // 4)])
        first, second = middle.mean(axis=0)
        if abs(20 * np.log10(first / second)) > _TWIST_DB:
            return None
        level = levels.dbm0(np.repeat(np.sqrt((middle**2).mean() / 2), 2))
        # this window is the first without the tones: the one before it ended as many samples after them as they lacked
        end = self._ends - _HOP - round((1 - _SHARE) * _WINDOW) - _TAPS // 2
        return CasHeard(max(0, end - round(length_ms * RATE / 1000)), end, level)


def _tones(window: _Wide, energy: float) -> _Tones | None:
    """A window's two amplitudes; None unless they are loud, balanced, and nearly all there is in the band."""
    first_real, second_real, first_imaginary, second_imaginary = (window @ _AMPLITUDES).tolist()
    first, second = math.hypot(first_real, first_imaginary), math.hypot(second_real, second_imaginary)
    if min(first, second) < _LEAST or abs(20 * math.log10(first / second)) > _EDGE_TWIST_DB:
        return None
    if (first * first + second * second) * _WINDOW / 2 <= _SHARE * energy:
        return None
    return complex(first_real, first_imaginary), complex(second_real, second_imaginary)
