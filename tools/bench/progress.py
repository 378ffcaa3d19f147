"""Call progress: every country's tones on a noisy line with an exchange that is off, and false alarms on speech.

Ours against libspandsp's `super_tone_rx` on the same audio. A trial is right if the tone is told and no other is.
Thresholds were set on other seeds and on espeak's other languages (`corpora.TUNING`). From the environment:

- `BENCH_TRIALS` (default 4) trials a tone and country;
- `BENCH_HOURS` (default 1) of voices, voices made thin and higher, flite, people and music, without any tone;
- `BENCH_COUNTRIES` (default the five of `PEERED`): whose tones are listened for in them, `all` or codes as `US,GB`;
- `BENCH_SOUND`: a folder of .npy files (int16, 8 kHz) to take instead, all of them: a day of voices takes a quarter of
  an hour to make.
"""

from __future__ import annotations

import dataclasses
import os
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.cadence import pattern
from drivers.signals.countries import Country, countries, country
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import ToneSource
from drivers.signals.tonespec import Part, ToneSpec
from tools.bench import corpora
from tools.oracles import spandsp, spandsp_tones

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench progress"
RATE: Final = 8000
TONES: Final = ("dial", "ringback", "busy", "reorder", "sit")
RARER: Final = ("stutter", "congestion", "unobtainable", "howler")
SECONDS: Final = 12.0
SEED: Final = 20261124
PEERED: Final = ("US", "GB", "DE", "FR", "AU")  # libspandsp listens too
PIECE: Final = 60 * RATE
WAITING: Final = 8  # pieces made ahead of those that listen


def run() -> list[dict[str, Any]]:
    """Percent of tones told right at two noise levels, false alarms, microseconds a block."""
    trials = int(os.environ.get("BENCH_TRIALS", "4"))
    rows = []
    for snr in (15.0, 10.0):
        for tones, corners in ((TONES, False), (TONES, True), (RARER, False)):
            ours, peer, count = detection(snr, trials, tones, corners=corners)
            which = "+-1.5 %, pace +-10 %" + (", at the corners" if corners else "")
            what = f"{', '.join(tones)}: right of {count}, {len(countries())} countries, SNR {snr:.0f} dB, {which}"
            rows.append(row(what, ours, peer, "%"))
    return rows + false_alarms()


