"""What a telephone line does to sound: band, loss, the hybrid's echo, noise, hum and companding.

One `LineModel` is one subscriber line as seen from its end: `to_box` is what the box (or a handset) hears, made from
what the exchange sends and from the box's own voice coming back through the hybrid; `to_exchange` is what the far side
gets. Both work block by block without a seam, the same bytes for the same seed, and cost some 20 microseconds a block
of 160 samples each.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.hybrids import echo_path
from drivers.signals.levels import FLOOR_DBM0, amplitude

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float32]

BLOCK: Final = 160
SAMPLE_RATE: Final = 8000
BAND_TAPS: Final = 129
BAND_HZ: Final = (300.0, 3400.0)

_NOISE_SAMPLES: Final = 64000  # eight seconds of noise, read from a new place each block


@dataclass(frozen=True, slots=True)
class LineSettings:
    """One line. Levels in dBm0 over 0-4 kHz; a level at or below -100 means none."""

    law: g711.Law = "mu"
    loss_db: float = 0.0  # one way, exchange to box and box to exchange alike
    hybrid: str = "G168-D2"
    return_loss_db: float = 14.0  # the box's own voice comes back this much down; 100 or more: no echo
    echo_delay: int = 4  # samples between leaving the box and the hybrid's first answer
    noise_dbm0: float = -65.0
    hum_dbm0: float = FLOOR_DBM0
    hum_hz: float = 60.0
    band: bool = True  # False: no band limit (wires on a bench)
    seed: int = 0


class LineModel:
    """The line. `settings` may be replaced with `change` while it runs (a tuner changes the hybrid)."""

    def __init__(self, settings: LineSettings | None = None) -> None:
        self.change(settings or LineSettings())
        self.reset()

    def change(self, settings: LineSettings) -> None:
        """Take other settings from the next block on. Raises ValueError on an unknown hybrid or law."""
        self.settings = settings
        gain = 10.0 ** (-settings.loss_db / 20.0)
        straight = band_pass() * np.float32(gain) if settings.band else np.array([gain], np.float32)
        if settings.return_loss_db >= 100.0:
            echo = np.zeros(1, np.float32)
        else:
            echo = echo_path(settings.hybrid, settings.return_loss_db, settings.echo_delay)
        self._straight = _kernel(straight)
        self._echo = _kernel(echo)
        self._law = settings.law
        g711.quantise(np.zeros(1, np.int16), settings.law)
        self._noise = _noise(settings.seed, settings.noise_dbm0) if settings.noise_dbm0 > FLOOR_DBM0 else None
        self._hum = _hum(settings.hum_hz, settings.hum_dbm0) if settings.hum_dbm0 > FLOOR_DBM0 else None

    def reset(self) -> None:
        """Start over: empty filters, noise from its beginning."""
        self._from_exchange = np.zeros(_HISTORY + BLOCK, np.float32)
        self._own_voice = np.zeros(_HISTORY + BLOCK, np.float32)
        self._from_box = np.zeros(_HISTORY + BLOCK, np.float32)
        # the two directions draw their places in the noise apart, so that the order of calls does not matter
        self._places = [np.random.default_rng((self.settings.seed, way)) for way in (0, 1)]
        self._time = 0

    def to_box(self, from_exchange: Samples, own_voice: Samples) -> Samples:
        """What the box hears for one block: the exchange's audio, our own voice echoed, noise and hum."""
        _push(self._from_exchange, from_exchange)
        _push(self._own_voice, own_voice)
        heard = _filtered(self._from_exchange, self._straight) + _filtered(self._own_voice, self._echo)
        if self._hum is not None:
            heard += self._hum[self._time : self._time + BLOCK]
            self._time = (self._time + BLOCK) % SAMPLE_RATE
        return self._finish(heard, 0)

    def to_exchange(self, from_box: Samples) -> Samples:
        """What the far side hears of the box for one block."""
        _push(self._from_box, from_box)
        return self._finish(_filtered(self._from_box, self._straight), 1)

    def _finish(self, heard: _Wide, way: int) -> Samples:
        if self._noise is not None:
            place = int(self._places[way].integers(0, _NOISE_SAMPLES - BLOCK))
            heard = heard + self._noise[place : place + BLOCK]
        np.rint(heard, out=heard)
        np.maximum(heard, _LOWEST, out=heard)  # two calls cost a third of np.clip's
        np.minimum(heard, _HIGHEST, out=heard)
        return g711.quantise(heard.astype(np.int16), self._law)


_LOWEST: Final = np.float32(-32768.0)
_HIGHEST: Final = np.float32(32767.0)
_HISTORY: Final = 320  # samples of past that are kept: the longest echo path with its delay


def _push(window: _Wide, block: Samples) -> None:
    if block.size != BLOCK:
        raise ValueError(f"line model: a block of {block.size} samples, expected {BLOCK}")
    window[:-BLOCK] = window[BLOCK:]
    window[-BLOCK:] = block


@functools.cache
def band_pass() -> _Wide:
    """The telephone band, linear phase, 0 dB in the middle, -3 dB near 300 and 3400 Hz (G.712's mask is wider)."""
    n = np.arange(BAND_TAPS) - (BAND_TAPS - 1) / 2
    low, high = (2.0 * edge / SAMPLE_RATE for edge in BAND_HZ)
    taps = (high * np.sinc(high * n) - low * np.sinc(low * n)) * np.hamming(BAND_TAPS)
    middle = np.abs(np.sum(taps * np.exp(-2j * np.pi * 1000.0 / SAMPLE_RATE * n)))
    scaled: _Wide = (taps / middle).astype(np.float32)
    return scaled


def _kernel(taps: _Wide) -> _Wide:
    """A filter as `_filtered` wants it: backwards."""
    if taps.size > _HISTORY:
        raise ValueError(f"line model: a filter of {taps.size} taps, at most {_HISTORY} fit")
    return np.ascontiguousarray(taps[::-1])


def _filtered(window: _Wide, kernel: _Wide) -> _Wide:
    """The newest block of the window through a filter."""
    block: _Wide = np.correlate(window[window.size - BLOCK - kernel.size + 1 :], kernel, "valid")
    return block


@functools.lru_cache(maxsize=16)
def _noise(seed: int, level_dbm0: float) -> _Wide:
    rms = amplitude(level_dbm0) / np.sqrt(2.0)
    return np.random.default_rng(seed).normal(0.0, rms, _NOISE_SAMPLES).astype(np.float32)


@functools.lru_cache(maxsize=16)
def _hum(hz: float, level_dbm0: float) -> _Wide:
    """One second of mains hum (three harmonics, 0, -6 and -12 dB) and one block more, whole cycles of whole Hz."""
    time = np.arange(SAMPLE_RATE + BLOCK) / SAMPLE_RATE
    shape = sum(share * np.sin(2 * np.pi * round(hz) * k * time) for k, share in ((1, 1.0), (2, 0.5), (3, 0.25)))
    peak = amplitude(level_dbm0) / np.sqrt(1.0 + 0.25 + 0.0625)
    return np.asarray(shape * peak, dtype=np.float32)
