"""DTMF: digits at the limits of Q.24, in noise, over dial tone and under our own prompt; and false digits in speech.

Ours against libspandsp's `dtmf_rx` and multimon-ng on the same audio. `BENCH_DIGITS` (default 2000) digits in each row
of noise (in the others no more than 2000), `BENCH_HOURS` (default 0.5) of synthetic voices, each also raised, thin and
clipped, and no more than that of each other set without signals. A digit is right if it is told once, as what it is.
Seeds and voices are others than those that thresholds were chosen on (`corpora.TUNING`).

The long run of docs/benchmarks.md, 43 hours and 30,000 digits:
`python -m tools.bench.corpora /var/tmp/sound 8; BENCH_SOUND=/var/tmp/sound BENCH_HOURS=8 BENCH_DIGITS=30000
python -m tools.bench dtmf`.
"""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.line import LineModel, LineSettings
from drivers.signals.tones import DTMF_HIGH, DTMF_KEYS, DTMF_LOW
from tools.bench import corpora
from tools.oracles import multimon
from tools.oracles.spandsp_dtmf import SpandspDtmf

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float64]

COMMAND: Final = "python -m tools.bench dtmf"
RATE: Final = 8000
BLOCK: Final = 160
SEED: Final = 20261125
OURS: Final = "ours"
LEAD: Final = RATE // 2  # silence round a row's digits


@dataclass(frozen=True)
class Trial:
    """How a row's digits are sent. Ranges are drawn from at their ends (``corners``) or anywhere between."""

    level: tuple[float, float] = (-36.0, -3.0)  # dBm0 of the stronger tone
    twist: tuple[float, float] = (-8.0, 4.0)
    deviation: tuple[float, float] = (0.015, 0.015)  # of the low and the high tone, either way
    on_ms: int = 40
    off_ms: int = 40
    snr: float | None = 15.0
    gap_at_ms: int | None = None  # a break of 10 ms in the tone
    dial_tone: tuple[float, ...] = ()  # Hz, at -10 dBm0 each
    corners: bool = True


def run() -> list[dict[str, Any]]:
    """Percent missed, accepted or doubled; false digits an hour."""
    many = int(os.environ.get("BENCH_DIGITS", "2000"))
    count = min(many, 2000)
    rows = [
        missed(f"{many} digits at the corners, SNR 15 dB: missed", Trial(), many),
        missed(f"{many}, SNR 12 dB: missed", Trial(snr=12.0), many),
        missed(f"{many}, SNR 10 dB: missed", Trial(snr=10.0), many),
        accepted("+-3.5 % on both tones: accepted", Trial(deviation=(0.035, 0.035), snr=None), count),
        accepted("3.5 % on the low tone: accepted", Trial(deviation=(0.035, 0.0), snr=None), count),
        accepted("3.5 % on the high tone: accepted", Trial(deviation=(0.0, 0.035), snr=None), count),
        accepted("23 ms long: accepted", Trial(on_ms=23, off_ms=60, deviation=(0.0, 0.0), snr=None), count),
        doubled("a gap of 10 ms in a tone of 100 ms: doubled", Trial(on_ms=100, gap_at_ms=45, snr=None), count),
        missed("over dial tone 350+440 at -10 dBm0 each: missed", over_dial_tone((350.0, 440.0)), count),
        missed("over dial tone 425 at -10 dBm0: missed", over_dial_tone((425.0,)), count),
        missed("0 dBm0 a tone, cut off at full scale: missed", as_loud_as_it_gets(0.0), min(count, 1000)),
        missed("+2 dBm0 a tone, cut off at full scale: missed", as_loud_as_it_gets(2.0), min(count, 1000)),
        under_a_prompt(min(count, 1000)),
    ]
    return rows + talk_off(float(os.environ.get("BENCH_HOURS", "0.5")))


def over_dial_tone(hz: tuple[float, ...]) -> Trial:
    return Trial(level=(-20.0, -10.0), twist=(-2.0, 2.0), deviation=(0.01, 0.01), on_ms=70, snr=None, dial_tone=hz)


def as_loud_as_it_gets(level: float) -> Trial:
    return Trial(level=(level, level), twist=(0.0, 0.0), deviation=(0.01, 0.01), on_ms=50, off_ms=50, snr=30.0)


