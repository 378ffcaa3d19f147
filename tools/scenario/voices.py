"""What the parties of a scenario say: texts in voices that are not the box's, and WAV files.

A party without ``voice`` gets one by its place in the file, so two parties never sound alike by accident. Spoken texts
are kept under ``build/voices`` and made again where they are missing. Raises VoiceError with a sentence.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.signals.levels import gain
from firmware.supervisor.prompts.speech import LEVEL, Speech, SpeechError

RATE = 8000
KEPT = Path(__file__).resolve().parents[2] / "build" / "voices"
PAUSE = 2400  # samples between two repetitions of a text: 0.3 s, a breath
LONGEST_WAV = 3600 * RATE

Samples = npt.NDArray[np.int16]


class VoiceError(Exception):
    """Something cannot be said: no such voice, no engine, no such WAV file."""


@dataclass(frozen=True)
class Voice:
    """A voice of a Debian speech engine; ``stretch`` above 1 speaks slower."""

    engine: str
    voice: str
    stretch: float = 1.0


VOICES = {
    "man": Voice("espeak-ng", "en-us+m3"),
    "woman": Voice("espeak-ng", "en-us+f3"),
    "scot": Voice("flite", "awb"),
    "old man": Voice("flite", "rms", 1.15),
    "englishwoman": Voice("espeak-ng", "en-gb+f4"),
    "englishman": Voice("espeak-ng", "en-gb+m7"),
    "frenchwoman": Voice("espeak-ng", "fr+f4"),
    "frenchman": Voice("espeak-ng", "fr+m2"),
}
USUAL = ("man", "woman", "scot", "old man", "englishwoman", "englishman")


def speak(voice: str, text: str, level_dbm0: float = LEVEL) -> Samples:
    """A text in one of VOICES at 8 kHz and a level in dBm0; the same samples every time. Raises VoiceError."""
    try:
        samples = Speech(VOICES[voice], KEPT).say(text)
    except SpeechError as error:
        raise VoiceError(f"cannot say {text!r}: {error}") from error
    return gain(samples, level_dbm0 - LEVEL)


def read_wav(path: Path) -> Samples:
    """A 16-bit mono WAV file at 8 kHz. Raises VoiceError naming the file and what was expected."""
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth() * 8)
            if form != (RATE, 1, 16):
                found = f"{form[0]} Hz, {form[1]} channels, {form[2]} bits"
                raise VoiceError(f"{path}: expected 8000 Hz, 1 channel, 16 bits; found {found}")
            frames = file.getnframes()
            if not 0 < frames <= LONGEST_WAV:
                raise VoiceError(f"{path}: {frames} samples; expected 1 to {LONGEST_WAV}")
            return np.frombuffer(file.readframes(frames), "<i2").astype(np.int16)
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(f"{path}: no readable WAV file: {error}") from error


def write_wav(path: Path, samples: Samples) -> None:
    """Writes 16-bit mono at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def lasting(samples: Samples, seconds: float) -> Samples:
    """A text said over and over with a breath between, for exactly so many seconds."""
    wanted = round(seconds * RATE)
    once = np.concatenate([samples, np.zeros(PAUSE, np.int16)])
    return np.tile(once, -(-wanted // once.size))[:wanted]
