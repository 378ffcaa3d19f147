"""Voice activity when we speak ourselves: bursts that our own prompt sets off, and what of the caller is still heard.

`BENCH_HOURS` (default 1) hours of prompt at -13 dBm0 through a hybrid with 6 dB return loss; a burst is 200 ms or
more of "voice" in a row. In the second part a caller at
-19 dBm0 speaks over the prompt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals.echo.canceller import ECHO_ENGINE, EchoCanceller
from drivers.signals.hybrids import HYBRIDS
from drivers.signals.line import BLOCK, LineModel, LineSettings
from drivers.signals.voice import VoiceDetector
from tools.bench import corpora

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench voice"
BURST: Final = 10  # blocks
_SILENCE: Final = np.zeros(BLOCK, np.int16)


def run() -> list[dict[str, Any]]:
    """Bursts an hour with each canceller and without; percent of the caller's voiced blocks still heard."""
    hours = float(os.environ.get("BENCH_HOURS", "1"))
    rows = []
    plain = bursts(hours / 20, None)
    engines = ["numpy"] if ECHO_ENGINE == "numpy" else ["speexdsp", "numpy"]
    for engine in engines:
        count = bursts(hours, engine)
        rows.append(row(f"voice bursts of our own prompt in {hours:g} h, {engine}", count, plain * 20, "bursts"))
    for engine in engines:
        rows.append(row(f"caller's voice heard over a prompt, {engine}", caught(engine), None, "%"))
    return rows


def row(what: str, ours: float, peer: float | None, unit: str) -> dict[str, Any]:
    """`peer` is the line without a canceller."""
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def prompts(hours: float, seed: int) -> Iterator[Samples]:
    """Blocks of speech at -13 dBm0."""
    for sound in corpora.voices(corpora.EXAM, hours, seed):
        loud = corpora.at_level(sound.astype(np.float64), -13.0)
        yield from loud[: loud.size // BLOCK * BLOCK].reshape(-1, BLOCK)


def bursts(hours: float, engine: str | None) -> int:
    """How often a voice is heard in the echo of a prompt; every three minutes a fresh call on the next hybrid."""
    count = 0
    for at, ours in enumerate(prompts(hours, 11)):
        if at % 9000 == 0:
            hybrid = HYBRIDS[at // 9000 % len(HYBRIDS)]
            line = LineModel(LineSettings(hybrid=hybrid, return_loss_db=6.0, seed=at))
            canceller = None if engine is None else EchoCanceller(engine=engine)
            detector = VoiceDetector()
            run_length = 0
        heard = line.to_box(_SILENCE, ours)
        if canceller is not None:
            heard = canceller.process(heard, ours)
        run_length = run_length + 1 if detector.feed(heard, None if canceller is None else ours) else 0
        count += run_length == BURST
    return count


def caught(engine: str) -> float:
    """Percent of the caller's voiced blocks heard while a prompt plays; the caller speaks 5 s of every 15."""
    line = LineModel(LineSettings(return_loss_db=6.0, seed=1))
    alone = LineModel(LineSettings(return_loss_db=100.0, seed=1))
    canceller, detector, judge = EchoCanceller(engine=engine), VoiceDetector(), VoiceDetector()
    voiced = heard = 0
    caller = prompts(0.1, 12)
    for at, ours in enumerate(prompts(0.05, 13)):
        theirs = next(caller) // 2 if at % 750 >= 500 else _SILENCE
        told = detector.feed(canceller.process(line.to_box(theirs, ours), ours), ours)
        if judge.feed(alone.to_box(theirs, ours)):
            voiced += 1
            heard += told
    return 100.0 * heard / voiced