def row(what: str, figures: Mapping[str, float], unit: str) -> dict[str, Any]:
    """`figures` by program, `OURS` among them."""
    peers = {name: figure for name, figure in figures.items() if name != OURS}
    return {"what": what, "ours": figures[OURS], "peer": peers, "unit": unit, "command": COMMAND}


def missed(what: str, trial: Trial, count: int) -> dict[str, Any]:
    """`count` digits, by the thousand."""
    missing: dict[str, int] = {}
    for first in range(0, count, 1000):
        part = min(1000, count - first)
        sound, digits = send(trial, part, first)
        for name, told in told_by_all(sound).items():
            missing[name] = missing.get(name, 0) + part - right(told, digits)
    return row(what, {name: 100.0 * one / count for name, one in missing.items()}, "%")


def accepted(what: str, trial: Trial, count: int) -> dict[str, Any]:
    sound, _ = send(trial, count)
    return row(what, {name: 100.0 * min(len(told), count) / count for name, told in told_by_all(sound).items()}, "%")


def doubled(what: str, trial: Trial, count: int) -> dict[str, Any]:
    sound, _ = send(trial, count)
    extra = {name: max(0, len(told) - count) for name, told in told_by_all(sound).items()}
    return row(what, {name: 100.0 * one / count for name, one in extra.items()}, "%")


def told_by_all(sound: Samples, *, echo: bool = False) -> dict[str, str]:
    """The digits told by ours and by each peer; ``echo``: our own voice was cancelled out of the sound."""
    receiver, spandsp = DtmfReceiver(), SpandspDtmf()
    ours = "".join(
        digit.digit for block in blocks(sound) for digit in receiver.feed(block, echo=echo) if digit.end is None
    )
    return {
        OURS: ours,
        "spandsp": "".join(spandsp.feed(block) for block in blocks(sound)),
        **({"multimon-ng": multimon.digits(sound)} if multimon.available() else {}),
    }


def right(told: str, digits: str) -> int:
    """How many digits were told, in order; what was told beyond them does not help."""
    matcher = difflib.SequenceMatcher(None, told, digits, autojunk=False)
    return sum(match.size for match in matcher.get_matching_blocks()) - max(0, len(told) - len(digits))


def blocks(sound: Samples) -> Iterator[Samples]:
    for start in range(0, sound.size - BLOCK + 1, BLOCK):
        yield sound[start : start + BLOCK]


def send(trial: Trial, count: int, part: int = 0) -> tuple[Samples, str]:
    """The sound of so many random digits, and the digits; others in each part."""
    rng = np.random.default_rng([SEED, count, trial.on_ms, round((trial.snr or 99) * 10), part])
    slot = (trial.on_ms + trial.off_ms) * 8
    digits = "".join(DTMF_KEYS[int(key)] for key in rng.integers(16, size=count))
    wide = np.concatenate([np.zeros(LEAD), *(one(trial, digit, slot, rng) for digit in digits), np.zeros(LEAD)])
    for hz in trial.dial_tone:
        wide += levels.amplitude(-10.0) * np.sin(2 * np.pi * hz * np.arange(wide.size) / RATE)
    return np.clip(np.rint(wide), -32768, 32767).astype(np.int16), digits


