"""Our own adaptive echo canceller in numpy: the second stage where libspeexdsp is missing.

A partitioned-block frequency-domain NLMS filter (Soo and Pang's multidelay filter) in two copies: the background copy
adapts on every block, the foreground copy makes the output and takes over the background's taps only when they have
cancelled clearly better for several blocks, so that double talk cannot pull it away (Ochiai's two-path rule). About
three times the cost of libspeexdsp for much the same loss of late echo; see docs/benchmarks.md, Echo. A line whose echo
the model in front of it reaches (`drivers/signals/echo/model.py`) does not need it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

BLOCK: Final = 160
_FFT: Final = 2 * BLOCK


class NumpyCanceller:
    """Interface of the speex engine: `process(near, reference) -> int16[160]`, `reset()`."""

    _STEP: Final = 0.9
    _BETTER: Final = 0.8  # the background's residual must be below this share of the foreground's ...
    _FOR_BLOCKS: Final = 3  # ... for so many blocks in a row ...
    _CLEARLY: Final = 0.25  # ... and at this share of what is heard: while somebody else speaks it never is
    _WORSE: Final = 4.0  # a background this much worse than the foreground starts again from it

    def __init__(self, tail: int) -> None:
        self._parts = -(-tail // BLOCK)
        self.reset()

    def reset(self) -> None:
        bins = BLOCK + 1
        self._spectra = np.zeros((self._parts, bins), np.complex128)
        self._background = np.zeros((self._parts, bins), np.complex128)
        self._foreground = np.zeros((self._parts, bins), np.complex128)
        self._reference = np.zeros(_FFT)
        self._power = np.full(bins, 1e6)
        self._better = 0
        self._turn = 0
        self._fore_energy = self._back_energy = 0.0

    def process(self, near: Samples, reference: Samples) -> Samples:
        self._reference[:BLOCK] = self._reference[BLOCK:]
        self._reference[BLOCK:] = reference
        self._spectra = np.roll(self._spectra, 1, axis=0)
        self._spectra[0] = np.fft.rfft(self._reference)
        wide = near.astype(np.float64)
        both = np.stack([(self._background * self._spectra).sum(0), (self._foreground * self._spectra).sum(0)])
        echoes = np.fft.irfft(both, axis=1)[:, BLOCK:]
        back_error = wide - echoes[0]
        fore_error = wide - echoes[1]
        self._adapt(back_error)
        self._choose(back_error, fore_error, wide)
        out: Samples = np.clip(np.rint(fore_error), -32768, 32767).astype(np.int16)
        return out

    def _adapt(self, error: npt.NDArray[np.float64]) -> None:
        energy = (np.abs(self._spectra) ** 2).sum(0)
        self._power += 0.3 * (energy - self._power)
        spectrum = np.fft.rfft(np.concatenate((np.zeros(BLOCK), error)))
        # leakage of near-end energy into the step is bounded by adding the error's own power to the divisor
        divisor = np.maximum(self._power, energy) + 2.0 * np.abs(spectrum) ** 2 + 1e5
        self._background += (self._STEP / divisor) * np.conj(self._spectra) * spectrum
        # the gradient constraint keeps each partition causal; one partition a block is enough and cheap
        taps = np.fft.irfft(self._background[self._turn])
        taps[BLOCK:] = 0.0
        self._background[self._turn] = np.fft.rfft(taps)
        self._turn = (self._turn + 1) % self._parts

    def _choose(
        self, back: npt.NDArray[np.float64], fore: npt.NDArray[np.float64], near: npt.NDArray[np.float64]
    ) -> None:
        self._back_energy += 0.4 * (float(back @ back) - self._back_energy)
        self._fore_energy += 0.4 * (float(fore @ fore) - self._fore_energy)
        if self._back_energy < self._BETTER * self._fore_energy and float(back @ back) < self._CLEARLY * float(
            near @ near
        ):
            self._better += 1
            if self._better >= self._FOR_BLOCKS:
                self._foreground[:] = self._background
                self._fore_energy = self._back_energy
        else:
            self._better = 0
            if self._back_energy > self._WORSE * self._fore_energy + 1e4:
                self._background[:] = self._foreground
                self._back_energy = self._fore_energy
