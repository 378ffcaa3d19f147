"""What a conversation through the Pi costs in a tick of 20 ms: mix-minus, and the border to a foreign clock.

Times are processor time of the thread, each figure the median of ``RUNS`` runs. Budgets: ../shared/HOUSE.md section 2.
"""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np

from drivers.signals.elastic import Elastic
from drivers.signals.mixing import mix_minus

COMMAND: Final = "python -m tools.bench mixing"
BLOCK: Final = 160
TICKS: Final = 30_000  # ten minutes
RUNS: Final = 5
LEGS: Final = 4


def run() -> list[dict[str, Any]]:
    """A tick's mix-minus of four legs; ten minutes of an elastic buffer at clocks 100 ppm apart."""
    rows = [row(f"mix-minus, {LEGS} legs: 99 % of ticks within", _median_p99(_mixes), "ms")]
    for ppm in (100, -100):
        elastic = Elastic()
        depths: list[int] = []
        spent = _elastic(elastic, ppm, depths)
        rows += [
            row(f"elastic, {ppm:+d} ppm, 600 s: 99 % of ticks within", float(np.percentile(spent, 99) * 1e3), "ms"),
            row(f"elastic, {ppm:+d} ppm, 600 s: concealed", elastic.concealed / BLOCK, "blocks"),
            row(f"elastic, {ppm:+d} ppm, 600 s: deepest after 10 s", max(depths[500:]) / 8, "ms"),
        ]
    return rows


def _mixes() -> list[float]:
    blocks = np.random.default_rng(1).integers(-9000, 9000, (TICKS // 10, LEGS, BLOCK)).astype(np.int16)
    times = []
    for tick in blocks:
        began = time.thread_time()
        mix_minus(tick)
        times.append(time.thread_time() - began)
    return times


def _median_p99(measured: Any) -> float:
    return float(np.median([np.percentile(measured(), 99) for _ in range(RUNS)]) * 1e3)


def _elastic(elastic: Elastic, ppm: int, depths: list[int]) -> list[float]:
    """Packets of a sender whose clock is off are put, a block is taken each tick; the time of each tick."""
    voice = np.random.default_rng(2).integers(-6000, 6000, BLOCK).astype(np.int16)
    times, sent = [], 0
    for tick in range(TICKS):
        began = time.thread_time()
        while sent * 20.0 / (1 + ppm * 1e-6) <= tick * 20.0 + 7.0:
            elastic.put(voice)
            sent += 1
        elastic.take(BLOCK)
        times.append(time.thread_time() - began)
        depths.append(elastic.depth)
    return times


def row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": None, "unit": unit, "command": COMMAND}
