"""One look at a burst: up to 80 ms of it, its spectral peaks, and whether it is a still sum of sines.

Exchanges make tones with generators: over 80 ms nothing of them moves. Voices and instruments move. So a look hears a
colour only if (1) peaks of a Hann-windowed spectrum stand where the colour's frequencies are and nothing else is as
strong, and (2) sines of these frequencies, their pitch fitted to the sound, account for nearly all of its energy. What
is left at an SNR of 10 dB is a tenth. The first test is cheap and refuses nearly all speech; the second costs some
100 us and is made of what passed. Fails on no audio.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals.colours import SAMPLE_RATE, Colour

IDENTITY_WINDOW: Final = 640

_Wide = npt.NDArray[np.float32]

_FFT: Final = 1024
_BIN_HZ: Final = SAMPLE_RATE / _FFT
_REST: Final = 0.2  # energy that no sine of the colour accounts for, at most: an SNR of 7 dB ...
_REST_IN_NOISE: Final = 0.4  # ... or, where the pause before was so noisy, 4 dB (Australia's softer bursts)
_NOISE: Final = 1.3  # what the pause before may have been too little
_HOPELESS: Final = 0.6  # as much left at a first fit cannot be mended by pitch
_FITS: Final = 3
_STEP: Final = 0.01  # the pitch moves by so much a fit at most
_PARTNER: Final = 10.0 ** (-13.0 / 20.0)
_SWINGS: Final = 0.15  # a swung tone's side lines, of its carrier: 30 % modulation
_IN_PHASE: Final = 0.5  # cosine between the side lines' phases and those of a swing of amplitude


def rest_in(noise: float) -> float:
    """The share of a tone's energy that its sines need not account for, if so much of it is the line's noise."""
    return min(max(_REST, _NOISE * noise), _REST_IN_NOISE)


class Look:
    """`hears(colour) -> pitch | None`: how far off its frequencies are (1.0: exact), None if it is not this colour.

    `rest`: the share of the energy that no sine need account for.
    """

    def __init__(self, samples: _Wide, rest: float) -> None:
        self._rest = rest
        if samples.size > IDENTITY_WINDOW:
            middle = (samples.size - IDENTITY_WINDOW) // 2
            samples = samples[middle : middle + IDENTITY_WINDOW]
        self._sound = samples
        self._spectrum: _Wide = np.abs(np.fft.rfft(samples * _hann(samples.size), _FFT))
        self._strongest = int(self._spectrum.argmax()) * _BIN_HZ

    @functools.cached_property
    def _peaks(self) -> list[tuple[float, float]]:
        return _peaks(self._spectrum)

    def hears(self, colour: Colour) -> float | None:
        """The pitch at which this is the colour and no other."""
        if not any(low - _BIN_HZ <= self._strongest <= high + _BIN_HZ for low, high in colour.bands):
            return None
        if not self._peaks or not colour.fits(self._peaks):
            return None
        lines = np.array(colour.lines)
        band = np.array(colour.band_of_line)
        pitch = np.array([self._pitch(colour, number) for number in range(len(colour.bands))])
        sound = self._sound
        time = _time(sound.size)
        energy = float(sound @ sound)
        for fits_left in range(_FITS - 1, -1, -1):
            hz = lines * pitch[band]
            angle = hz[:, None] * time
            cosines, sines = np.cos(angle), np.sin(angle)
            basis = np.concatenate((cosines, sines))
            onto = basis @ sound
            weights = _solve(basis @ basis.T, onto)
            rest = 1.0 - float(weights @ onto) / energy
            if rest > _HOPELESS:
                return None
            if not fits_left:
                break
            # what a change of pitch would change, band by band
            moves = angle * (weights[lines.size :, None] * cosines - weights[: lines.size, None] * sines)
            moves = np.add.reduceat(moves, colour.first_lines, axis=0)
            both = np.concatenate((basis, moves))
            change = _solve(both @ both.T, both @ sound)[basis.shape[0] :]
            pitch *= 1.0 + np.clip(change, -_STEP, _STEP)
        if rest > self._rest or np.abs(pitch - 1.0).max() > colour.tolerance:
            return None
        if not _balanced(colour, weights[: lines.size] - 1j * weights[lines.size :]):
            return None
        return float(pitch.mean())

    def _pitch(self, colour: Colour, number: int) -> float:
        """A first guess at the pitch of one of the colour's bands: by its peak, or the band's centre of gravity."""
        low, high = colour.bands[number]
        centre = colour.centres[number]
        if colour.band_of_line.count(number) == 1:
            return next(hz for hz, _ in self._peaks if low <= hz <= high) / centre
        first, last = int(low / _BIN_HZ) - 2, int(high / _BIN_HZ) + 3
        power = self._spectrum[first : last + 1] ** 2
        gravity = float(power @ np.arange(first, last + 1)) * _BIN_HZ / float(power.sum())
        return min(max(gravity / centre, 1.0 - colour.tolerance), 1.0 + colour.tolerance)


def _balanced(colour: Colour, lines: npt.NDArray[Any]) -> bool:
    """Whether no sine of the colour is missing, and a swing is one of amplitude."""
    strength = np.abs(lines)
    if not colour.swing_hz:
        return bool(strength.min() >= _PARTNER * strength.max())
    for below, carrier, above in lines.reshape(-1, 3):
        sides = below * above * np.conj(carrier) ** 2
        if min(abs(below), abs(above)) < _SWINGS * abs(carrier) or sides.real < _IN_PHASE * abs(sides):
            return False
    return True


def _solve(square: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The least squares' solution; a trace on the diagonal, so that lines too close to be told apart share."""
    size = square.shape[0]
    square = square.astype(np.float64)
    square.flat[:: size + 1] *= 1.0 + 1e-6
    square.flat[:: size + 1] += 1e-6
    solution: npt.NDArray[Any] = np.linalg.solve(square, right.astype(np.float64))
    return solution


def _peaks(spectrum: _Wide) -> list[tuple[float, float]]:
    """Spectral peaks, strongest first: (Hz, dB below the strongest); at most six."""
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


@functools.lru_cache(maxsize=64)
def _hann(size: int) -> _Wide:
    """The window of a length; lengths are multiples of 10 ms up to 80 ms, or a few samples off, so there are few."""
    window: _Wide = np.hanning(size + 2)[1:-1].astype(np.float32)
    return window


@functools.lru_cache(maxsize=64)
def _time(size: int) -> _Wide:
    """Radians a hertz, from the middle of the window."""
    time: _Wide = ((np.arange(size) - (size - 1) / 2) * (2.0 * np.pi / SAMPLE_RATE)).astype(np.float32)
    return time