def one(trial: Trial, digit: str, slot: int, rng: np.random.Generator) -> Wide:
    """One digit and its pause, with the noise of its own level."""

    def draw(bounds: tuple[float, float]) -> float:
        return float(rng.choice(bounds)) if trial.corners else float(rng.uniform(*bounds))

    key = DTMF_KEYS.index(digit)
    stronger, twist = float(rng.uniform(*trial.level)), draw(trial.twist)
    low = stronger if twist < 0 else stronger - twist
    size = trial.on_ms * 8
    time = np.arange(size) / RATE
    wide = np.zeros(size)
    for hz, level, deviation in (
        (DTMF_LOW[key // 4], low, trial.deviation[0]),
        (DTMF_HIGH[key % 4], low + twist, trial.deviation[1]),
    ):
        off = float(rng.choice((-deviation, deviation)))
        wide += levels.amplitude(level) * np.sin(2 * np.pi * hz * (1 + off) * time + rng.uniform(0, 6.3))
    power = float((wide**2).mean())
    if trial.gap_at_ms is not None:
        wide[trial.gap_at_ms * 8 : (trial.gap_at_ms + 10) * 8] = 0.0
    wide = np.concatenate([wide, np.zeros(slot - size)])
    if trial.snr is not None:
        wide += rng.normal(0.0, np.sqrt(power / 10 ** (trial.snr / 10)), slot)
    return wide


def under_a_prompt(count: int) -> dict[str, Any]:
    """Digits of 70 ms at -25 dBm0 while our prompt plays, 6 dB return loss; both hear what the canceller leaves."""
    trial = Trial(level=(-25.0, -25.0), twist=(0.0, 0.0), deviation=(0.005, 0.005), on_ms=70, off_ms=70, snr=None)
    sound, digits = send(trial, count)
    prompt = speech_for(sound.size)
    line = LineModel(LineSettings(law="mu", loss_db=0.0, return_loss_db=6.0, noise_dbm0=-65.0, seed=SEED))
    canceller = EchoCanceller()
    heard = [
        canceller.process(line.to_box(block, said), said)
        for block, said in zip(blocks(sound), blocks(prompt), strict=True)
    ]
    told = told_by_all(np.concatenate(heard), echo=True)
    what = f"{count} digits at -25 dBm0 under our prompt, 6 dB return loss: right"
    return row(what, {name: 100.0 * right(one_told, digits) / count for name, one_told in told.items()}, "%")


def speech_for(size: int) -> Samples:
    """Enough of a synthetic voice at -13 dBm0."""
    speech = np.concatenate(list(corpora.flite(size / RATE / 3600, SEED)))
    return corpora.at_level(speech[:size].astype(np.float64), -13.0)


def talk_off(hours: float) -> list[dict[str, Any]]:
    """False digits an hour in each set, and over all."""
    sets = {
        "synthetic voices": "plain",
        "the same, 1.4 times higher": "raised 1.4",
        "the same, 1.8 times higher": "raised 1.8",
        "the same, thin": "thin",
        "the same, clipped": "clipped",
        "flite": "flite",
        "people": "people",
        "music and noise": "music",
    }
    with ProcessPoolExecutor() as pool:  # set by set, each on a core
        counted = list(pool.map(count_false, sets.values(), repeat(hours)))
    rows = []
    seconds, false = 0.0, Counter[str]()
    for name, (heard, told) in zip(sets, counted, strict=True):
        seconds += heard
        for who, count in told.items():
            false[who] += count
        if heard:
            rows.append(row(f"false digits in {heard / 3600:.2f} h of {name}", an_hour(told, heard), "1/h"))
    return [*rows, row(f"false digits in all {seconds / 3600:.1f} h", an_hour(false, seconds), "1/h")]


def an_hour(told: Mapping[str, int], seconds: float) -> dict[str, float]:
    return {who: 3600 * count / seconds for who, count in told.items()}


def without_signals(which: str, hours: float) -> Iterator[Samples]:
    """A set of sound in which there is no digit, in pieces."""
    if which == "flite":
        return limited(corpora.kept("flite") or corpora.flite(hours, SEED + 4), hours)
    if which == "people":
        return limited(corpora.kept("people") or corpora.recordings(corpora.PEOPLE), hours)
    if which == "music":
        return limited(corpora.kept("music") or corpora.recordings(corpora.OTHER), hours)
    voices = limited(corpora.kept("exam") or corpora.voices(corpora.EXAM, hours, SEED), hours)
    if which.startswith("raised"):
        return (corpora.raised(piece, float(which.removeprefix("raised "))) for piece in voices)
    made = {"thin": corpora.thin, "clipped": corpora.clipped}
    return voices if which == "plain" else map(made[which], voices)


def limited(pieces: Iterator[Samples], hours: float) -> Iterator[Samples]:
    left = hours * 3600 * RATE
    for piece in pieces:
        if left <= 0:
            return
        left -= piece.size
        yield piece


def count_false(which: str, hours: float) -> tuple[float, dict[str, int]]:
    """Seconds heard of a set, digits told by ours and by each peer."""
    receiver, spandsp = DtmfReceiver(), SpandspDtmf()
    size, told = 0, {OURS: 0, "spandsp": 0} | ({"multimon-ng": 0} if multimon.available() else {})
    for piece in without_signals(which, hours):
        size += piece.size
        told[OURS] += sum(digit.end is None for digit in receiver.feed(piece))
        told["spandsp"] += sum(len(spandsp.feed(block)) for block in blocks(piece))
        if "multimon-ng" in told:
            told["multimon-ng"] += len(multimon.digits(piece))
    return size / RATE, told
