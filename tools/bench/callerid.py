"""Caller ID: FSK messages in noise, soft, under hum, off their pitch or pace; and false callers in speech.

Ours against minimodem and libspandsp's `adsi_rx` on the same audio. `BENCH_MESSAGES` (default 100) messages a row with
random numbers, names and dates; `BENCH_HOURS` (default 0.5) of each set without signals, all decoders listening all
the time, which is harder than on a line: there they listen from 3 s before a ring until the answer. A message is right
if ours tells it once, with its number and name; a peer's if the number is among the bytes it gives.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import fsk, levels
from drivers.signals.callerid import writing
from drivers.signals.callerid.receiver import CallerIdReceiver
from tools.bench import chips, corpora
from tools.oracles import minimodem, spandsp, spandsp_callerid

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float64]

COMMAND: Final = "python -m tools.bench callerid"
RATE: Final = 8000
BLOCK: Final = 160
SEED: Final = 20261126
MODEMS: Final = {"bell202": fsk.BELL_202, "v23": fsk.V23}
NAMES: Final = {"bell202": "Bell 202", "v23": "V.23"}
LEADS: Final = {"bell202": (300, 180), "v23": (300, 80)}  # bits of seizure and of mark
PEER_SCHEMES: Final = ("bell202", "v23")  # false callers: `adsi_rx` hears one scheme, so one of it for each


@dataclass(frozen=True)
class Trial:
    """How a row's messages come over the line. Levels in dBm0, frequencies in Hz; ``twist`` as ``fsk.send`` has it."""

    level: tuple[float, float] = (-20.0, -20.0)  # drawn from evenly
    snr: float | None = None  # dB
    pace: float = 1.0
    pitch: float = 1.0
    twist: float = 0.0
    tones: tuple[tuple[float, float], ...] = ()  # (Hz, dB over the signal)
    offset: int = 0  # DC, in sample units
    marks: int | None = None  # no seizure, and so many bits of mark
    stop_bits: int = 1
    chip: chips.Chip | None = None  # bytes as a chip sends them; no pace, pitch or twist then


TRIALS: Final = {
    "SNR 12 dB": Trial(snr=12.0),
    "SNR 10 dB": Trial(snr=10.0),
    "SNR 8 dB": Trial(snr=8.0),
    "SNR 6 dB": Trial(snr=6.0),
    "-10 to -30 dBm0": Trial(level=(-30.0, -10.0)),
    "-32 to -42 dBm0": Trial(level=(-42.0, -32.0)),
    "-42 dBm0": Trial(level=(-42.0, -42.0)),
    "2 % fast": Trial(pace=1.02),
    "2 % slow": Trial(pace=0.98),
    "tones 1 % high": Trial(pitch=1.01),
    "tones 1 % low": Trial(pitch=0.99),
    "tones 2 % high": Trial(pitch=1.02),
    "tones 2 % low": Trial(pitch=0.98),
    "twist 10 dB, SNR 25 dB": Trial(twist=10.0, snr=25.0),
    "twist -10 dB, SNR 25 dB": Trial(twist=-10.0, snr=25.0),
    "no seizure, 80 marks": Trial(marks=80),
    "no seizure, 60 marks": Trial(marks=60),
    "no seizure, 20 marks": Trial(marks=20),
    "10 stop bits": Trial(stop_bits=10),
    "0-0.6 bit more mark a byte": Trial(chip=chips.Chip(extra_mark=0.6)),
    "0-0.6 bit more mark, 0-0.6 rad jumps": Trial(chip=chips.Chip(extra_mark=0.6, jump=0.6)),
    "0-0.6 bit, 0-0.6 rad, 2 dB up and down": Trial(chip=chips.Chip(extra_mark=0.6, jump=0.6, louder=2.0)),
    "-30 dBm0, 60 Hz hum 18 dB above": Trial(level=(-30.0, -30.0), tones=((60.0, 18.0),)),
    "-30 dBm0, 50 Hz hum 18 dB above": Trial(level=(-30.0, -30.0), tones=((50.0, 18.0),)),
    "1000 Hz 20 dB below": Trial(tones=((1000.0, -20.0),)),
    "DC offset of 2000": Trial(offset=2000),
}


def run() -> list[dict[str, Any]]:
    """Percent of messages right; false callers an hour."""
    count = int(os.environ.get("BENCH_MESSAGES", "100"))
    rows = [right(scheme, how, trial, count) for scheme in MODEMS for how, trial in TRIALS.items()]
    return rows + false_callers(float(os.environ.get("BENCH_HOURS", "0.5")))


def row(what: str, ours: float, peers: dict[str, float], unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peers or None, "unit": unit, "command": COMMAND}


