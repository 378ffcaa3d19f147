"""Is one of a country's tones sounding at all: the first measurement under call-progress detection.

A *colour* is the set of frequencies of one part of a tone ("350+440"). Two questions are asked of the line:

- **On or off**, every 10 ms, here: the share of a 20 ms block's energy that lies in the space of the tones'
  frequencies. A ratio, so it does not care for the level, and noise in a pause counts as a pause down to an SNR of
  3 dB. Frequencies close together share one *family*, since 20 ms cannot tell them apart.
- **Identity**, once or more a burst: which colour is it, in `look.py`, over up to 80 ms.

(reference/dsp.md section 6: this split was found best; spandsp's fixed 128-sample blocks cannot see 400+450 Hz.)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
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
MIN_LEVEL_DBM0: Final = -46.0

_TOLERANCE: Final = 0.022
_CLOSE_HZ: Final = 40.0  # frequencies nearer than this beat instead of being two peaks
_FAMILY_HZ: Final = 130.0
_DIPPING_HZ: Final = 30.0
_DRIFT: Final = 0.015  # exchanges are this far off at most
_MISREAD: Final = 0.007  # what a colour's tolerance holds beyond that
_PRESENT: Final = 0.5
_PARTNER_DB: Final = -13.0  # the weaker tone of a pair is at most so much down
_STRANGER_DB: Final = -11.0  # anything stronger than this beside the colour's own peaks refuses it


@dataclass(frozen=True, slots=True)
class Colour:
    """Frequencies that sound together, as bands in which a peak must stand (wider where they beat or are modulated)."""

    hz: tuple[float, ...]
    swing_hz: float
    bands: tuple[tuple[float, float], ...]
    tolerance: float = field(compare=False)  # share of each frequency
    # every sine of the sound, a swing's side lines among them, in order of the bands; derived, kept for speed:
    lines: tuple[float, ...] = field(compare=False)
    band_of_line: tuple[int, ...] = field(compare=False)
    first_lines: tuple[int, ...] = field(compare=False)  # of each band
    centres: tuple[float, ...] = field(compare=False)  # mean of each band's frequencies

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
        swings = (-part.swing_hz, 0.0, part.swing_hz) if part.swing_hz else (0.0,)
        lines = [tuple(hz + swing for hz in cluster for swing in swings) for cluster in clusters]
        return Colour(
            tuple(sorted(part.hz)),
            part.swing_hz,
            bands,
            tolerance,
            tuple(itertools.chain(*lines)),
            tuple(number for number, band in enumerate(lines) for _ in band),
            tuple(itertools.accumulate((len(band) for band in lines[:-1]), initial=0)),
            tuple(sum(cluster) / len(cluster) for cluster in clusters),
        )

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
        owners = np.repeat(np.arange(len(bases)), [len(basis) for basis in bases])
        self._membership = np.equal.outer(owners, np.arange(len(bases))).astype(np.float32)
        self._floor = self.window * amplitude(MIN_LEVEL_DBM0) ** 2 / 2.0

    def measure(self, frames: _Wide) -> tuple[list[int], list[float], list[float]]:
        """For each row of `frames` (`window` samples each): the family that sounds, or -1; its energy; all energy."""
        frames = np.ascontiguousarray(frames)  # BLAS takes no overlapping rows
        energies: list[float] = np.einsum("ij,ij->i", frames, frames).tolist()
        if not self.families or max(energies) <= self._floor:
            return [-1] * len(energies), energies, energies
        parts = frames @ self._basis
        parts *= parts
        shares = (parts @ self._membership).tolist()
        families = []
        tonal = []
        for share, energy in zip(shares, energies, strict=True):
            most = max(share)
            families.append(share.index(most) if energy > self._floor and most > _PRESENT * energy else -1)
            tonal.append(most)
        return families, tonal, energies


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
    """Orthonormal rows spanning a window of the family's frequencies, each as far to either side as it may be off."""
    time = np.arange(window) / SAMPLE_RATE
    drifts: dict[float, float] = {}
    for colour in family:
        for hz in colour.lines:
            drifts[hz] = max(drifts.get(hz, _DRIFT), colour.tolerance - _MISREAD)
    rows = []
    for hz, drift in sorted(drifts.items()):
        steps = 2 + math.ceil(2.0 * drift * hz * window / SAMPLE_RATE / 0.35)  # a third of a cycle apart at most
        for off in np.linspace(1.0 - drift, 1.0 + drift, steps):
            rows += [np.sin(2 * np.pi * hz * off * time), np.cos(2 * np.pi * hz * off * time)]
    _, strength, directions = np.linalg.svd(np.array(rows), full_matrices=False)
    basis: _Wide = directions[strength > 0.12 * strength[0]].astype(np.float32)
    return basis
