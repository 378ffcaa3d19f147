"""minimodem (Debian package, a program) as the judge and the peer of our FSK receiver.

It is given 48 kHz, as the study did (reference/dsp.md 5), and its bytes are searched for the number that was sent.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 48000
TONES: Final = {"bell202": ("1200", "2200"), "v23": ("1300", "2100")}  # mark, space


def available() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("minimodem") is not None


def received(samples: npt.NDArray[np.int16], scheme: str) -> bytes:
    """The bytes it reads from 8 kHz samples. Raises OSError where it is not installed."""
    mark, space = TONES[scheme]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(_six_times(samples).tobytes())
        command = ["minimodem", "--rx", "--quiet", "--mark", mark, "--space", space, "--file", str(path), "1200"]
        return subprocess.run(command, capture_output=True, check=False).stdout


def _six_times(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    spectrum = np.fft.rfft(samples.astype(np.float64))
    wide = np.zeros(samples.size * 3 + 1, complex)
    wide[: spectrum.size] = spectrum
    louder: npt.NDArray[np.int16] = np.clip(np.rint(np.fft.irfft(wide, samples.size * 6) * 6), -32768, 32767).astype(
        np.int16
    )
    return louder
