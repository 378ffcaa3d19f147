"""Echo cancelling on the hybrids of G.168: how much goes, how soon, what double talk does to it, and what goes wrong.

Ours beside libspeexdsp's canceller alone (512 taps), libspandsp's (256 taps, as packaged) and the ideal filter, on the
same audio; `tools/bench/echo_trials.py` says on which lines. Each figure is the worst of its hybrids and talkers.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from drivers.signals.echo.canceller import ECHO_ENGINE, TAIL_512, EchoCanceller, SpeexCanceller
from drivers.signals.echo.fallback import NumpyCanceller
from drivers.signals.hybrids import HYBRIDS, echo_path
from drivers.signals.levels import amplitude, dbm0
from drivers.signals.line import BLOCK, LineModel, LineSettings
from tools.bench.echo_trials import (
    DOUBLE,
    SECOND,
    SEED,
    Conditions,
    Ideal,
    Process,
    Samples,
    cost,
    heard,
    loss,
    measure,
    people_are_here,
    speech_until,
    talkers,
)
from tools.bench.echo_trials import (
    run as talk,
)
from tools.oracles import spandsp, spandsp_echo

COMMAND: Final = "python -m tools.bench echo"
STUDY_HYBRIDS: Final = ("G168-D2", "G168-D3", "G168-D5", "G168-D9")
SPANDSP_HYBRIDS: Final = ("G168-D2", "G168-D9")  # it prints every sample: slow
PAIRS: Final = (0, 1, 2)

FIGURES: Final[Mapping[str, tuple[str, str, Callable[[Sequence[float]], float]]]] = {
    "end": ("echo loss at the end, single talk", "dB", min),
    "until": ("speech until 20 dB", "s", max),
    "double": ("echo taken out in double talk", "dB", min),
    "apart": ("echo taken out in double talk, the noise of G.711 apart", "dB", min),
    "after": ("echo loss in the second after double talk", "dB", min),
    "louder": ("seconds in which the line got louder", "s", max),
}


def run() -> list[dict[str, Any]]:
    """Echo loss, convergence, double talk, divergences; changes of the line; late echo; cost of a block."""
    return [*on_hybrids(), *on_return_losses(), *when_things_change(), *late_echo(), *costs()]


def row(what: str, ours: float, peer: Mapping[str, float] | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def speex_alone() -> Process | None:
    return SpeexCanceller(TAIL_512).process if ECHO_ENGINE == "speexdsp" else None


def on_hybrids() -> list[dict[str, Any]]:
    """Our conditions and the study's, return loss 6 dB."""
    kinds = {
        "8 hybrids, voices": [Conditions(hybrid, pair=pair) for hybrid in HYBRIDS for pair in PAIRS],
        "study's 4, read": [Conditions(hybrid, read=True, pair=pair) for hybrid in STUDY_HYBRIDS for pair in PAIRS],
        "study's 4, read, caller -26 dBm0": [
            Conditions(hybrid, caller_dbm0=-26.0, read=True, pair=pair) for hybrid in STUDY_HYBRIDS for pair in PAIRS
        ],
    }
    if not people_are_here():
        kinds = {name: lines for name, lines in kinds.items() if not lines[0].read}
    rows = []
    for kind, lines in kinds.items():
        measured: dict[str, list[dict[str, float]]] = {
            "ours": [measure(EchoCanceller().process, one) for one in lines],
            "ideal filter": [measure(Ideal(one.hybrid, one.return_loss_db).process, one) for one in lines],
        }
        if speex_alone():
            measured["speexdsp"] = [measure(alone, one) for one in lines if (alone := speex_alone())]
        if kind.startswith("8") and spandsp.available():
            with silenced():
                measured["spandsp"] = [
                    measure(spandsp_echo.SpandspEcho(256).process, Conditions(hybrid)) for hybrid in SPANDSP_HYBRIDS
                ]
        for name, (what, unit, worst) in FIGURES.items():
            found = {
                engine: worst([one[name] for one in figures])
                for engine, figures in measured.items()
                if not (name == "apart" and engine == "ideal filter")
            }
            rows.append(row(f"{kind}: {what}", found.pop("ours"), found, unit))
    return rows


def on_return_losses() -> list[dict[str, Any]]:
    """A line whose hybrid is better: there is less to take out above the noise."""
    rows = []
    for return_loss_db in (10.0, 14.0, 20.0):
        lines = [Conditions(hybrid, return_loss_db) for hybrid in HYBRIDS]
        ours = [measure(EchoCanceller().process, one) for one in lines]
        bound = [measure(Ideal(one.hybrid, return_loss_db).process, one) for one in lines]
        for name in ("end", "double", "apart"):
            what = f"return loss {return_loss_db:g} dB, 8 hybrids: {FIGURES[name][0]}"
            peer = {"ideal filter": min(one[name] for one in bound)} if name != "apart" else None
            rows.append(row(what, min(one[name] for one in ours), peer, "dB"))
    return rows


