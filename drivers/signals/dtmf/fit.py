"""The close look at a few windows: two sine waves fitted by least squares, and whether they are a digit.

Given the tones' complex amplitudes in the thirds of a window, the frequencies follow from their phases; most of what
speech offers ends there (`rough`). What is left is fitted (`fit`): frequency, amplitude and drift of both tones over
the whole window, twice, and then the two tones alone. What the fit leaves over (the residual) tells a digit from
speech, by its size and by its spectrum: noise leaves a flat one, a voice its other harmonics. Thin voices (nothing
below 550 Hz) come nearest: of 941 and 1209 Hz, 4 and 5 times a voice's 238 Hz, they leave 2 % at 3 times it.

All windows of a tick are fitted together, and folded about their middle: what is even holds cosines, what is odd holds
sines, so that eight unknowns are twice four. Stateless; any finite input is legal.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.dtmf.gate import SHORT, TONES, WINDOW
from drivers.signals.tones import SAMPLE_RATE as RATE

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DtmfLimits:
    """What counts as a digit. Q.24 leaves levels to the administrations: Japan refuses below -29 dBm0.

    `least_level` and `weakest_tone` in dBm0; `deviation` a fraction of the nominal frequency; `twist_low` and
    `twist_high` bound the high tone's level over the low tone's, dB; `residual` is the greatest share of the window's
    energy that the two tones may leave unexplained; `drift` by what share a tone's amplitude may change from the
    window's middle to its end. `peaks`: how far the strongest line of a residual up to a size may stand above its mean
    power; below the first a residual is what companding and switching leave. `doubtful`: while our own voice is
    cancelled out of the line, up to this residual a window may look like a voice and yet be a digit, if it lasts
    `patience` hops longer.
    """

    least_level: float = -42.0
    weakest_tone: float = -48.0
    deviation: float = 0.0195
    twist_low: float = -9.5
    twist_high: float = 5.5
    residual: float = 0.13
    drift: float = 0.3
    peaks: tuple[tuple[float, float], ...] = ((0.01, math.inf), (0.03, 15.0), (0.05, 11.0), (1.0, 9.0))
    doubtful: float = 0.07
    patience: int = 3


@dataclass(frozen=True, slots=True)
class Rough:
    """What the gate's windows say of a digit: row and column of its key, and the Hz of its low and its high tone."""

    row: int
    column: int
    frequencies: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """Two sine waves fitted to one window: row and column of the key, Hz and amplitude of the low and the high tone.

    `sure`: nothing that is left of the window looks like a voice.
    """

    row: int
    column: int
    frequencies: tuple[float, float]
    amplitudes: tuple[float, float]
    residual: float
    sure: bool


_HALF: Final = WINDOW // 2
_TIME: Final = (np.arange(_HALF) + 0.5) / RATE  # seconds from the window's middle
_SLOPE: Final = _TIME / _TIME[-1]
_COARSE: Final = 20  # samples between two phases that are computed; those between follow by multiplication
_COARSE_TIMES: Final = np.arange(0, _HALF, _COARSE) + 0.5
_FINE_TIMES: Final = np.arange(_COARSE)
_NOMINAL: Final[list[float]] = TONES.tolist()
_UNTURN: Final[list[complex]] = np.exp(-2j * np.pi * TONES * SHORT / RATE).tolist()  # a tone's step from third to third
_ROUGH: Final = 0.008  # the phase step's own error in a tone's frequency, as a share
_EVEN: Final = 0.12  # least power of a tone in the weakest third, as a share of the strongest
_RAIL: Final = 31900.0  # from here on a sample was cut off: the highest value of the A law, the mu law, or of 16 bits
_LEAST_WHOLE: Final = 0.5  # of a window's samples that must not be cut off
_REACHES: Final = 0.85  # of full scale: what the tones must reach where a sample was cut off
_FAR: Final = 20.0  # Hz at a time: a fit that runs away from a tone is held
_HANN: Final = np.hanning(WINDOW)
_BAND: Final = slice(16, 224)  # 250 to 3500 Hz of a 512-point spectrum


