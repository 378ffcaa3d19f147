"""Fitting a line: how much of a test signal comes back, and which eight taps of the chip's digital hybrid cancel it.

Pure arithmetic on recordings; `tools.linetune` plays and records them. The taps' place and size are not taken from the
data sheet (Silicon Labs AN84 leaves the offset to the silicon revision): one tap is set, its own response is measured,
and the others are that response one sample later each.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import FLOOR_DBM0, amplitude, dbm0

Samples = npt.NDArray[np.int16]
Response = npt.NDArray[np.float64]

TAPS: Final = 8
LOWEST_TAP, HIGHEST_TAP = -128, 127
RESPONSE: Final = 192  # samples of echo path fitted, 24 ms

_SAMPLE_RATE: Final = 8000
_BAND: Final = (300.0, 3400.0)


def test_signal(seconds: float, level_dbm0: float = -13.0, seed: int = 1) -> Samples:
    """Noise in the telephone band, the same for a seed: every frequency at once, and no tone a network acts on."""
    count = int(seconds * _SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    hz = np.fft.rfftfreq(count, 1.0 / _SAMPLE_RATE)
    spectrum[(hz < _BAND[0]) | (hz > _BAND[1])] = 0.0
    wide = np.fft.irfft(spectrum, count)
    wide *= amplitude(level_dbm0) / np.sqrt(2.0) / np.sqrt(np.mean(wide**2))
    samples: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return samples


def response(played: Samples, recorded: Samples, delay: int = 0) -> Response:
    """The echo path as `RESPONSE` taps, by least squares; `delay` samples of fixed buffering are taken off.

    Raises ValueError if there is too little sound to fit.
    """
    usable = min(played.size, recorded.size - delay)
    if usable < 4 * RESPONSE:
        raise ValueError(f"line fit: {usable} samples, at least {4 * RESPONSE} are needed")
    sent = played[:usable].astype(np.float64)
    heard = recorded[delay : delay + usable].astype(np.float64)
    size = 1 << (usable + RESPONSE).bit_length()
    spectrum = np.fft.rfft(sent, size)
    own = np.fft.irfft(np.abs(spectrum) ** 2, size)[:RESPONSE]
    own[0] *= 1.0 + 1e-4  # the test signal is empty outside its band
    across = np.fft.irfft(np.conj(spectrum) * np.fft.rfft(heard - heard.mean(), size), size)[:RESPONSE]
    lags = np.abs(np.subtract.outer(np.arange(RESPONSE), np.arange(RESPONSE)))
    fitted: Response = np.linalg.solve(own[lags], across)
    return fitted


def unexplained(played: Samples, recorded: Samples, path: Response) -> float:
    """Share of the recording's energy that the fitted path does not account for: noise, or blocks lost on the way."""
    usable = min(played.size, recorded.size)
    heard = recorded[RESPONSE:usable].astype(np.float64)
    heard -= heard.mean()
    left = heard - np.convolve(played.astype(np.float64), path)[RESPONSE:usable]
    return float(left @ left) / max(float(heard @ heard), 1.0)


def return_loss(played: Samples, path: Response) -> float:
    """How far below the test signal its echo lies, dB, noise left out."""
    echo = np.convolve(played.astype(np.float64), path)[: played.size]
    level = dbm0(echo)
    return dbm0(played) - level if level > FLOOR_DBM0 else 100.0


def hybrid_taps(echo: Response, one_tap: Response, setting: int) -> tuple[int, ...]:
    """The eight taps that leave least of `echo`, given what setting the first tap to `setting` adds (`one_tap`).

    Fitted inside the telephone band, since nothing else is on the line; rounded and held to what the registers take.
    """
    size = echo.size + TAPS
    bins = slice(round(_BAND[0] / _SAMPLE_RATE * 1024), round(_BAND[1] / _SAMPLE_RATE * 1024) + 1)
    columns = []
    for tap in range(TAPS):
        column = np.zeros(size)
        column[tap : tap + one_tap.size] = one_tap / setting
        columns.append(np.fft.rfft(column, 1024)[bins])
    matrix = np.stack(columns, axis=1)
    wanted = -np.fft.rfft(echo, 1024)[bins]
    both = np.concatenate((matrix.real, matrix.imag))
    solved = np.linalg.lstsq(both, np.concatenate((wanted.real, wanted.imag)), rcond=1e-3)[0]
    return tuple(int(tap) for tap in np.clip(np.rint(solved), LOWEST_TAP, HIGHEST_TAP))
