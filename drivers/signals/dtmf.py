"""DTMF receiver: samples in, digits out, while they begin and again when they end.

What it does. The line is looked at every 5 ms (a hop of 40 samples). A cheap gate - the power of the eight tones in
three 10 ms windows against all power there - passes the few hops that could hold a digit. Only those are measured: both
tones' frequency, amplitude and drift are fitted to the last 30 ms by least squares, and what the fit leaves over (the
residual) tells a digit from speech. While a digit lasts its two tones are followed at the frequencies measured.

Life cycle. One `DtmfReceiver` a direction of a leg; `feed` it every block, of any length, in order; `reset` makes it
new. A digit is told twice: with `end=None` as soon as it is sure (about 32 ms after its start), and with its end once
it has been away for 20 ms, so that a gap of 10 ms does not double it.

Failure behaviour. Any int16 input is legal; memory is a fixed history; silence costs a dot product.

Sources: ITU-T Q.23 (frequencies), Q.24 (what a receiver must take and refuse).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.dial_tone import BLOCK, DELAY, DialTone
from drivers.signals.tones import DTMF_HIGH, DTMF_KEYS, DTMF_LOW
from drivers.signals.tones import SAMPLE_RATE as RATE

HOP = 40  # samples between two looks, 5 ms
SHORT = 80  # samples of a gate window and of the window a digit is followed with, 10 ms
WINDOW = 240  # samples a digit must fill to be one, 30 ms; shorter than 40 ms less a hop, longer than Q.24's 23 ms
HISTORY = 640  # samples kept; covers the window, the search for the start and the gate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DtmfLimits:
    """What counts as a digit. Q.24 leaves levels to the administrations: Japan refuses below -29 dBm0.

    `least_level` and `weakest_tone` in dBm0; `deviation` a fraction of the nominal frequency; `twist_low` and
    `twist_high` bound the high tone's level over the low tone's, dB; `residual` is the greatest share of the window's
    energy that the two tones may leave unexplained, `peak` how far the residual's strongest line may stand above its
    mean power: noise leaves a flat spectrum, a voice leaves its other harmonics.
    """

    least_level: float = -42.0
    weakest_tone: float = -48.0
    deviation: float = 0.0195
    twist_low: float = -9.5
    twist_high: float = 5.5
    residual: float = 0.14
    peak: float = 12.0


@dataclass(frozen=True)
class Digit:
    """A digit heard.

    `start` and `end` in samples since the receiver's start, good to about 2 ms; `end` is None while it lasts. `level`
    is the mean power of the two tones in dBm0 (per tone: two equal tones at -20 dBm0 give -20.0). `twist` is the high
    tone's level over the low tone's in dB.
    """

    digit: str
    start: int
    end: int | None
    level: float
    twist: float


@dataclass
class _Lasting:
    """The digit that is on: what was told of it, and how its tones are followed."""

    told: Digit
    kernels: Floats  # SHORT x 4: cosine and sine of both tones at the frequencies measured
    floor: tuple[float, float]  # amplitude below which the low and the high tone count as away
    seen: float  # sample up to which both tones were there


@dataclass(frozen=True)
class _Fit:
    """Two sine waves fitted to one window."""

    row: int
    column: int
    frequencies: tuple[float, float]
    amplitudes: tuple[float, float]
    residual: float


def _kernels(frequencies: Floats, length: int) -> Floats:
    """Cosines then sines of the frequencies in Hz, `length` x 2n, scaled so that a sine of amplitude a gives a."""
    phase = 2 * np.pi / RATE * np.outer(np.arange(length), frequencies)
    scaled: Floats = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * (2 / length)
    return scaled


_TONES = np.array(DTMF_LOW + DTMF_HIGH)
_GATE_KERNELS = _kernels(_TONES, SHORT).astype(np.float32)
_CENTRED = (np.arange(WINDOW) - (WINDOW - 1) / 2) / RATE  # seconds from the window's middle
_SLOPE = _CENTRED[:, None] / _CENTRED[-1]
_STEP = 2 * np.pi * _TONES * SHORT / RATE  # phase a tone gains between two gate windows
_ROUGH = 0.008  # the phase step's own error in a tone's frequency, as a share
_EVEN = 0.12  # least power of a tone in the weakest of three gate windows, as a share of the strongest
_CLEAN = 0.03  # a residual too small to be told apart from companding and switching clicks
_HANN = np.hanning(WINDOW)
_BAND = slice(16, 224)  # 250 to 3500 Hz of a 512-point spectrum
_GATE_SHARE = 0.5  # of the energy: a digit at 10 dB SNR and 1.8 % off still shows 0.65


@dataclass
class DtmfReceiver:
    """Hears DTMF digits, also over a dial tone. See the module's docstring for the life cycle."""

    limits: DtmfLimits = field(default_factory=DtmfLimits)

    def __post_init__(self) -> None:
        self._plain = _Detector(self.limits)
        self._behind = _Detector(self.limits)  # hears what is left without the dial tone
        self._dial_tone = DialTone()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sample fed is sample 0."""
        self._plain.reset()
        self._dial_tone.reset()
        self._position = 0
        self._origin: int | None = None  # of the samples fed to `_behind`

    def feed(self, samples: npt.NDArray[np.int16], *, echo: bool = False) -> list[Digit]:
        """Hear the next samples (int16, any length); the digits that began or ended in them.

        `echo`: our own voice was cancelled out of these samples; what is left of it must not count against a digit.
        """
        self._plain.echo = self._behind.echo = echo
        facts: list[Digit] = []
        for start in range(0, samples.size, BLOCK):
            facts += self._hear(samples[start : start + BLOCK])
        return facts

    def _hear(self, piece: npt.NDArray[np.int16]) -> list[Digit]:
        facts = self._plain.feed(piece)
        bare = None if self._plain.silent and not self._dial_tone.on else self._dial_tone.feed(piece)
        if bare is not None:
            if self._origin is None:
                self._behind.reset()
                self._origin = self._position - DELAY
            facts += [_moved(digit, self._origin) for digit in self._behind.feed(bare)]
        elif self._origin is not None:
            quiet = np.zeros(WINDOW, np.int16)
            facts += [_moved(digit, self._origin) for digit in self._behind.feed(quiet)]  # ends a digit that is on
            self._origin = None
        self._position += piece.size
        return facts


def _moved(digit: Digit, by: int) -> Digit:
    return replace(digit, start=max(0, digit.start + by), end=None if digit.end is None else max(1, digit.end + by))


class _Detector:
    """The detector proper: one stream of samples, whatever lies under its digits counts against them."""

    def __init__(self, limits: DtmfLimits) -> None:
        self.limits = limits
        self.echo = False
        self._least_energy = SHORT * levels.amplitude(self.limits.least_level - 1.0) ** 2
        self._quiet = 0.5 * self._least_energy
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sample fed is sample 0."""
        self._past = np.zeros(HISTORY, np.float32)
        self._position = 0  # samples looked at, a multiple of HOP
        self._rest = np.zeros(0, np.int16)
        self._lasting: _Lasting | None = None
        self._floor_position = 0.0  # a digit cannot begin before the last one ended
        self.silent = True

    def feed(self, samples: npt.NDArray[np.int16]) -> list[Digit]:
        """Hear the next samples (int16, any length); the digits that began or ended in them."""
        if self._rest.size:
            samples = np.concatenate([self._rest, samples])
        usable = samples.size - samples.size % HOP
        self._rest = samples[usable:].copy() if usable < samples.size else samples[:0]
        if not usable:
            return []
        fresh = samples[:usable].astype(np.float32)
        if self._lasting is None and float(np.dot(fresh, fresh)) < self._quiet:
            silent, self.silent = self.silent, True
            if not silent:
                self._past = np.concatenate([self._past, fresh])[-HISTORY:]
            elif usable < HISTORY:
                self._past[:-usable] = self._past[usable:]
                self._past[-usable:] = fresh
            else:
                self._past = fresh[-HISTORY:]
            self._position += usable
            return []
        self.silent = False
        signal = np.concatenate([self._past, fresh])
        facts = self._look(signal, usable // HOP)
        self._past = signal[-HISTORY:]
        self._position += usable
        return facts

    def _look(self, signal: npt.NDArray[np.float32], hops: int) -> list[Digit]:
        """Go through the new hops of `signal` (HISTORY samples of the past, then the new ones)."""
        facts: list[Digit] = []
        gate = self._gate(signal, hops)
        hop = 0
        while hop < hops:
            if self._lasting is None:
                if not gate.size or gate[-1] < hop:
                    break
                hop = int(gate[np.searchsorted(gate, hop)])
                begun = self._begin(signal, HISTORY + (hop + 1) * HOP)
                if begun is not None:
                    facts.append(begun)
            else:
                ended = self._follow(signal, HISTORY + (hop + 1) * HOP)
                if ended is not None:
                    facts.append(ended)
            hop += 1
        return facts

    def _gate(self, signal: npt.NDArray[np.float32], hops: int) -> npt.NDArray[np.int64]:
        """The hops at whose end a digit may have filled the window."""
        first = HISTORY + HOP - WINDOW
        pieces = signal[first : first + (hops + 5) * HOP].reshape(-1, HOP)
        # a window is two hops long and begins at each; two windows of look-back lie two hops apart each
        windows = np.concatenate((pieces[:-1], pieces[1:]), axis=1)
        tones = np.dot(windows, _GATE_KERNELS)
        np.square(tones, out=tones)
        power = tones[:, :8] + tones[:, 8:]  # amplitude squared of each tone
        energy = np.einsum("ij,ij->i", windows, windows)
        power = power[:-4] + power[2:-2] + power[4:]
        energy = energy[:-4] + energy[2:-2] + energy[4:]
        low = power[:, :4].max(axis=1)
        high = power[:, 4:].max(axis=1)
        both = (low + high) * (SHORT / 2)
        passed = (both > _GATE_SHARE * energy) & (energy > self._least_energy) & (low < 16 * high) & (high < 8 * low)
        return np.flatnonzero(passed)

    def _begin(self, signal: npt.NDArray[np.float32], until: int) -> Digit | None:
        """The digit that fills the window ending before index `until` of `signal`, now on; None if there is none."""
        fit = self._measure(signal[until - WINDOW : until].astype(np.float64))
        if fit is None:
            return None
        low, high = fit.amplitudes
        kernels = _kernels(np.array(fit.frequencies), SHORT)
        floor = (0.5 * low, 0.5 * high)
        # the start: go back in quarter windows until the tones are not there
        edge = until - WINDOW + SHORT // 2
        while edge - SHORT // 2 > 20 and _present(signal[edge - SHORT // 2 : edge + SHORT // 2], kernels, floor) > 1.0:
            edge -= 20
        offset = self._position - HISTORY
        start = max(float(edge + 10 + offset), self._floor_position, 0.0)
        level = 10 * math.log10((low * low + high * high) / 2 / levels.amplitude(0.0) ** 2)
        told = Digit(DTMF_KEYS[4 * fit.row + fit.column], round(start), None, level, 20 * math.log10(high / low))
        self._lasting = _Lasting(told, kernels, floor, float(until + offset))
        return told

    def _follow(self, signal: npt.NDArray[np.float32], until: int) -> Digit | None:
        """Follow the digit that is on over the hop that ends before `until`; the digit with its end if it is over."""
        lasting = self._lasting
        assert lasting is not None
        middle = until - SHORT // 2 + self._position - HISTORY
        if _present(signal[until - SHORT : until], lasting.kernels, lasting.floor) > 1.0:
            lasting.seen = float(middle)
            return None
        if middle - lasting.seen < 140:
            return None
        self._lasting = None
        end = round(lasting.seen + HOP / 2)
        self._floor_position = float(end)
        return replace(lasting.told, end=max(end, lasting.told.start + 1))

    def _measure(self, window: Floats) -> _Fit | None:
        """Fit the two strongest tones to the window; None if they are not a digit by the limits."""
        limits = self.limits
        energy = float(np.dot(window, window))
        sines = window.reshape(3, SHORT) @ _GATE_KERNELS
        tones = sines[:, :8] - 1j * sines[:, 8:]
        strength = (tones.real**2 + tones.imag**2).sum(axis=0)
        row = int(strength[:4].argmax())
        column = int(strength[4:].argmax())
        chosen = np.array([row, 4 + column])
        tones = tones[:, chosen]
        turn = (tones[1:] * tones[:-1].conj()).sum(axis=0) * np.exp(-1j * _STEP[chosen])
        nominal = _TONES[chosen]
        frequency = nominal + np.angle(turn) * (RATE / (2 * np.pi * SHORT))
        # most of what speech offers ends here: a digit's tones are near and steady even at 10 dB SNR, so that the fit
        # below, which decides, is not made in vain (none of 1500 corner digits was lost)
        power = tones.real**2 + tones.imag**2
        if (
            np.abs(frequency / nominal - 1).max() > limits.deviation + _ROUGH
            or (power.min(0) < _EVEN * power.max(0)).any()
        ):
            return None
        for _ in range(2):
            phase = 2 * np.pi * np.outer(_CENTRED, frequency)
            cosine, sine = np.cos(phase), np.sin(phase)
            basis = np.concatenate([cosine, sine, _SLOPE * cosine, _SLOPE * sine], axis=1)
            weights = np.linalg.solve(basis.T @ basis, basis.T @ window)
            a, b, c, d = weights.reshape(4, 2)
            # a cos + b sin turning by w t: the slope terms hold (-a w sin + b w cos) t
            square = a * a + b * b
            frequency = frequency + (b * c - a * d) / (square + 1e-9) / (_CENTRED[-1] * 2 * np.pi)
        if np.abs(frequency / nominal - 1).max() > limits.deviation:
            return None
        phase = 2 * np.pi * np.outer(_CENTRED, frequency)
        basis = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
        projected = basis.T @ window
        weights = np.linalg.solve(basis.T @ basis, projected)
        residual = 1 - float(np.dot(weights, projected)) / energy
        if residual > limits.residual:
            return None
        if residual > _CLEAN and not self.echo and _peak(window - basis @ weights) > limits.peak:
            return None
        low, high = (float(v) for v in np.hypot(weights[:2], weights[2:]))
        if min(low, high) < levels.amplitude(limits.weakest_tone):
            return None
        if (low * low + high * high) / 2 < levels.amplitude(limits.least_level) ** 2:
            return None
        if not limits.twist_low <= 20 * math.log10(high / low) <= limits.twist_high:
            return None
        return _Fit(row, column, (float(frequency[0]), float(frequency[1])), (low, high), residual)


def _peak(residual: Floats) -> float:
    """The strongest line of the residual's spectrum over its mean power, 250 to 3500 Hz."""
    spectrum = np.fft.rfft(residual * _HANN, 512)[_BAND]
    power = spectrum.real**2 + spectrum.imag**2
    return float(power.max() / power.mean())


def _present(window: npt.NDArray[np.float32], kernels: Floats, floor: tuple[float, float]) -> float:
    """How far the weaker of two followed tones is above its floor in a short window; 1 = just there."""
    low_cosine, high_cosine, low_sine, high_sine = (float(v) for v in window @ kernels)
    return min(math.hypot(low_cosine, low_sine) / floor[0], math.hypot(high_cosine, high_sine) / floor[1])
