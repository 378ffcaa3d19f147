"""Speech for the signal tests: synthetic voices at a line's rate and level."""

from __future__ import annotations

import functools
import itertools
import subprocess
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals.levels import amplitude

Samples = npt.NDArray[np.int16]
Speech = Callable[[float, int, float], Samples]

SENTENCES = (
    "please call me back about the invoice of last week", "we are closed today and open again tomorrow at nine",
    "the quick brown fox jumps over the lazy dog", "she sells sea shells by the sea shore on thursdays",
    "could you tell him that his order is ready for collection", "nine seven four, two two, five one six eight",
)  # fmt: skip
VOICES = ("en-gb", "en-us+f2", "fr", "de+m3", "en-gb+f4")


@functools.cache
def sentence(number: int) -> npt.NDArray[np.float64]:
    """One sentence by one voice at 8 kHz, from its first to its last sound, and a short pause."""
    text, voice = SENTENCES[number % len(SENTENCES)], VOICES[number % len(VOICES)]
    wav = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], capture_output=True, check=True).stdout
    rate = int.from_bytes(wav[24:28], "little")
    wide = np.frombuffer(wav[44 : len(wav) // 2 * 2], np.int16).astype(float)
    spectrum = np.fft.rfft(wide)
    hz = np.fft.rfftfreq(wide.size, 1 / rate)
    spectrum[(hz < 200) | (hz > 3500)] = 0
    wide = np.interp(np.arange(0, wide.size - 1, rate / 8000), np.arange(wide.size), np.fft.irfft(spectrum, wide.size))
    loud = np.flatnonzero(np.abs(wide) > 0.02 * np.abs(wide).max())
    return np.concatenate((wide[loud[0] : loud[-1]], np.zeros(1600)))


@pytest.fixture(scope="session")
def speech() -> Speech:
    """`speech(seconds, seed, level_dbm0)`: sentences one after another, the level that of the whole."""

    def speak(seconds: float, seed: int, level: float) -> Samples:
        count = round(seconds * 8000)
        pieces: list[npt.NDArray[np.float64]] = []
        for number in itertools.count(seed):
            if sum(piece.size for piece in pieces) >= count:
                break
            pieces.append(sentence(number))
        wide = np.concatenate(pieces)[:count]
        wide = wide * amplitude(level) / np.sqrt(2) / np.sqrt(np.mean(wide**2))
        samples: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
        return samples

    return speak
