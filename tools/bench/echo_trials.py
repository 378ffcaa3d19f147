"""What the echo bench is made of: talkers, lines, and what is measured of a canceller on them.

Two sets of conditions. "Ours": synthetic voices in the telephone band, every hybrid of G.168. "The study's"
(reference/dsp.md 7.1): a prompt that people read, the whole band of a recording, hybrids D.2, D.3, D.5 and D.9. Both:
mu-law both ways, noise -65 dBm0, our voice at -13 dBm0, the caller 8 s long from the twelfth second on.

No linear canceller takes out the quantising noise of G.711, and in double talk that is the caller's. `Ideal` subtracts
the line model's own echo path: what it leaves is the bound, and it stands beside every figure. What a canceller leaves
beyond that is echo, and is measured too ("the noise of G.711 apart").
"""

from __future__ import annotations

import csv
import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.hybrids import echo_path
from drivers.signals.line import BLOCK, LineModel, LineSettings
from tools.bench import corpora

Samples = npt.NDArray[np.int16]
Process = Callable[[Samples, Samples], Samples]

SECOND: Final = 8000 // BLOCK
SECONDS: Final = 30
DOUBLE: Final = slice(12 * SECOND, 20 * SECOND)  # both speak
OURS_DBM0: Final = -13.0
SEED: Final = 3


@dataclass(frozen=True)
class Conditions:
    """A line and who speaks on it."""

    hybrid: str
    return_loss_db: float = 6.0
    caller_dbm0: float = -16.0
    read: bool = False  # by people, in the whole band: the study's
    pair: int = 0  # which two talkers

    def settings(self) -> LineSettings:
        return LineSettings(
            hybrid=self.hybrid, return_loss_db=self.return_loss_db, band=not self.read, seed=SEED + self.pair
        )


class Ideal:
    """The canceller that knows the echo path."""

    def __init__(self, hybrid: str, return_loss_db: float) -> None:
        self._kernel = echo_path(hybrid, return_loss_db, LineSettings().echo_delay)[::-1]
        self._window = np.zeros(self._kernel.size - 1 + BLOCK, np.float32)

    def process(self, near: Samples, reference: Samples) -> Samples:
        self._window[:-BLOCK] = self._window[BLOCK:]
        self._window[-BLOCK:] = reference
        left = near - np.correlate(self._window, self._kernel)
        out: Samples = np.clip(np.rint(left), -32768, 32767).astype(np.int16)
        return out


@functools.cache
def talkers(read: bool, caller_dbm0: float, pair: int) -> tuple[Samples, Samples]:
    """Blocks of the box's prompt and of the caller, who speaks only in `DOUBLE`."""
    count = SECONDS * SECOND * BLOCK
    if read:
        sound = np.resize(people(), (2 * pair + 2) * count)[2 * pair * count :]
    else:
        sound = np.concatenate(list(corpora.voices(corpora.EXAM, 2.5 * count / 8000 / 3600, 7 + pair)))
    far = corpora.at_level(sound[:count].astype(np.float64), OURS_DBM0).reshape(-1, BLOCK)
    near = corpora.at_level(sound[count : 2 * count].astype(np.float64), caller_dbm0).reshape(-1, BLOCK)
    near[: DOUBLE.start] = 0
    near[DOUBLE.stop :] = 0
    return far, near


def people_are_here() -> bool:
    """Whether this machine has the recordings."""
    return (_recordings() / "manifest.csv").exists()


def _recordings() -> Path:
    return Path(os.environ.get("SPEECH_DATA", "../shared/speech")) / "part3"


