"""Text to speech: a text in, samples at the telephone's rate out, ready to play.

A Debian engine (flite for English, espeak-ng for French) speaks into a WAV file; it is brought to 8 kHz and the
telephone band in one step, trimmed, and set to -19 dBm0 active speech level. What was spoken is kept as a WAV file
under a name made from voice and text, so each text is spoken once. ``say`` blocks: call it off the loop. A missing or
failing engine, and a text that gives no sound, is a SpeechError; a damaged file in the cache is spoken again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import unicodedata
import wave
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import FULL_SCALE_DBM0

RATE = 8000
LEVEL = -19.0
"""dBm0, active speech level: VOICE.md."""

RENDERED = Path(__file__).resolve().parents[3] / "build" / "prompts"
"""What ``make setup`` rendered; read, never written, by a running box."""

LONGEST_TEXT = 600
"""Characters; longer texts are refused: a caller cannot be made to wait for ever."""

CACHE_FILES = 2000
"""The cache keeps this many files, the ones used last (about 100 MB at the most)."""

_ENGINE_SECONDS = 20
_LEAD = 0.03
_TAIL = 0.06
"""Seconds of silence kept before the first and after the last sound (below the 150 ms of VOICE.md)."""

_BAND = ((180.0, 280.0), (3450.0, 3650.0))
"""Hz: from nothing to all, from all to nothing. What a line carries anyway, so that levels hold on the line."""

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


class SpeechError(Exception):
    """Raised when a text cannot be spoken; the text says why."""


class Voice(Protocol):
    """The part of a prompt file's voice that is needed here."""

    @property
    def engine(self) -> str: ...

    @property
    def voice(self) -> str: ...

    @property
    def stretch(self) -> float: ...


def clean(text: str) -> str:
    """A text without control characters and without what an engine would take as its own commands ([[, tags)."""
    plain = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    for sign in "[]<>{}\\|":
        plain = plain.replace(sign, " ")
    return " ".join(plain.split())


def active_level(samples: npt.ArrayLike) -> float:
    """Active speech level in dBm0 after ITU-T P.56 method B: pauses do not count. -inf for silence.

    The envelope is followed with P.56's 30 ms filter; the level is that of the parts less than 15.9 dB below itself.
    """
    signal = np.asarray(samples, dtype=np.float64) / 32768.0
    energy = float(np.sum(signal**2))
    if energy == 0.0:
        return -np.inf
    envelope = _smooth(np.abs(signal))
    hangover = int(0.2 * RATE)
    low, high = -80.0, 0.0
    for _ in range(24):  # the margin falls as the threshold rises: bisection
        threshold = (low + high) / 2
        above = envelope >= 10 ** (threshold / 20)
        active = _held(above, hangover)
        count = int(np.count_nonzero(active))
        level = 10 * np.log10(energy / count) if count else -np.inf
        if level - threshold > 15.9:
            low = threshold
        else:
            high = threshold
    return float(level + FULL_SCALE_DBM0 + 10 * np.log10(2))


def _smooth(rectified: Floats) -> Floats:
    """P.56's envelope: two exponential averages of 30 ms in series, as one convolution."""
    g = np.exp(-1 / (0.03 * RATE))
    n = np.arange(int(0.3 * RATE))
    kernel = (1 - g) ** 2 * (n + 1) * g**n
    size = len(rectified) + len(kernel)
    product = np.fft.rfft(rectified, size) * np.fft.rfft(kernel, size)
    smoothed: Floats = np.fft.irfft(product, size)[: len(rectified)]
    return smoothed


def _held(above: npt.NDArray[np.bool_], hangover: int) -> npt.NDArray[np.bool_]:
    """``above``, each run prolonged by ``hangover`` samples."""
    index = np.arange(len(above))
    last = np.maximum.accumulate(np.where(above, index, -hangover - 1))
    held: npt.NDArray[np.bool_] = index - last <= hangover
    return held


