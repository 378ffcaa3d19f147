"""Echo cancelling on every hybrid of G.168: how much goes, how soon, and what double talk does to it.

Ours with libspeexdsp and with the numpy fall-back, and libspandsp's canceller (its 256 taps as packaged) on the same
audio. Far and near end are different voices at -13 and -16 dBm0; return loss 6 dB, mu-law both ways, noise -65 dBm0.
Figures are the worst of the eight hybrids unless a row names one.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import echo, levels
from drivers.signals.hybrids import HYBRIDS
from drivers.signals.line import BLOCK, LineModel, LineSettings
from tools.bench import corpora
from tools.oracles import spandsp_echo

Samples = npt.NDArray[np.int16]
Process = Callable[[Samples, Samples], Samples]

COMMAND: Final = "python -m tools.bench echo"
SECOND: Final = 8000 // BLOCK
SECONDS: Final = 30
DOUBLE: Final = slice(12 * SECOND, 20 * SECOND)  # both speak
RETURN_LOSS_DB: Final = 6.0
SPANDSP_HYBRIDS: Final = ("G168-D2", "G168-D9")  # it prints every sample: slow


def run() -> list[dict[str, Any]]:
    """Worst-case echo loss, convergence, double talk and divergences; cost of a block."""
    far, near = talkers()
    engines: dict[str, Callable[[], Process]] = {"numpy": lambda: echo.EchoCanceller(engine="numpy").process}
    if echo.ECHO_ENGINE == "speexdsp":
        engines = {"speexdsp": lambda: echo.EchoCanceller(engine="speexdsp").process} | engines
    peer: dict[str, list[float]] = {}
    if spandsp_echo.available():
        with silenced():
            figures = [measure(spandsp_echo.SpandspEcho(256).process, hybrid, far, near) for hybrid in SPANDSP_HYBRIDS]
        peer = {name: [one[name] for one in figures] for name in figures[0]}
    rows = []
    for engine, make in engines.items():
        figures = [measure(make(), hybrid, far, near) for hybrid in HYBRIDS]
        for name, unit, worst in FIGURES:
            ours = worst(one[name] for one in figures)
            theirs = worst(peer[name]) if name in peer else None
            rows.append(row(f"{engine}: {name}", ours, theirs, unit))
        rows.append(row(f"{engine}: 20 ms block", cost(make(), far, near), None, "us"))
    return rows


FIGURES: Final[tuple[tuple[str, str, Callable[[Any], float]], ...]] = (
    ("echo loss at the end, single talk", "dB", min),
    ("speech until 20 dB", "s", max),
    ("echo taken out in double talk", "dB", min),
    ("echo loss in the second after double talk", "dB", min),
    ("seconds in which the line got louder", "s", max),
)


def row(what: str, ours: float, peer: float | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def talkers() -> tuple[Samples, Samples]:
    """Blocks of the box's prompt and of the caller, who speaks only in `DOUBLE`."""
    count = SECONDS * SECOND * BLOCK
    voices = corpora.voices(corpora.EXAM, 2.5 * count / 8000 / 3600, 7)
    sound = np.concatenate(list(voices))
    far = corpora.at_level(sound[:count].astype(np.float64), -13.0)
    near = corpora.at_level(sound[count : 2 * count].astype(np.float64), -16.0).reshape(-1, BLOCK)
    near[: DOUBLE.start] = 0
    near[DOUBLE.stop :] = 0
    return far.reshape(-1, BLOCK), near


def measure(process: Process, hybrid: str, far: Samples, near: Samples) -> dict[str, float]:
    """One canceller on one hybrid."""
    line = LineModel(LineSettings(hybrid=hybrid, return_loss_db=RETURN_LOSS_DB, seed=3))
    alone = LineModel(LineSettings(return_loss_db=100.0, seed=3))
    heard = np.stack([line.to_box(caller, ours) for caller, ours in zip(near, far, strict=True)])
    wanted = np.stack([alone.to_box(caller, ours) for caller, ours in zip(near, far, strict=True)])
    left = np.stack([process(block, ours) for block, ours in zip(heard, far, strict=True)])
    single = [at for at in range(1, len(far) // SECOND) if not DOUBLE.start <= at * SECOND < DOUBLE.stop + SECOND]
    reached = next((at for at in range(5, DOUBLE.start) if loss(heard, left, slice(at - 5, at)) >= 20.0), DOUBLE.start)
    spoken = sum(levels.dbm0(block) > -40.0 for block in far[:reached])
    caller, out = wanted[DOUBLE].ravel().astype(np.float64), left[DOUBLE].ravel().astype(np.float64)
    echo_before = heard[DOUBLE].ravel() - caller
    after = slice(DOUBLE.stop + 2, DOUBLE.stop + SECOND)  # the line itself holds the caller's last 8 ms
    return {
        "echo loss at the end, single talk": loss(heard, left, slice(len(far) - 5 * SECOND, len(far))),
        "speech until 20 dB": spoken / SECOND,
        "echo taken out in double talk": levels.dbm0(echo_before) - levels.dbm0(out - explained(out, caller)),
        "echo loss in the second after double talk": loss(heard, left, after),
        "seconds in which the line got louder": float(
            sum(loss(heard, left, slice(at * SECOND, (at + 1) * SECOND)) < -1.0 for at in single)
        ),
    }


def loss(heard: Samples, left: Samples, where: slice) -> float:
    return levels.dbm0(heard[where].ravel()) - levels.dbm0(left[where].ravel())


def explained(out: npt.NDArray[np.float64], caller: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a 41-tap filter of the caller explains of the output: cancellers shape the caller a little (DC notch)."""
    shifted = np.stack([np.roll(caller, shift) for shift in range(-20, 21)], axis=1)
    fitted: npt.NDArray[np.float64] = shifted @ np.linalg.lstsq(shifted, out, rcond=None)[0]
    return fitted


def cost(process: Process, far: Samples, near: Samples) -> float:
    began = time.perf_counter()
    for ours, caller in zip(far, near, strict=True):
        process(caller, ours)
    return (time.perf_counter() - began) / len(far) * 1e6


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Standard output thrown away at the level of the file descriptor: libspandsp's canceller prints every sample."""
    sys.stdout.flush()
    kept = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
        spandsp_echo.flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)