def rough(row: int, column: int, thirds: Sequence[tuple[complex, complex]], limits: DtmfLimits) -> Rough | None:
    """Whether two tones are near a key's and steady, as a digit's are even at 10 dB SNR, by their complex amplitudes.

    What `fit` would refuse for certain is not fitted.
    """
    found = []
    for tone, amplitudes in zip((row, 4 + column), zip(*thirds, strict=True), strict=True):
        sizes = [one.real * one.real + one.imag * one.imag for one in amplitudes]
        if min(sizes) < _EVEN * max(sizes):
            return None
        first, second, third = amplitudes
        turn = (second * first.conjugate() + third * second.conjugate()) * _UNTURN[tone]
        off = cmath.phase(turn) * RATE / (2 * math.pi * SHORT)
        if abs(off) > (limits.deviation + _ROUGH) * _NOMINAL[tone]:
            return None
        found.append(_NOMINAL[tone] + off)
    return Rough(row, column, (found[0], found[1]))


def fit(
    windows: npt.NDArray[np.floating[Any]], roughs: Sequence[Rough], limits: DtmfLimits, echo: Sequence[bool]
) -> list[Fit | None]:
    """For each of n windows (n x WINDOW) the digit that fills it, or None; `roughs` says what may be in it.

    `echo`: our own voice was cancelled out of the window; what is left of it may look like a voice.
    """
    answers: list[Fit | None] = [None] * len(windows)
    folded = np.empty((len(windows), 2, _HALF))
    np.add(windows[:, _HALF:], windows[:, _HALF - 1 :: -1], out=folded[:, 0])
    np.subtract(windows[:, _HALF:], windows[:, _HALF - 1 :: -1], out=folded[:, 1])
    energy = 0.5 * np.einsum("ijk,ijk->i", folded, folded)
    frequency = np.array([one.frequencies for one in roughs])
    for turn in range(2):
        change, drift, explained = _refined(folded, frequency)
        # drift and all, two tones explain no less than without
        if not turn and bool((energy - explained > (limits.residual + _ROUGH) * energy).all()):
            return answers
        frequency += np.minimum(np.maximum(change, -_FAR), _FAR)
    bases = _bases(frequency)
    projected = bases @ folded[..., None]
    weights = np.linalg.solve(2 * bases @ bases.swapaxes(2, 3), projected)
    shares = 1 - np.einsum("ijkl,ijkl->i", weights, projected) / energy
    rests: dict[int, Floats] = {}
    for at in np.flatnonzero(np.abs(windows).max(axis=1) >= _RAIL).tolist():
        unclipped = _unclipped(windows[at], bases[at])
        if unclipped is not None:
            weights[at, ..., 0], shares[at], rests[at] = unclipped
    residuals = shares.tolist()
    sizes = np.sqrt(np.einsum("ijkl,ijkl->ik", weights, weights)).tolist()
    found = zip(roughs, frequency.tolist(), drift.tolist(), residuals, sizes, echo, strict=True)
    for at, (one, (low_hz, high_hz), drifts, left, (low, high), own_voice) in enumerate(found):
        if left > limits.residual or not _loud(low, high, limits) or not _near(one, low_hz, high_hz, limits):
            continue
        peak = next(peak for size, peak in limits.peaks if left < size)
        sure = max(map(abs, drifts)) <= limits.drift and (
            peak == math.inf
            or _peak(rests[at] if at in rests else windows[at] - _sound(bases[at], weights[at, ..., 0])) <= peak
        )
        if sure or (own_voice and left <= limits.doubtful):
            answers[at] = Fit(one.row, one.column, (low_hz, high_hz), (low, high), left, sure)
    return answers


def _near(one: Rough, low_hz: float, high_hz: float, limits: DtmfLimits) -> bool:
    """Whether both tones are as near a key's as they must be."""
    low, high = _NOMINAL[one.row], _NOMINAL[4 + one.column]
    return abs(low_hz - low) <= limits.deviation * low and abs(high_hz - high) <= limits.deviation * high