def to_line(signal: Floats, rate: int) -> Floats:
    """A whole recording at any rate, resampled to 8 kHz and limited to the telephone band, in the frequency domain."""
    seconds = len(signal) / rate
    padded_seconds = int(np.ceil(seconds)) + 1  # whole seconds: both lengths are whole numbers of samples
    spectrum = np.fft.rfft(signal, padded_seconds * rate)[: padded_seconds * RATE // 2 + 1]
    frequency = np.arange(len(spectrum)) / padded_seconds
    (low0, low1), (high0, high1) = _BAND
    rise = np.clip((frequency - low0) / (low1 - low0), 0, 1)
    fall = np.clip((high1 - frequency) / (high1 - high0), 0, 1)
    window = 0.25 * (1 - np.cos(np.pi * rise)) * (1 - np.cos(np.pi * fall))
    line: Floats = np.fft.irfft(spectrum * window, padded_seconds * RATE) * (RATE / rate)
    return line[: int(np.ceil(seconds * RATE))]


def finish(signal: Floats) -> Samples:
    """Trims silence, sets the level, rounds to 16 bits. Raises SpeechError where there is nothing to hear."""
    frame = RATE // 100
    frames = signal[: len(signal) // frame * frame].reshape(-1, frame)
    power = np.mean(frames**2, axis=1) if len(frames) else np.zeros(1)
    heard = np.flatnonzero(power > power.max() * 10**-4.5)
    if power.max() < 1e-9:
        raise SpeechError("the engine gave no sound")
    first = max(0, int(heard[0] * frame - _LEAD * RATE))
    last = min(len(signal), int((heard[-1] + 1) * frame + _TAIL * RATE))
    speech = signal[first:last].copy()
    fade = np.linspace(0, 1, int(0.01 * RATE))
    speech[: len(fade)] *= fade
    speech[-len(fade) :] *= fade[::-1]
    for _ in range(2):  # the second pass makes up for what the rounding of the first changed
        speech *= 10 ** ((LEVEL - active_level(speech * 32768)) / 20)
    peak = float(np.max(np.abs(speech)))
    if peak > 0.99:
        speech *= 0.99 / peak
    samples: Samples = np.round(speech * 32767).astype(np.int16)
    return samples


def _command(voice: Voice, text: str, target: Path) -> list[str]:
    if voice.engine == "flite":
        return [
            "flite",
            "-voice",
            voice.voice,
            "--setf",
            f"duration_stretch={voice.stretch}",
            "-t",
            text,
            "-o",
            str(target),
        ]
    pace = round(170 / voice.stretch)  # words a minute; 170 is espeak-ng's usual pace, 175, a little calmer
    return ["espeak-ng", "-v", voice.voice, "-s", str(pace), "-w", str(target), "--", text]


def _engine(voice: Voice, text: str) -> tuple[Floats, int]:
    """What the engine says, as floats of -1..1, and its rate (Hz)."""
    if shutil.which(voice.engine) is None:
        raise SpeechError(f"{voice.engine} is not installed (Debian package {voice.engine})")
    try:
        with tempfile.TemporaryDirectory(prefix="frontdesk-speech-") as folder:
            samples, rate = _written(voice, text, Path(folder) / "speech.wav")
    except OSError as error:  # a full disk, most likely
        raise SpeechError(f"{voice.engine}: {error.strerror or error}") from error
    return samples.astype(np.float64) / 32768.0, rate


def _written(voice: Voice, text: str, target: Path) -> tuple[Samples, int]:
    """What the engine writes to ``target``, and its rate in Hz."""
    try:
        done = subprocess.run(
            _command(voice, text, target),
            capture_output=True,
            timeout=_ENGINE_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise SpeechError(f"{voice.engine} did not finish in {_ENGINE_SECONDS} s") from error
    if done.returncode != 0 or not target.exists():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SpeechError(f"{voice.engine} failed: {said[-1] if said else f'exit code {done.returncode}'}")
    return _read(target)


def _read(path: Path) -> tuple[Samples, int]:
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise SpeechError(f"{path.name}: expected 16-bit mono")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise SpeechError(f"{path.name}: {error}") from error


class Speech:
    """One voice with its cache folder, which is made when the first text is kept."""

    def __init__(self, voice: Voice, cache_dir: Path) -> None:
        self._voice = voice
        self._cache = cache_dir

    def say(self, text: str) -> Samples:
        """The text as samples at 8 kHz. Blocks while it is spoken for the first time. Raises SpeechError."""
        words = clean(text)
        if not words or len(words) > LONGEST_TEXT:
            raise SpeechError(f"a text of {len(words)} characters; expected 1 to {LONGEST_TEXT}")
        key = f"{self._voice.engine}/{self._voice.voice}/{self._voice.stretch}/{LEVEL}/{words}"
        name = hashlib.sha256(key.encode()).hexdigest()[:32] + ".wav"
        for folder in (self._cache, RENDERED):
            kept = self._kept(folder / name)
            if kept is not None:
                return kept
        signal, rate = _engine(self._voice, words)
        samples = finish(to_line(signal, rate))
        self._keep(name, samples)
        return samples

    def _kept(self, path: Path) -> Samples | None:
        try:
            samples, rate = _read(path)
        except (OSError, SpeechError):
            return None
        if rate != RATE or not len(samples):
            return None
        if path.parent == self._cache:
            os.utime(path)
        return samples

    def _keep(self, name: str, samples: Samples) -> None:
        """Writes a file into the cache, whole or not at all; a full disk only costs speaking it again."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with (
                tempfile.NamedTemporaryFile(dir=self._cache, suffix=".part", delete=False) as part,
                wave.open(part, "wb") as file,
            ):
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(samples.astype("<i2").tobytes())
            Path(part.name).replace(self._cache / name)
        except OSError:
            return
        kept = sorted(self._cache.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-CACHE_FILES]:
            path.unlink(missing_ok=True)
