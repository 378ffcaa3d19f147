"""The budget of a 20 ms tick, part by part: ports, mixing, a listening leg's ear. The peer column is the budget.

Budgets (../shared/HOUSE.md section 2) are for this machine, 2 ms together, so that a Pi 4, taken as five times slower,
has half its tick left. Ports and mixing are measured as `pipeline` and `mixing` do; the ear is the end-pointer's turn
with the port's own word on voice, without the detector, which is in the ports' time. What else runs on the loop (the
budget leaves 0.9 ms) has no row: it is dialogs that wait, and `lockstep` measures them with all the rest.
"""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np

from drivers.signals.voice import BLOCK, VoiceDetector
from models.endpoint import RATE, EndPointer
from tools.bench import corpora, mixing, pipeline

COMMAND: Final = "python -m tools.bench tick"
SECONDS: Final = 60
RUNS: Final = 5
PORTS_MS: Final = 1.0
MIXING_MS: Final = 0.05
EAR_MS: Final = 0.05


def run() -> list[dict[str, Any]]:
    """The 99th percentile of each part's processor time in a tick, ms."""
    (ports,) = (row["ours"] for row in pipeline.run() if row["what"].endswith(": 99 % of ticks within"))
    return [
        _row("ports, echo, keys, tones, 4 ports: 99 % of ticks within", ports, PORTS_MS),
        _row("mix-minus, 4 legs: 99 % of ticks within", mixing.run()[0]["ours"], MIXING_MS),
        _row("ear of a listening leg: 99 % of ticks within", _ear(), EAR_MS),
    ]


def _ear() -> float:
    sound = np.concatenate(list(corpora.voices(corpora.EXAM, 1.2 * SECONDS / 3600, 5)))
    blocks = sound[: SECONDS * RATE].reshape(-1, BLOCK)
    detector = VoiceDetector()
    voices = [detector.feed(block) for block in blocks]
    return float(np.median([np.percentile(_heard(blocks, voices), 99) for _ in range(RUNS)]) * 1e3)


def _heard(blocks: pipeline.Samples, voices: list[bool]) -> list[float]:
    """Processor time of each tick, s."""
    pointer, times = EndPointer(), []
    for block, voice in zip(blocks, voices, strict=True):
        began = time.thread_time()
        pointer.feed(block, voice)
        times.append(time.thread_time() - began)
    return times


def _row(what: str, ours: float, budget: float) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": {"budget": budget}, "unit": "ms", "command": COMMAND}
