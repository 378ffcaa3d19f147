"""multimon-ng (Debian package, a program) as a judge of the digits we send and a peer of our DTMF receiver.

It wants 22,050 Hz on its standard input and prints a line a digit.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals.resample import Resampler

RATE: Final = 22050
_LINE: Final = "DTMF: "


def available() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("multimon-ng") is not None


def digits(samples: npt.NDArray[np.int16]) -> str:
    """The DTMF digits it hears in 8 kHz samples. Raises OSError where it is not installed."""
    sound = Resampler(8000, RATE).process(np.concatenate((samples, np.zeros(800, np.int16))))
    command = ["multimon-ng", "-q", "-a", "DTMF", "-t", "raw", "-"]
    heard = subprocess.run(command, input=sound.tobytes(), capture_output=True, check=True).stdout.decode("ascii")
    return "".join(line.removeprefix(_LINE) for line in heard.splitlines() if line.startswith(_LINE))