def right(scheme: str, how: str, trial: Trial, count: int) -> dict[str, Any]:
    """One row: so many messages sent as `trial` says."""
    what = f"{NAMES[scheme]}, {how}: right of {count}"
    rng = np.random.default_rng([SEED, zlib.crc32(what.encode())])
    judges = peers(scheme)
    ours, theirs = 0, dict.fromkeys(judges, 0)
    for _ in range(count):
        number = "".join(str(digit) for digit in rng.integers(0, 10, 10))
        name = "".join(chr(letter) for letter in rng.integers(65, 91, int(rng.integers(3, 16))))
        sound = send(scheme, trial, number, name, rng)
        receiver = CallerIdReceiver()
        told = [(one.number, one.name) for block in blocks(sound) for one in receiver.feed(block)]
        ours += told == [(number, name)]
        for peer, hear in judges.items():
            theirs[peer] += number.encode() in hear(sound)
    return row(what, 100.0 * ours / count, {peer: 100.0 * found / count for peer, found in theirs.items()}, "%")


def peers(scheme: str) -> dict[str, Callable[[Samples], bytes]]:
    """The other programs on this machine: sound in, bytes out."""
    found: dict[str, Callable[[Samples], bytes]] = {}
    if minimodem.available():
        found["minimodem"] = lambda sound: minimodem.received(sound, scheme)
    if spandsp.available():
        found["adsi_rx"] = lambda sound: b"".join(spandsp_callerid.SpandspCallerId(scheme).feed(sound))
    return found


def send(scheme: str, trial: Trial, number: str, name: str, rng: np.random.Generator) -> Samples:
    """One message between two pauses."""
    when = datetime(2026, int(rng.integers(1, 13)), int(rng.integers(1, 29)), int(rng.integers(24)))
    seizure, marks = LEADS[scheme] if trial.marks is None else (0, trial.marks)
    data = writing.mdmf(number, name, when)
    modem = MODEMS[scheme]
    level = float(rng.uniform(*trial.level))
    if trial.chip is None:
        shifted = fsk.Modem(modem.name, modem.mark * trial.pitch, modem.space * trial.pitch)
        bits = fsk.frame(data, seizure, marks, trial.stop_bits)
        sent = fsk.send(bits, shifted, level, fsk.BAUD * trial.pace, trial.twist)
    else:
        sent = chips.send(data, modem, level, (seizure, marks), trial.chip, int(rng.integers(1 << 32)))
    wide = np.concatenate([np.zeros(1600 + int(rng.integers(160))), sent.astype(np.float64), np.zeros(1600)])
    if trial.snr is not None:
        wide += rng.normal(0.0, levels.amplitude(level) / np.sqrt(2) / 10 ** (trial.snr / 20), wide.size)
    for hz, above in trial.tones:
        turn = 2 * np.pi * hz * np.arange(wide.size) / RATE + rng.uniform(0, 2 * np.pi)
        wide += levels.amplitude(level + above) * np.sin(turn)
    wide += trial.offset
    line: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return line


def blocks(sound: Samples) -> Iterator[Samples]:
    for start in range(0, sound.size - BLOCK + 1, BLOCK):
        yield sound[start : start + BLOCK]


def false_callers(hours: float) -> list[dict[str, Any]]:
    """Callers heard where there are none, an hour: in each set, and over all."""
    people = frozenset({"running", "other_word", "command", "digit"})
    sets: dict[str, Callable[[], Iterator[Samples]]] = {
        "synthetic voices": lambda: corpora.voices(corpora.EXAM, hours, SEED),
        "synthetic voices, another seed": lambda: corpora.voices(corpora.EXAM, hours, SEED + 1),
        "flite": lambda: corpora.flite(hours, SEED),
        "people": lambda: corpora.recordings(people),
        "music and noise": lambda: corpora.recordings(frozenset({"music", "noise"})),
    }
    rows, all_heard = [], 0.0
    all_told: dict[str, int] = {}
    for name, pieces in sets.items():
        heard, told = count_false(pieces(), hours)
        if heard:
            rows.append(false_row(name, heard, told))
            all_heard += heard
            all_told = {listener: all_told.get(listener, 0) + found for listener, found in told.items()}
    return [*rows, false_row("all of it", all_heard, all_told)] if rows else []


def false_row(name: str, heard: float, told: dict[str, int]) -> dict[str, Any]:
    an_hour = {listener: found / heard for listener, found in told.items()}
    return row(f"false callers in {heard:.2f} h: {name}", an_hour.pop("ours"), an_hour, "1/h")


def count_false(pieces: Iterator[Samples], hours: float) -> tuple[float, dict[str, int]]:
    """Hours heard (at most ``hours``), and the callers told by each listener."""
    receiver = CallerIdReceiver()
    judges = [spandsp_callerid.SpandspCallerId(s) for s in PEER_SCHEMES] if spandsp.available() else []
    told = {"ours": 0} | ({"adsi_rx": 0} if judges else {})
    size = 0
    for piece in pieces:
        if size >= hours * 3600 * RATE:
            break
        size += piece.size
        for caller in receiver.feed(piece):
            print(f"callerid: heard in what holds none: {caller}", file=sys.stderr)
            told["ours"] += 1
        for judge in judges:
            told["adsi_rx"] += len(judge.feed(piece))
    return size / RATE / 3600, told