def when_things_change() -> list[dict[str, Any]]:
    """A new path, a lost block, tones before speech, a caller who speaks from the first word on, a silent box."""
    far, near = talkers(read=False, caller_dbm0=-16.0, pair=0)
    speech = far[: 16 * SECOND]
    changed = {8 * SECOND: LineSettings(hybrid="G168-D5", return_loss_db=6.0, seed=SEED)}
    dial = np.concatenate((tone((350.0, 440.0), 4 * SECOND), speech[: 4 * SECOND]))
    lost = speech.copy()
    lost[8 * SECOND] = 0
    makers: dict[str, Callable[[], Process]] = {"ours": lambda: EchoCanceller().process}
    if speex_alone():
        makers["speexdsp"] = lambda: SpeexCanceller(TAIL_512).process
    found: dict[str, dict[str, float]] = {}
    for engine, make in makers.items():
        one = found[engine] = {}
        before, left = talk(make(), speech, line(), changed)
        one["a new path after 8 s: speech until 15 dB|s"] = speech_until(15.0, before, left, speech, 8 * SECOND)
        one["a new path after 8 s: echo loss 4 s later|dB"] = loss(before, left, slice(12 * SECOND, 16 * SECOND))
        before = talk(lambda block, ours: block, speech, line())[0]
        process = make()
        left = np.stack([process(block, ours) for block, ours in zip(before, lost, strict=True)])
        where = slice(8 * SECOND + 3, 9 * SECOND)
        one["a block of reference lost: echo loss in the next second|dB"] = loss(before, left, where)
        before, left = talk(make(), dial, line())
        one["dial tone for 4 s, then speech: its first second|dB"] = loss(before, left, slice(4 * SECOND, 5 * SECOND))
        one["dial tone for 4 s, then speech: the next three|dB"] = loss(before, left, slice(5 * SECOND, 8 * SECOND))
        caller = near[DOUBLE]
        process = make()
        only = LineModel(LineSettings(return_loss_db=100.0, seed=SEED))
        silence = np.zeros(BLOCK, np.int16)
        straight = np.stack([only.to_box(block, silence) for block in caller])
        untouched = np.stack([process(block, silence) for block in straight])
        one["the caller alone: largest change of a sample|steps"] = float(
            np.abs(untouched.astype(int) - straight).max()
        )
    ours = found.pop("ours")
    return [
        row(what.split("|")[0], figure, {engine: of[what] for engine, of in found.items()}, what.split("|")[1])
        for what, figure in ours.items()
    ]


def late_echo() -> list[dict[str, Any]]:
    """Echo 40 ms late, out of the model's reach: the second stage, which is libspeexdsp or the fall-back."""
    far, _ = talkers(read=False, caller_dbm0=-16.0, pair=0)
    speech = far[: 12 * SECOND]
    late = np.concatenate((np.zeros((2, BLOCK), np.int16), speech))[: len(speech)]
    before = talk(lambda block, ours: block, late, line())[0]
    rows = []
    for engine in ("speexdsp", "numpy") if ECHO_ENGINE == "speexdsp" else ("numpy",):
        process = EchoCanceller(engine=engine).process
        left = np.stack([process(block, ours) for block, ours in zip(before, speech, strict=True)])
        what = f"echo 40 ms late, second stage {engine}"
        rows.append(row(f"{what}: speech until 15 dB", speech_until(15.0, before, left, speech), None, "s"))
        rows.append(
            row(f"{what}: echo loss at the end", loss(before, left, slice(9 * SECOND, 12 * SECOND)), None, "dB")
        )
    return rows + [far_echo(delay_ms) for delay_ms in (60, 150, 250)]


def far_echo(delay_ms: int) -> dict[str, Any]:
    """Echo of the far end, 14 dB down, so much later: what is left from the fourth second on."""
    speech = talkers(read=False, caller_dbm0=-16.0, pair=0)[0][: 12 * SECOND]
    late = np.convolve(speech.ravel().astype(float), echo_path("G168-D4", 14.0, delay_ms * 8))[: speech.size]
    model, process = line(), EchoCanceller().process
    brought = np.rint(late).astype(np.int16).reshape(speech.shape)
    left = [process(model.to_box(far, ours), ours) for far, ours in zip(brought, speech, strict=True)]
    rest = dbm0(np.concatenate(left[3 * SECOND :]))
    return row(f"far echo {delay_ms} ms late, {dbm0(late[3 * SECOND * BLOCK :]):.0f} dBm0: left", rest, None, "dBm0")


def costs() -> list[dict[str, Any]]:
    """Processor time of a 20 ms block."""
    far, _ = talkers(read=False, caller_dbm0=-16.0, pair=0)
    near = heard(Conditions("G168-D2"))[0]
    spoken = slice(DOUBLE.stop, None)
    makers: dict[str, Callable[[], Process]] = {
        "ours": lambda: EchoCanceller().process,
        "fall-back": lambda: NumpyCanceller(TAIL_512).process,
    }
    if ECHO_ENGINE == "speexdsp":
        makers["speexdsp"] = lambda: SpeexCanceller(TAIL_512).process
    whole = {engine: cost(make(), near, far) for engine, make in makers.items()}
    rows = [row("20 ms block, 30 s with 8 s of double talk", whole.pop("ours"), whole, "us")]
    for what, where in (("our speech alone, line known", spoken), ("double talk, line known", DOUBLE)):
        process = EchoCanceller().process
        for block, ours in zip(near[: 6 * SECOND], far[: 6 * SECOND], strict=True):
            process(block, ours)
        rows.append(row(f"20 ms block, {what}", cost(process, near[where], far[where]), None, "us"))
    return rows


def line() -> LineModel:
    return LineModel(LineSettings(hybrid="G168-D2", return_loss_db=6.0, seed=SEED))


def tone(frequencies: Sequence[float], blocks: int) -> Samples:
    """A steady tone at -13 dBm0 each, in blocks."""
    time = np.arange(blocks * BLOCK) / 8000.0
    waves = [amplitude(-13.0) * np.sin(2.0 * np.pi * hz * time) for hz in frequencies]
    samples: Samples = np.rint(np.sum(waves, axis=0)).astype(np.int16).reshape(-1, BLOCK)
    return samples


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
