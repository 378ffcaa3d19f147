"""What a party is to say, as samples: a WAV file, or a text spoken by a synthetic voice of the machine.

Files are a stranger's (the console's, the page's): 16-bit PCM, one or two channels, 8 to 48 kHz, at most MAX_S long,
regular files only. Texts are spoken by espeak-ng, in its own process with a time limit. Speech is brought to
LEVEL_DBM0 for texts and left as it is for files. Every failure raises VoiceError with a sentence for people.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import wave
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import dbm0, gain
from firmware.hat.protocol import RATE

Samples = npt.NDArray[np.int16]

MAX_S = 300
MAX_BYTES = MAX_S * 48000 * 4 + 4096
MAX_TEXT = 400
LEVEL_DBM0 = -18.0
SPEAK_TIMEOUT_S = 10


class VoiceError(ValueError):
    """Nothing to say: the file or the text is not what was expected."""


def from_file(path: Path) -> Samples:
    """The samples of a WAV file at 8 kHz."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise VoiceError(f"{path}: {error.strerror}") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise VoiceError(f"{path}: expected a regular file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > MAX_BYTES:
            raise VoiceError(f"{path}: {status.st_size} bytes, expected a WAV file of at most {MAX_S} s")
        return _read(file, str(path))


def from_text(text: str, language: str = "en") -> Samples:
    """The text spoken at 8 kHz."""
    if not 1 <= len(text) <= MAX_TEXT:
        raise VoiceError(f"a text of {len(text)} characters, expected 1 to {MAX_TEXT}")
    program = shutil.which("espeak-ng")
    if program is None:
        raise VoiceError("no speech synthesiser: install Debian's espeak-ng, or give a WAV file")
    try:
        done = subprocess.run(
            [program, "-v", language, "--stdout", "--stdin"],
            input=text.encode(),
            capture_output=True,
            timeout=SPEAK_TIMEOUT_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise VoiceError(f"espeak-ng cannot say {text!r}: {error}") from error
    # a WAV written to a pipe has no true length in its header: mend it, for the reader believes it
    data = bytearray(done.stdout)
    start = data.find(b"data")
    if start >= 0:
        data[start + 4 : start + 8] = (len(data) - start - 8).to_bytes(4, "little")
    samples = _read(BytesIO(bytes(data)), "espeak-ng")
    return gain(samples, LEVEL_DBM0 - dbm0(samples))


def _read(file: BinaryIO, name: str) -> Samples:
    try:
        with wave.open(file) as reader:
            rate, channels, width = reader.getframerate(), reader.getnchannels(), reader.getsampwidth()
            if width != 2 or channels not in (1, 2) or not 8000 <= rate <= 48000:
                raise VoiceError(
                    f"{name}: {8 * width} bit, {channels} channels, {rate} Hz; expected 16 bit, 1 or 2 channels, "
                    "8000 to 48000 Hz"
                )
            if reader.getnframes() > MAX_S * rate:
                raise VoiceError(f"{name}: longer than {MAX_S} s")
            data = reader.readframes(reader.getnframes())
    except (wave.Error, EOFError) as error:
        raise VoiceError(f"{name}: no WAV file: {error}") from error
    samples: Samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").astype(np.int16)
    if channels == 2:
        samples = samples.reshape(-1, 2).astype(np.int32).mean(axis=1).astype(np.int16)
    if rate == RATE:
        return samples
    return _resampled(samples, rate)


def _resampled(samples: Samples, rate: int) -> Samples:
    """To 8 kHz: low-passed by a windowed sinc below the new half rate, then read at the new places."""
    half = 16 * rate // RATE
    taps = np.sinc(np.arange(-half, half + 1) * (0.92 * RATE / rate)) * np.hamming(2 * half + 1)
    smooth = np.convolve(samples.astype(np.float64), taps / taps.sum(), "same")
    places = np.arange(samples.size * RATE // rate) * (rate / RATE)
    wide = np.interp(places, np.arange(samples.size), smooth)
    return np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
