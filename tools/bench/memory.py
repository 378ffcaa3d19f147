"""Memory over a day of sound: every detector and decoder fed speech, tones and noise for hours, its process watched.

`BENCH_HOURS` (default 1; 24 is some half an hour of a core) hours; the audio repeats, the detectors do not know. Growth
is of the resident set from the end of the first hour (of a shorter run: of its first tenth) on, when every buffer has
long been made. The resident set is told on standard error hour by hour.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import numpy as np

from drivers.signals import levels
from drivers.signals.agc import AutomaticGain
from drivers.signals.answer import AnswerDetector
from drivers.signals.blas import one_thread
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.cas import CasDetector
from drivers.signals.countries import country
from drivers.signals.datatones import AnsweringToneDetector, CallingToneDetector
from drivers.signals.dtmf.receiver import DtmfBank
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.line import BLOCK
from drivers.signals.muting import KeyMuting
from drivers.signals.progress import ProgressDetector
from drivers.signals.resample import Resampler
from drivers.signals.tones import ToneSource, dtmf
from drivers.signals.voice import EndOfSpeech, VoiceDetector
from tools.bench import corpora

COMMAND: Final = "python -m tools.bench memory"
Samples = np.ndarray[Any, np.dtype[np.int16]]
PER_HOUR: Final = 4  # looks at the resident set
TOGETHER: Final = 10  # blocks that what hears a line is fed at a time


class Leg:
    """What hears a call, behind the echo canceller: `hear` a block from the line, and what was played meanwhile."""

    def __init__(self) -> None:
        self._canceller = EchoCanceller()
        self._voice, self._end, self._gain = VoiceDetector(), EndOfSpeech(1.0), AutomaticGain()
        self._keys, self._muting = DtmfBank(1), KeyMuting()
        self._answer = AnswerDetector(country("GB"))
        self._wide = Resampler(8000, 16000)

    def hear(self, block: Samples, played: Samples) -> None:
        near = self._canceller.process(block, played)
        self._end.feed(self._voice.feed(near, played))
        before = self._keys.position(0)
        told = self._keys.feed(near[None], [True])[0]
        self._muting.feed(near, [digit.moved(-before) for digit in told])
        self._gain.feed(near)
        self._wide.process(near)
        self._answer.feed(near)
        if self._answer.done:
            self._answer.reset()


class Line:
    """What hears a line as it is: callers, tones, fax and modem; a fifth of a second at a time."""

    def __init__(self) -> None:
        self._feeds: list[Callable[[Samples], object]] = [
            ProgressDetector(country("CA")).feed,
            AnsweringToneDetector().feed,
            CallingToneDetector().feed,
            CallerIdReceiver().feed,
            CasDetector().feed,
        ]
        self._waiting: list[Samples] = []

    def hear(self, block: Samples, played: Samples) -> None:
        self._waiting.append(block)
        if len(self._waiting) == TOGETHER:
            piece = np.concatenate(self._waiting)
            self._waiting.clear()
            for feed in self._feeds:
                feed(piece)


EARS: Final[dict[str, type[Leg] | type[Line]]] = {
    "a leg: echo, voice, keys, answer, gain": Leg,
    "a line: callers, tones, CAS": Line,
}


def run() -> list[dict[str, Any]]:
    """Growth of the resident sets, kB."""
    hours = float(os.environ.get("BENCH_HOURS", "1"))
    # a fresh process each, with BLAS as the product has it
    with ProcessPoolExecutor(len(EARS), max_tasks_per_child=1, initializer=one_thread) as pool:
        sizes = list(pool.map(resident, EARS, repeat(hours)))
    rows = []
    for name, kilobytes in zip(EARS, sizes, strict=True):
        what = f"{hours:g} h of {name}: resident set"
        rows += [
            row(f"{what} at the end", kilobytes[-1] / 1024, "MB"),
            row(f"{what}, growth since it settled", kilobytes[-1] - kilobytes[0], "kB"),
            row(f"{what}, most growth on the way", max(kilobytes) - kilobytes[0], "kB"),
        ]
    return rows


def resident(name: str, hours: float) -> list[int]:
    """The resident set of this process, kB, from when it has settled to the end, while one pair of `EARS` hears."""
    blocks = sound().reshape(-1, BLOCK)
    ears = EARS[name]()
    ticks = int(hours * 3600 * 50)
    settled = min(3600 * 50, ticks // 10)
    sizes = []
    for tick in range(ticks):
        ears.hear(blocks[tick % len(blocks)], blocks[(tick * 7 + 3) % len(blocks)])
        if tick >= settled and (tick - settled) % (3600 * 50 // PER_HOUR) == 0:
            sizes.append(resident_kb())
            if len(sizes) % PER_HOUR == 1:
                print(f"{name}: {(tick + 1) / (3600 * 50):.1f} h, {sizes[-1]} kB", file=sys.stderr, flush=True)
    return [*sizes, resident_kb()]


def row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}


def sound() -> np.ndarray[Any, np.dtype[np.int16]]:
    """Five minutes of everything a line can carry, and some that it cannot."""
    rng = np.random.default_rng(1)
    tones = country("GB").tones
    parts = [
        *corpora.voices(corpora.EXAM, 0.06, 3),
        *(ToneSource(tones[name]).read(8 * 8000) for name in ("dial", "ringback", "busy", "reorder", "sit")),
        dtmf("1234567890*#ABCD").read(3 * 8000),
        rng.normal(0.0, levels.amplitude(-30.0), 10 * 8000).astype(np.int16),
        rng.integers(-32768, 32768, 10 * 8000).astype(np.int16),
        np.zeros(5 * 8000, np.int16),
    ]
    samples = np.concatenate(parts)
    whole: np.ndarray[Any, np.dtype[np.int16]] = samples[: samples.size // BLOCK * BLOCK]
    return whole


def resident_kb() -> int:
    """This process's resident set (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
