"""Memory over a day of sound: every detector fed 24 h of speech, tones and noise, its process watched.

`BENCH_HOURS` (default 1) hours; the audio repeats, the detectors do not know. Growth is of the resident set between the
tenth and the last part of the run, when every buffer has long been made.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from drivers.signals import levels
from drivers.signals.agc import AutomaticGain
from drivers.signals.answer import AnswerDetector
from drivers.signals.callerid import CallerIdReceiver
from drivers.signals.countries import country
from drivers.signals.datatones import DataToneDetector
from drivers.signals.dtmf import DtmfReceiver
from drivers.signals.echo import EchoCanceller
from drivers.signals.line import BLOCK
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import ToneSource, dtmf
from drivers.signals.voice import VoiceDetector
from tools.bench import corpora

COMMAND: Final = "python -m tools.bench memory"
Samples = np.ndarray[Any, np.dtype[np.int16]]
PARTS: Final = 40


def run() -> list[dict[str, Any]]:
    """Growth of the resident set, kB."""
    hours = float(os.environ.get("BENCH_HOURS", "1"))
    blocks = sound().reshape(-1, BLOCK)
    canceller, voice, gain = EchoCanceller(), VoiceDetector(), AutomaticGain()
    answer = AnswerDetector(country("GB"))
    feeds: list[Callable[[Samples], object]] = [
        ProgressDetector(country("CA")).feed,
        DataToneDetector().feed,
        DtmfReceiver().feed,
        CallerIdReceiver().feed,
    ]
    resident = []
    ticks = int(hours * 3600 * 50)
    for tick in range(ticks):
        near = canceller.process(blocks[tick % len(blocks)], blocks[(tick * 7 + 3) % len(blocks)])
        voice.feed(near)
        gain.feed(near)
        for feed in feeds:
            feed(near)
        answer.feed(near)
        if answer.done:
            answer.reset()
        if (tick + 1) % max(1, ticks // PARTS) == 0:
            resident.append(resident_kb())
    growth = resident[-1] - resident[PARTS // 10]
    return [
        {"what": f"resident set after {hours:g} h of sound through every detector", "ours": growth, "peer": None,
         "unit": "kB more", "command": COMMAND}
    ]  # fmt: skip


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