@functools.cache
def people() -> Samples:
    """The sentences read in English of `SPEECH_DATA` part3, one after the other, each at the same level, unfiltered."""
    import soundfile

    folder = _recordings()
    with (folder / "manifest.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["class"] == "running" and row["kind"] == "read"]
    clips = [
        soundfile.read(folder / row["file"], start=int(row["start_sample"]), frames=int(row["num_samples"]))[0]
        for row in rows
    ]
    return np.concatenate([corpora.at_level(clip, corpora.LEVEL) for clip in clips])


@functools.cache
def ideal(conditions: Conditions) -> Samples:
    """What the ideal filter leaves: the caller, noise, and what G.711 adds."""
    far, _ = talkers(conditions.read, conditions.caller_dbm0, conditions.pair)
    process = Ideal(conditions.hybrid, conditions.return_loss_db).process
    return np.stack([process(block, ours) for block, ours in zip(heard(conditions)[0], far, strict=True)])


@functools.cache
def heard(conditions: Conditions) -> tuple[Samples, Samples]:
    """What the line gives the box, with our echo and without it."""
    far, near = talkers(conditions.read, conditions.caller_dbm0, conditions.pair)
    line = LineModel(conditions.settings())
    alone = LineModel(LineSettings(return_loss_db=100.0, band=not conditions.read, seed=SEED + conditions.pair))
    with_echo = np.stack([line.to_box(caller, ours) for caller, ours in zip(near, far, strict=True)])
    return with_echo, np.stack([alone.to_box(caller, ours) for caller, ours in zip(near, far, strict=True)])


def measure(process: Process, conditions: Conditions) -> dict[str, float]:
    """One canceller on one line: losses in dB, times in seconds."""
    far, _ = talkers(conditions.read, conditions.caller_dbm0, conditions.pair)
    before, wanted = heard(conditions)
    left = np.stack([process(block, ours) for block, ours in zip(before, far, strict=True)])
    single = [at for at in range(1, SECONDS) if not DOUBLE.start <= at * SECOND < DOUBLE.stop + SECOND]
    caller, out = wanted[DOUBLE].ravel().astype(np.float64), left[DOUBLE].ravel().astype(np.float64)
    echo_before = before[DOUBLE].ravel() - caller
    no_echo = ideal(conditions)[DOUBLE].ravel().astype(np.float64)
    echo_itself = before[DOUBLE].ravel() - no_echo
    after = slice(DOUBLE.stop + 2, DOUBLE.stop + SECOND)  # the line itself holds the caller's last 8 ms
    return {
        "end": loss(before, left, slice(len(far) - 5 * SECOND, len(far))),
        "until": speech_until(20.0, before, left, far),
        "double": levels.dbm0(echo_before) - levels.dbm0(out - explained(out, caller)),
        "apart": levels.dbm0(echo_itself) - levels.dbm0(out - explained(out, no_echo)),
        "after": loss(before, left, after),
        "louder": float(sum(loss(before, left, slice(at * SECOND, (at + 1) * SECOND)) < -1.0 for at in single)),
    }


def loss(before: Samples, left: Samples, where: slice) -> float:
    """Echo loss over some blocks, dB."""
    return levels.dbm0(before[where].ravel()) - levels.dbm0(left[where].ravel())


def speech_until(loss_db: float, before: Samples, left: Samples, far: Samples, start: int = 0) -> float:
    """Seconds of our speech, from block `start`, until 100 ms came out with such a loss; all there was, if never."""
    ends = range(start + 5, len(far))
    reached = next((at for at in ends if loss(before, left, slice(at - 5, at)) >= loss_db), len(far))
    return sum(levels.dbm0(block) > -40.0 for block in far[start:reached]) / SECOND


def explained(out: npt.NDArray[np.float64], caller: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a 41-tap filter of the caller explains of the output: cancellers shape the caller a little (DC notch)."""
    shifted = np.stack([np.roll(caller, shift) for shift in range(-20, 21)], axis=1)
    fitted: npt.NDArray[np.float64] = shifted @ np.linalg.lstsq(shifted, out, rcond=None)[0]
    return fitted


def run(
    process: Process, far: Samples, line: LineModel, changes: dict[int, LineSettings] | None = None
) -> tuple[Samples, Samples]:
    """Our speech alone over a line that may change at given blocks: what came back, and what the canceller left."""
    silence = np.zeros(BLOCK, np.int16)
    before, left = [], []
    for at, ours in enumerate(far):
        if changes and at in changes:
            line.change(changes[at])
        before.append(line.to_box(silence, ours))
        left.append(process(before[-1], ours))
    return np.stack(before), np.stack(left)


def cost(process: Process, near: Samples, far: Samples) -> float:
    """Processor time of a block, microseconds."""
    began = time.thread_time()
    for block, ours in zip(near, far, strict=True):
        process(block, ours)
    return (time.thread_time() - began) / len(far) * 1e6
