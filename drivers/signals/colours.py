"""Which tone is sounding, and is it sounding at all: the two measurements under call-progress detection.

A *colour* is the set of frequencies of one part of a tone ("350+440"). Two questions are asked of the line:

- **On or off**, every 10 ms: the share of a 20 ms block's energy that lies in the space of the tones' frequencies. A
  ratio, so it does not care for the level, and noise in a pause counts as a pause down to an SNR of 3 dB.
  Frequencies close together share one *family*, since 20 ms cannot tell them apart.
- **Identity**, once or more a burst: spectral peaks of up to 80 ms under a Hann window, interpolated, each within
  2.2 % of what the colour says, and nothing else as strong.

(reference/dsp.md section 6: this split was found best; spandsp's fixed 128-sample blocks cannot see 400+450 Hz.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import amplitude
from drivers.signals.tonespec import Part

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float32]

SAMPLE_RATE: Final = 8000
WINDOW: Final = 160  # samples of one on/off measurement ...
SWING_WINDOW: Final = 320  # ... and where the country has tones swung by some 16-25 Hz, whose dips it must bridge
HOP: Final = 80
IDENTITY_WINDOW: Final = 640
MIN_LEVEL_DBM0: Final = -46.0

_FFT: Final = 1024
_BIN_HZ: Final = SAMPLE_RATE / _FFT
_TOLERANCE: Final = 0.022
_CLOSE_HZ: Final = 40.0  # frequencies nearer than this beat instead of being two peaks
_FAMILY_HZ: Final = 130.0
_DIPPING_HZ: Final = 30.0
_DRIFT: Final = 0.015  # exchanges are this far off at most
_PRESENT: Final = 0.5
_PARTNER_DB: Final = -13.0  # the weaker tone of a pair is at most so much down
_STRANGER_DB: Final = -11.0  # anything stronger than this beside the colour's own peaks refuses it


@dataclass(frozen=True, slots=True)
class Colour:
    """Frequencies that sound together, as bands in which a peak must stand (wider where they beat or are modulated)."""

    hz: tuple[float, ...]
    swing_hz: float
    bands: tuple[tuple[float, float], ...]

    @staticmethod
    def of(part: Part, tolerance: float = _TOLERANCE) -> Colour:
        clusters: list[list[float]] = []
        for hz in sorted(part.hz):
            if clusters and hz - clusters[-1][-1] < _CLOSE_HZ:
                clusters[-1].append(hz)
            else:
                clusters.append([hz])
        bands = tuple(
            ((low[0] - part.swing_hz) * (1.0 - tolerance), (low[-1] + part.swing_hz) * (1.0 + tolerance))
            for low in clusters
        )
        return Colour(tuple(sorted(part.hz)), part.swing_hz, bands)

    @property
    def width(self) -> float:
        """Total width of the bands, Hz: of two colours that fit, the narrower says more."""
        return sum(high - low for low, high in self.bands)

    def fits(self, peaks: list[tuple[float, float]]) -> bool:
        """Whether peaks (Hz, dB below the strongest) are this colour and no other."""
        for low, high in self.bands:
            if not any(low <= hz <= high and db >= _PARTNER_DB for hz, db in peaks):
                return False
        return all(db < _STRANGER_DB or any(low <= hz <= high for low, high in self.bands) for hz, db in peaks)


class Presence:
    """On/off of every family, every 10 ms, from the newest `window` samples."""

    def __init__(self, colours: Iterable[Colour]) -> None:
        colours = tuple(colours)
        self.families = _families(colours)
        self.window = SWING_WINDOW if any(0.0 < colour.swing_hz < _DIPPING_HZ for colour in colours) else WINDOW
        bases = [_basis(family, self.window) for family in self.families]
        rows = np.concatenate(bases) if bases else np.zeros((0, self.window), np.float32)
        self._basis = np.ascontiguousarray(rows.T)
        self._starts = np.cumsum([0, *(len(basis) for basis in bases)])[:-1]
        self._floor = self.window * amplitude(MIN_LEVEL_DBM0) ** 2 / 2.0

    def measure(self, frames: _Wide) -> list[int]:
        """For each row of `frames` (`window` samples each): the family that sounds, or -1."""
        frames = np.ascontiguousarray(frames)  # BLAS takes no overlapping rows
        energy = np.einsum("ij,ij->i", frames, frames)
        loud = energy > self._floor
        if not self.families or not loud.any():
            return [-1] * len(frames)
        parts = frames @ self._basis
        share = np.add.reduceat(parts * parts, self._starts, axis=1)
        best = share.argmax(axis=1)
        on = loud & (share.max(axis=1) > _PRESENT * energy)
        answer: list[int] = np.where(on, best, -1).tolist()
        return answer


def peaks(samples: Samples | _Wide) -> list[tuple[float, float]]:
    """Spectral peaks of at most 640 samples, strongest first: (Hz, dB below the strongest); at most six."""
    if samples.size > IDENTITY_WINDOW:
        middle = (samples.size - IDENTITY_WINDOW) // 2
        samples = samples[middle : middle + IDENTITY_WINDOW]
    spectrum = np.abs(np.fft.rfft(samples * _hann(samples.size), _FFT))
    inner = spectrum[1:-1]
    tops = np.flatnonzero((inner > spectrum[:-2]) & (inner >= spectrum[2:]) & (inner > 0.2 * spectrum.max())) + 1
    tops = tops[np.argsort(spectrum[tops])[::-1][:6]]
    if tops.size == 0:
        return []
    found = []
    reference = math.log(float(spectrum[tops[0]]))
    for top in tops:
        left, here, right = (math.log(float(spectrum[top + step]) + 1e-9) for step in (-1, 0, 1))
        bend = left - 2.0 * here + right
        shift = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
        found.append(((int(top) + shift) * _BIN_HZ, (here - reference) * 20.0 / math.log(10.0)))
    return found


_HANN: Final[dict[int, _Wide]] = {}


def _hann(size: int) -> _Wide:
    """The window of a length, kept: lengths are multiples of 10 ms up to 80 ms, so there are few."""
    if size not in _HANN:
        _HANN[size] = np.hanning(size + 2)[1:-1].astype(np.float32)
    return _HANN[size]


def _families(colours: Iterable[Colour]) -> list[tuple[Colour, ...]]:
    """Colours joined where any of their frequencies are closer than a 20 ms block can tell apart."""
    families: list[list[Colour]] = []
    for colour in dict.fromkeys(colours):
        near = [
            family
            for family in families
            if any(abs(a - b) < _FAMILY_HZ for other in family for a, b in itertools.product(colour.hz, other.hz))
        ]
        joined = [colour]
        for family in near:
            joined += family
            families.remove(family)
        families.append(joined)
    return [tuple(family) for family in families]


def _basis(family: tuple[Colour, ...], window: int) -> _Wide:
    """Orthonormal rows spanning a window of the family's frequencies, each with 1.5 % to either side."""
    time = np.arange(window) / SAMPLE_RATE
    rows = []
    side_lines = {
        side for colour in family for hz in colour.hz for side in (hz - colour.swing_hz, hz + colour.swing_hz)
    }
    for hz in sorted(side_lines | {hz for colour in family for hz in colour.hz}):
        steps = 2 + math.ceil(2.0 * _DRIFT * hz * window / SAMPLE_RATE / 0.35)  # a third of a cycle apart at most
        for off in np.linspace(1.0 - _DRIFT, 1.0 + _DRIFT, steps):
            rows += [np.sin(2 * np.pi * hz * off * time), np.cos(2 * np.pi * hz * off * time)]
    _, strength, directions = np.linalg.svd(np.array(rows), full_matrices=False)
    basis: _Wide = directions[strength > 0.12 * strength[0]].astype(np.float32)
    return basis