def _loud(low: float, high: float, limits: DtmfLimits) -> bool:
    """Whether the amplitudes of a low and a high tone are within the limits of level and twist."""
    if min(low, high) < levels.amplitude(limits.weakest_tone):
        return False
    if low * low + high * high < 2 * levels.amplitude(limits.least_level) ** 2:
        return False
    return limits.twist_low <= 20 * math.log10(high / low) <= limits.twist_high


def _bases(frequency: Floats) -> Floats:
    """Cosines and sines of both tones from the window's middle on: n x 2 (cosine, sine) x 2 (tones) x half a window."""
    step = 2j * np.pi / RATE * frequency[..., None]
    phasors = np.exp(step * _COARSE_TIMES)[..., None] * np.exp(step * _FINE_TIMES)[..., None, :]
    phasors = phasors.reshape(len(frequency), 2, _HALF)
    bases = np.empty((len(frequency), 2, 2, _HALF))
    bases[:, 0], bases[:, 1] = phasors.real, phasors.imag
    return bases


def _refined(folded: Floats, frequency: Floats) -> tuple[Floats, Floats, Floats]:
    """By how many Hz two tones near `frequency` fit better; how they drift; what energy they explain, drift and all."""
    # a cos + b sin, and its slope: what is even is a cos + d t sin, what is odd is b sin + c t cos
    wide = np.empty((len(frequency), 2, 4, _HALF))
    wide[:, :, :2] = _bases(frequency)
    np.multiply(wide[:, ::-1, :2], _SLOPE, out=wide[:, :, 2:])
    projected = wide @ folded[..., None]
    weights = np.linalg.solve(2 * wide @ wide.swapaxes(2, 3), projected)
    a, d = weights[:, 0, :2, 0], weights[:, 0, 2:, 0]
    b, c = weights[:, 1, :2, 0], weights[:, 1, 2:, 0]
    square = a * a + b * b + 1e-9
    # turning by w t, the slope terms hold (-a w sin + b w cos) t; drifting by s t, (a s cos + b s sin) t
    change: Floats = (b * c - a * d) / (square * (_TIME[-1] * 2 * np.pi))
    return change, (a * c + b * d) / square, np.einsum("ijkl,ijkl->i", weights, projected)


def _sound(bases: Floats, weights: Floats) -> Floats:
    """Two tones over a window."""
    even, odd = (weights[side] @ bases[side] for side in (0, 1))
    return np.concatenate([(even - odd)[::-1], even + odd])


def _unclipped(window: npt.NDArray[np.floating[Any]], bases: Floats) -> tuple[Floats, float, Floats] | None:
    """Two tones fitted to the part of a window that was not cut off at full scale: their weights, the residual's share
    and the residual. None where too little is left, or the tones do not reach what was cut off."""
    whole = np.abs(window) < _RAIL
    if np.count_nonzero(whole) < _LEAST_WHOLE * window.size:
        return None
    even, odd = bases  # 2 x half a window each
    columns = np.concatenate([np.concatenate([even[:, ::-1], even], 1), np.concatenate([-odd[:, ::-1], odd], 1)])
    kept = columns[:, whole]
    found = np.linalg.solve(kept @ kept.T, kept @ window[whole])
    fitted = found @ columns
    cut = ~whole
    if bool((fitted[cut] * np.sign(window[cut]) < _REACHES * _RAIL).any()):
        return None
    rest = np.where(whole, window - fitted, 0.0)
    share = float(rest @ rest) / float(window[whole] @ window[whole])
    return found.reshape(2, 2), share, rest


def _peak(residual: Floats) -> float:
    """The strongest line of the residual's spectrum over its mean power, 250 to 3500 Hz."""
    spectrum = np.fft.rfft(residual * _HANN, 512)[_BAND]
    power = spectrum.real**2 + spectrum.imag**2
    return float(power.max() / power.mean())
