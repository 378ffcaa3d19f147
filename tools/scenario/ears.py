"""What a party heard, and whether an expected piece of sound is in it.

``Heard`` keeps all samples a party received. A ``Template`` is an expected sound as a telephone line would pass it
(300-3400 Hz); it is found by normalised cross-correlation: 1.0 is the same waveform at any level, speech that is not it
stays below 0.5 (tests/tools/test_ears.py measures both). Matching is on the waveform, so a clipped, garbled or wrongly
timed prompt is not heard, and every 0.4 s of it must be alike: "one message" is not heard in "two messages". A window
below FLOOR_DBM0 never matches, and a template that is itself nearly silent is refused: silence cannot pass.

A ``Search`` walks forward as samples come: first the template's head (0.8 s), then, once enough has been heard, the
whole. It looks at each sample once and keeps nothing but positions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import dbm0

RATE = 8000
HEAD = 6400  # samples of a template that are looked for first: 0.8 s
SHORTEST = 1600  # a template below 0.2 s would match by chance
FLOOR_DBM0 = -45.0  # nothing below this is a heard sound; line noise is at -60
HEAD_FOUND = 0.55
FOUND = 0.6
PIECE = 3200  # samples: the whole is also compared in pieces of this length
PIECE_FOUND = 0.4
STRIDE = 800  # samples between two looks: 0.1 s
LAGS = 8000  # places compared at once; the same sound does not begin twice within a second
BAND_HZ = (300.0, 3400.0)

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float32]


def _band_filter(taps: int = 65) -> Wide:
    """A linear-phase band pass of the telephone band, Hamming windowed."""
    at = np.arange(taps) - (taps - 1) / 2
    low, high = (hz / RATE for hz in BAND_HZ)
    ideal: npt.NDArray[np.float64] = 2 * high * np.sinc(2 * high * at) - 2 * low * np.sinc(2 * low * at)
    return (ideal * np.hamming(taps)).astype(np.float32)


_BAND = _band_filter()


def in_band(samples: Samples | Wide) -> Wide:
    """The samples without what a telephone line does not carry; same length, no delay."""
    wide = samples.astype(np.float32)
    if wide.size <= _BAND.size:
        return wide
    return np.convolve(wide, _BAND, "same").astype(np.float32)


class Heard:
    """All samples one party received; index 0 is sample time 0, and where nothing was received there are zeros."""

    def __init__(self) -> None:
        self._samples = np.zeros(RATE * 60, np.int16)
        self.size = 0

    def put(self, at: int, block: Samples) -> None:
        """Takes the block that was heard from sample time ``at`` on."""
        self.advance(at)
        end = self.size + block.size
        while end > self._samples.size:
            self._samples = np.concatenate([self._samples, np.zeros_like(self._samples)])
        self._samples[self.size : end] = block
        self.size = end

    def advance(self, to: int) -> None:
        """Nothing was received up to this sample time."""
        while to > self._samples.size:
            self._samples = np.concatenate([self._samples, np.zeros_like(self._samples)])
        self.size = max(self.size, to)

    def span(self, start: int, end: int | None = None) -> Samples:
        """The samples from start to end, cut to what there is."""
        return self._samples[max(0, start) : self.size if end is None else min(end, self.size)]


@dataclass
class Template:
    """One expected sound, ready to be looked for. ``name`` is what failures call it."""

    name: str
    wave: Wide
    head: Wide = field(init=False)
    _spectra: dict[tuple[int, int], npt.NDArray[np.complexfloating[Any, Any]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.head = self.wave[:HEAD]

    def spectrum(self, part: Wide, size: int) -> npt.NDArray[np.complexfloating[Any, Any]]:
        """The conjugate spectrum of head or whole at an FFT size, kept for the next look."""
        key = (part.size, size)
        if key not in self._spectra:
            self._spectra[key] = np.conj(np.fft.rfft(part, size))
        return self._spectra[key]


def template(name: str, samples: Samples) -> Template:
    """A template of a sound, its silent ends cut off. Raises ValueError for one too short or too soft to be told."""
    wave = in_band(samples)
    loud = np.flatnonzero(np.abs(wave) > 0.02 * float(np.max(np.abs(wave), initial=1.0)))
    if loud.size:
        wave = wave[loud[0] : loud[-1] + 1]
    if loud.size == 0 or wave.size < SHORTEST or dbm0(wave) < FLOOR_DBM0:
        raise ValueError(f"{name}: too short or too soft to be heard; expected 0.2 s above {FLOOR_DBM0:.0f} dBm0")
    return Template(name, np.ascontiguousarray(wave))


def likeness(signal: Wide, part: Wide, expected: Template) -> Wide:
    """The normalised cross-correlation at each lag: ``part`` against signal[lag : lag + part.size], -1..1."""
    lags = signal.size - part.size + 1
    if lags <= 0:
        return np.zeros(0, np.float32)
    size = 1 << (signal.size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(signal, size) * expected.spectrum(part, size), size)[:lags]
    power = np.concatenate([[0.0], np.cumsum(signal.astype(np.float64) ** 2)])
    energy = power[part.size :] - power[: -part.size]
    floor = part.size * 0.5 * 32768.0**2 * 10 ** ((FLOOR_DBM0 - 3.14) / 10)
    part_energy = float(np.dot(part, part))
    return np.where(energy > floor, product / np.sqrt(part_energy * np.maximum(energy, floor)), 0.0).astype(np.float32)


@dataclass(frozen=True)
class Match:
    """Where a sound was heard: samples since the scenario began, and how alike it was (0..1)."""

    name: str
    start: int
    end: int
    alike: float


class Search:
    """Looks for one template in what a party hears, from a position on. Feed-forward: each sample is looked at once."""

    def __init__(self, heard: Heard, expected: Template, start: int, *, begun: bool = False) -> None:
        self._heard = heard
        self._expected = expected
        self._begun = begun
        self._next = start  # first lag not looked at yet
        self._candidates: list[tuple[int, float]] = []  # where a head was found, and how alike it was

    def poll(self, *, last: bool = False) -> Match | None:
        """A match that is complete by now, or None. ``last``: look now, without waiting for a full stride."""
        self._look_for_head(1 if last else STRIDE)
        for candidate in list(self._candidates):
            at, alike = candidate
            if self._begun:
                return Match(self._expected.name, at, at + self._expected.head.size, alike)
            if at + self._expected.wave.size > self._heard.size:
                continue
            self._candidates.remove(candidate)
            match = self._whole(at)
            if match is not None:
                return match
        return None

    def _look_for_head(self, fewest: int) -> None:
        """Looks at the lags that have become possible, in pieces, each of which may hold one candidate."""
        head = self._expected.head
        while (new := self._heard.size - head.size - self._next + 1) >= fewest:
            margin = _BAND.size // 2
            lags = min(new, LAGS)
            first = max(0, self._next - margin)
            span = self._heard.span(first, self._next + lags + head.size - 1 + margin)
            signal = in_band(span)[self._next - first :][: lags + head.size - 1]
            alike = likeness(signal, head, self._expected)
            at = int(np.argmax(alike))
            if alike[at] >= HEAD_FOUND:
                self._candidates.append((self._next + at, float(alike[at])))
            self._next += lags

    def _whole(self, at: int) -> Match | None:
        """The whole template against the samples at one place."""
        wave = self._expected.wave
        slack = 40  # the head of a slightly longer sound may peak some samples off
        first = max(0, at - slack)
        signal = in_band(self._heard.span(first, at + wave.size + slack))
        alike = likeness(signal, wave, self._expected)
        best = int(np.argmax(alike))
        weakest = _weakest_piece(signal[best : best + wave.size], wave)
        if alike[best] < FOUND or weakest < PIECE_FOUND:
            return None
        return Match(self._expected.name, first + best, first + best + wave.size, float(alike[best]))


def _weakest_piece(signal: Wide, wave: Wide) -> float:
    """The least likeness of any piece that carries sound (within 20 dB of the whole); -1..1."""
    usual = float(np.dot(wave, wave)) / wave.size
    weakest = 1.0
    for at in range(0, wave.size - PIECE // 2, PIECE):
        one, other = wave[at : at + PIECE], signal[at : at + PIECE]
        energy = float(np.dot(one, one))
        if energy / one.size > 0.01 * usual:
            weakest = min(weakest, float(np.dot(one, other)) / max(1.0, (energy * float(np.dot(other, other))) ** 0.5))
    return weakest


def everything(heard: Heard, start: int, known: list[Template]) -> list[Match]:
    """Which of the known sounds begin in what was heard since ``start``, in order of time; for failure sentences."""
    signal = in_band(heard.span(start))
    found = []
    for one in known:
        alike = likeness(signal, one.head, one)
        if alike.size == 0:
            continue
        at = int(np.argmax(alike))
        if alike[at] >= HEAD_FOUND:
            found.append(Match(one.name, start + at, start + at + one.head.size, float(alike[at])))
    found.sort(key=lambda match: (-match.alike, match.start))
    kept: list[Match] = []
    for match in found:  # of two that claim the same moment, the likelier
        if all(abs(match.start - other.start) > HEAD // 2 for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
