"""Caller ID: FSK messages in noise, soft, under hum, at another pace; and false callers in speech.

Ours against minimodem on the same audio. `BENCH_MESSAGES` (default 100) messages a row with random numbers and names,
`BENCH_HOURS` (default 0.5) of each set without signals. A message is right if it is told once, with its number and
name; minimodem's is right if the number is among the bytes it gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import callerid_writing, fsk, levels
from drivers.signals.callerid import CallerIdReceiver
from tools.bench import corpora
from tools.oracles import minimodem

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench callerid"
RATE: Final = 8000
BLOCK: Final = 160
SEED: Final = 20261126
MODEMS: Final = {"bell202": fsk.BELL_202, "v23": fsk.V23}
LEADS: Final = {"bell202": (300, 180), "v23": (300, 80)}  # bits of seizure and of mark


@dataclass(frozen=True)
class Trial:
    """How a row's messages come over the line. Levels in dBm0; ``pace`` and ``twist`` as ``fsk.send`` has them."""

    scheme: str
    level: float = -20.0
    snr: float | None = None
    baud: float = 1200.0
    twist: float = 0.0
    hum: float | None = None  # dBm0 at 60 Hz


def run() -> list[dict[str, Any]]:
    """Percent of messages right; false callers an hour."""
    count = int(os.environ.get("BENCH_MESSAGES", "100"))
    rows = [
        right(f"{name}, SNR {snr:.0f} dB: right of {count}", Trial(scheme, snr=snr), count)
        for scheme, name in (("bell202", "Bell 202"), ("v23", "V.23"))
        for snr in (10.0, 8.0, 6.0)
    ]
    rows += [
        right("Bell 202 at -30 dBm0, hum 18 dB above: right", Trial("bell202", level=-30.0, hum=-12.0), count),
        right("Bell 202 at -42 dBm0: right", Trial("bell202", level=-42.0), count),
        right("Bell 202, 2 % fast: right", Trial("bell202", baud=1224.0), count),
        right("V.23, 2 % slow: right", Trial("v23", baud=1176.0), count),
        right("Bell 202, twist 10 dB, SNR 25 dB: right", Trial("bell202", twist=10.0, snr=25.0), count),
        right("Bell 202, twist -10 dB, SNR 25 dB: right", Trial("bell202", twist=-10.0, snr=25.0), count),
    ]
    return rows + false_callers(float(os.environ.get("BENCH_HOURS", "0.5")))


def row(what: str, ours: float | None, peer: float | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def right(what: str, trial: Trial, count: int) -> dict[str, Any]:
    rng = np.random.default_rng([SEED, count, round(-trial.level), round((trial.snr or 99) * 10)])
    judge = minimodem.available()
    ours = theirs = 0
    for _ in range(count):
        number = "".join(str(digit) for digit in rng.integers(0, 10, 10))
        name = "".join(chr(letter) for letter in rng.integers(65, 91, int(rng.integers(3, 16))))
        sound = send(trial, number, name, rng)
        receiver = CallerIdReceiver()
        told = [(one.number, one.name) for block in blocks(sound) for one in receiver.feed(block)]
        ours += told == [(number, name)]
        theirs += judge and number.encode() in minimodem.received(sound, trial.scheme)
    return row(what, 100.0 * ours / count, 100.0 * theirs / count if judge else None, "%")


def send(trial: Trial, number: str, name: str, rng: np.random.Generator) -> Samples:
    """One message between two pauses."""
    when = datetime(2026, int(rng.integers(1, 13)), int(rng.integers(1, 29)), int(rng.integers(24)))
    seizure, marks = LEADS[trial.scheme]
    bits = fsk.frame(callerid_writing.mdmf(number, name, when), seizure, marks, 1)
    sent = fsk.send(bits, MODEMS[trial.scheme], trial.level, trial.baud, trial.twist).astype(np.float64)
    wide = np.concatenate([np.zeros(1600 + int(rng.integers(160))), sent, np.zeros(1600)])
    if trial.snr is not None:
        wide += rng.normal(0.0, levels.amplitude(trial.level) / np.sqrt(2) / 10 ** (trial.snr / 20), wide.size)
    if trial.hum is not None:
        wide += levels.amplitude(trial.hum) * np.sin(2 * np.pi * 60 * np.arange(wide.size) / RATE + rng.uniform(0, 6))
    line: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return line


def blocks(sound: Samples) -> Iterator[Samples]:
    for start in range(0, sound.size - BLOCK + 1, BLOCK):
        yield sound[start : start + BLOCK]


def false_callers(hours: float) -> list[dict[str, Any]]:
    """Callers heard where there are none, an hour; the receiver is never armed for so long on a line."""
    people = frozenset({"running", "other_word", "command", "digit"})
    sets: dict[str, Callable[[], Iterator[Samples]]] = {
        "synthetic voices": lambda: corpora.voices(corpora.EXAM, hours, SEED),
        "people": lambda: corpora.recordings(people),
        "music and noise": lambda: corpora.recordings(frozenset({"music", "noise"})),
    }
    rows = []
    for name, pieces in sets.items():
        receiver = CallerIdReceiver()
        size = told = 0
        for piece in pieces():
            if size > hours * 3600 * RATE:
                break
            size += piece.size
            told += len(receiver.feed(piece))
        if size:
            heard = size / RATE / 3600
            rows.append(row(f"false callers in {heard:.2f} h of {name}", told / heard, None, "1/h"))
    return rows
