"""Tones that no table holds: busy of any frequency and rhythm; and what is taken for such a tone and is none.

`BENCH_TONES` (default 500) random busy tones of 300 to 660 Hz, one frequency or two, bursts and pauses of 0.2 to
0.75 s, -35 to -8 dBm0, SNR 15 to 40 dB, 9 s each; `BENCH_HOURS` (default 0.5) of each set of voices and music.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.countries import country
from drivers.signals.linetones import LineTones
from tools.bench import corpora

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench steady"
RATE: Final = 8000
SEED: Final = 20261130
BUSY: Final = frozenset({"busy", "reorder", "congestion"})
_APART: Final = 100.0  # Hz between two frequencies: nearer ones beat, and no exchange's do


@dataclass(frozen=True)
class Busy:
    """A busy tone; frequencies in Hz, bursts and pauses in seconds."""

    hz: tuple[float, ...]
    on: float
    off: float
    sound: Samples


def run() -> list[dict[str, Any]]:
    """Percent of random busy tones told once; tones told an hour where there are none."""
    count = int(os.environ.get("BENCH_TONES", "500"))
    right = sum(_told_once(busy(SEED + number).sound) for number in range(count))
    what = f"busy of any frequency 300-660 Hz and rhythm 0.2-0.75 s: told of {count}"
    rows = [{"what": what, "ours": 100.0 * right / count, "peer": None, "unit": "%", "command": COMMAND}]
    return rows + false_tones(float(os.environ.get("BENCH_HOURS", "0.5")))


def busy(seed: int) -> Busy:
    """A random busy tone on a line, 9 s of it, its first burst cut anywhere."""
    rng = np.random.default_rng(seed)
    hz = [float(rng.uniform(300.0, 660.0))]
    if rng.random() < 0.3:
        hz += [one for one in rng.uniform(300.0, 660.0, 20).tolist() if abs(one - hz[0]) > _APART][:1]
    on, off = (float(one) for one in rng.uniform(0.2, 0.75, 2))
    level = float(rng.uniform(-35.0, -8.0))
    time = np.arange(9 * RATE) / RATE
    wide = np.sum([np.sin(2 * np.pi * one * time + rng.uniform(0, 6.28)) for one in hz], axis=0)
    wide *= levels.amplitude(level) * ((time + rng.uniform(0, on + off)) % (on + off) < on)
    wide += rng.normal(0.0, levels.amplitude(level) / np.sqrt(2) / 10 ** (rng.uniform(15, 40) / 20), time.size)
    return Busy(tuple(hz), on, off, levels.limit(wide))


def bursts(hz: Sequence[float], on: Sequence[float], off: Sequence[float], level: float) -> Samples:
    """Bursts and pauses of so many seconds, each frequency at `level` dBm0."""
    gates = [np.repeat([1.0, 0.0], [round(a * RATE), round(b * RATE)]) for a, b in zip(on, off, strict=True)]
    gate = np.concatenate(gates)
    time = np.arange(gate.size) / RATE
    wide: npt.NDArray[np.float64] = np.sum([np.sin(2 * np.pi * one * time) for one in hz], axis=0)
    return levels.limit(wide * gate * levels.amplitude(level))


def _told_once(sound: Samples) -> bool:
    told = [tone.tone for tone in LineTones(country("CA"), answered=True).feed(sound) if tone.end is None]
    return len(told) == 1 and told[0] in BUSY


def false_tones(hours: float) -> list[dict[str, Any]]:
    """Tones told an hour in each set of sound that holds none."""
    people = frozenset({"running", "other_word", "command", "digit"})
    sets: dict[str, Iterator[Samples]] = {
        "synthetic voices": corpora.voices(corpora.EXAM, hours, SEED),
        "flite": corpora.flite(hours, SEED),
        "people": corpora.recordings(people),
        "music and noise": corpora.recordings(frozenset({"music", "noise"})),
    }
    rows = []
    for name, pieces in sets.items():
        detector = LineTones(country("CA"), answered=True)
        size, told = 0, 0
        for piece in pieces:
            if size >= hours * 3600 * RATE:
                break
            size += piece.size
            for tone in detector.feed(piece):
                if tone.end is None:
                    print(f"steady: told where there is none: {tone}", file=sys.stderr)
                    told += 1
        heard = size / RATE / 3600
        if heard:
            what = f"false tones after an answer in {heard:.2f} h: {name}"
            rows.append({"what": what, "ours": told / heard, "peer": None, "unit": "1/h", "command": COMMAND})
    return rows