def row(what: str, ours: float | None, peer: float | str | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def detection(snr: float, trials: int, tones: tuple[str, ...], *, corners: bool) -> tuple[float, float | None, int]:
    """Percent right of ours and of libspandsp (of the tones it can be told of), and how many trials there were."""
    right = peer_right = count = peer_count = 0
    oracle = spandsp.available() and tones == TONES
    for code, row_ in countries().items():
        detector = ProgressDetector(row_)
        peer = spandsp_tones.SpandspTones(row_, TONES) if oracle else None
        for tone in tones:
            if tone not in row_.tones:
                continue
            alike = sounds_like(row_, tone)
            rng = np.random.default_rng([SEED, round(snr), corners, zlib.crc32(f"{code}{tone}".encode())])
            for _ in range(trials):
                samples = on_a_bad_line(row_.tones[tone], snr, rng, corners=corners)
                told = {heard.tone for heard in detector.feed(samples)}
                detector.reset()
                right += bool(told) and told <= alike
                count += 1
                if peer is not None and spandsp_tones.heard_by_spandsp(row_.tones[tone]):
                    said = set(peer.feed(samples))
                    peer.reset()
                    peer_right += bool(said) and said <= alike
                    peer_count += 1
    return 100.0 * right / count, 100.0 * peer_right / peer_count if peer_count else None, count


def sounds_like(country: Country, tone: str) -> set[str]:
    """The tone and those to which the country gives the same sound."""
    wanted = pattern(tone, country.tones[tone])
    patterns = {name: pattern(name, spec) for name, spec in country.tones.items()}
    return {name for name, one in patterns.items() if (one.once, one.cycle) == (wanted.once, wanted.cycle)}


def on_a_bad_line(spec: ToneSpec, snr: float, rng: np.random.Generator, *, corners: bool = False) -> Samples:
    """The tone, its pitch and pace off by up to 1.5 and 10 % (`corners`: by just that), at -20 dBm0 in white noise,
    cut off while it sounds."""
    pitch, pace = 1.0 + rng.uniform(-0.015, 0.015), 1.0 + rng.uniform(-0.1, 0.1)
    if corners:
        pitch, pace = rng.choice((0.985, 1.015)), rng.choice((0.9, 1.1))

    def off(part: Part) -> Part:
        ms = None if part.ms is None else max(1, round(part.ms * pace))
        return dataclasses.replace(part, hz=tuple(hz * pitch for hz in part.hz), ms=ms)

    shifted = ToneSpec(tuple(map(off, spec.once)), tuple(map(off, spec.cycle)))
    tone = ToneSource(shifted).read(int(SECONDS * RATE)).astype(np.float64)
    sounding = tone[np.abs(tone) > 0]
    rms = levels.amplitude(-20.0) / np.sqrt(2.0)
    wide = np.concatenate((np.zeros(int(rng.integers(1000, 9000))), tone * (rms / np.sqrt(np.mean(sounding**2)))))
    wide += rng.normal(0.0, rms * 10.0 ** (-snr / 20.0), wide.size)
    samples: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return samples


def blocks(samples: Samples) -> Iterator[Samples]:
    return (samples[at : at + 160] for at in range(0, samples.size - 159, 160))


def false_alarms() -> list[dict[str, Any]]:
    """Tones told where there are none; one row for all countries, and one with libspandsp's for each of `PEERED`."""
    wanted = os.environ.get("BENCH_COUNTRIES", ",".join(PEERED))
    codes = tuple(countries()) if wanted == "all" else tuple(country(code).code for code in wanted.split(","))
    alarms, peer_alarms = dict.fromkeys(codes, 0), dict.fromkeys(codes, 0)
    heard = spent = 0.0
    for seconds, listening, ours, theirs in everywhere(codes):
        heard += seconds / 3600.0
        spent += listening
        for code in codes:
            alarms[code] += ours[code]
            peer_alarms[code] += theirs.get(code, 0)
    of = f"in {heard:.1f} h of {', '.join(sound_files()) or 'voices, also thin and higher, people, music'}"
    worst = max(codes, key=lambda code: alarms[code])
    oracle = spandsp.available()
    rows = [row(f"false tones {of}: {len(codes)} countries, all together", sum(alarms.values()), None, "tones")]
    if alarms[worst]:
        rows.append(row(f"the worst of them ({worst})", alarms[worst], None, "tones"))
    for code in codes:
        if code in PEERED:
            rows.append(row(f"false tones {of} ({code})", alarms[code], peer_alarms[code] if oracle else None, "tones"))
    rows.append(
        row("one country's detector on the same, 20 ms", spent / (heard * 180000.0 * len(codes)) * 1e6, None, "us")
    )
    rows.append(row("CA's detector on voices, 20 ms in a block", a_block(), None, "us"))
    return rows


Alarms = dict[str, int]


def everywhere(codes: tuple[str, ...]) -> Iterator[tuple[float, float, Alarms, Alarms]]:
    """Seconds heard, processor time of our detectors, false tones of ours and of libspandsp: piece by piece."""
    with ProcessPoolExecutor(initializer=_listen_for, initargs=(codes,)) as pool:
        waiting: set[Future[tuple[float, float, Alarms, Alarms]]] = set()
        for piece in sound():
            waiting.add(pool.submit(_listen, piece))
            if len(waiting) >= WAITING:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        yield from (one.result() for one in waiting)


_DETECTORS: dict[str, ProgressDetector] = {}
_PEERS: dict[str, spandsp_tones.SpandspTones] = {}


def _listen_for(codes: tuple[str, ...]) -> None:
    """Makes one process's detectors."""
    for code in codes:
        _DETECTORS[code] = ProgressDetector(country(code))
        if code in PEERED and spandsp.available():
            _PEERS[code] = spandsp_tones.SpandspTones(country(code), TONES)


def _listen(piece: Samples) -> tuple[float, float, Alarms, Alarms]:
    ours, theirs = {}, {}
    began = time.thread_time()
    for code, detector in _DETECTORS.items():
        detector.reset()
        ours[code] = sum(tone.end is None for tone in detector.feed(piece))
    spent = time.thread_time() - began
    for code, peer in _PEERS.items():
        peer.reset()
        theirs[code] = len(peer.feed(piece))
    return piece.size / RATE, spent, ours, theirs


def sound() -> Iterator[Samples]:
    """What has no tone in it, a minute at a time."""
    if sound_files():
        files = (np.load(path, mmap_mode="r") for path in sound_files().values())
        return (np.array(file[at : at + PIECE]) for file in files for at in range(0, file.size, PIECE))
    hours = float(os.environ.get("BENCH_HOURS", "1"))
    return chain(
        corpora.voices(corpora.EXAM, hours * 0.5, SEED),
        map(corpora.thin, corpora.voices(corpora.EXAM, hours * 0.15, SEED + 1)),
        (corpora.raised(piece, 1.4) for piece in corpora.voices(corpora.EXAM, hours * 0.15 * 1.4, SEED + 2)),
        corpora.flite(hours * 0.1, SEED),
        until(corpora.recordings(frozenset({"running", "music", "noise"})), hours * 0.1),
    )


def sound_files() -> dict[str, Path]:
    """The files of `BENCH_SOUND` by their names; none where it is not set."""
    folder = os.environ.get("BENCH_SOUND")
    return {path.stem: path for path in sorted(Path(folder).glob("*.npy"))} if folder else {}


def a_block() -> float:
    """Microseconds of processor time that a block of 160 samples takes, as a line feeds it."""
    voice = np.concatenate(list(corpora.voices(corpora.EXAM, 0.02, SEED)))
    detector = ProgressDetector(country("CA"))
    began = time.thread_time()
    for block in blocks(voice):
        detector.feed(block)
    return (time.thread_time() - began) / (voice.size // 160) * 1e6


def until(sound: Iterator[Samples], hours: float) -> Iterator[Samples]:
    left = hours * 3600.0 * RATE
    for samples in sound:
        if left <= 0:
            return
        left -= samples.size
        yield samples
