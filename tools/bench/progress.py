"""Call progress: every country's tones on a noisy line with an exchange that is off, and false alarms on speech.

Ours against libspandsp's `super_tone_rx` on the same audio. A trial is right if the tone is told and no other is.
`BENCH_TRIALS` (default 4) trials a tone and country, `BENCH_HOURS` (default 1) of speech, music and noise.
Thresholds were set on other seeds and on espeak's other languages (`corpora.TUNING`).
"""

from __future__ import annotations

import dataclasses
import os
import time
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.cadence import pattern
from drivers.signals.countries import Country, countries
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import ToneSource
from drivers.signals.tonespec import Part, ToneSpec
from tools.bench import corpora
from tools.oracles import spandsp_tones

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench progress"
RATE: Final = 8000
TONES: Final = ("dial", "ringback", "busy", "reorder", "sit")
SECONDS: Final = 12.0
SEED: Final = 20261124
FALSE_ALARM_COUNTRIES: Final = ("US", "GB", "DE", "FR", "AU")


def run() -> list[dict[str, Any]]:
    """Percent of tones told right at two noise levels, false alarms, microseconds a block."""
    trials = int(os.environ.get("BENCH_TRIALS", "4"))
    hours = float(os.environ.get("BENCH_HOURS", "1"))
    rows = []
    for snr in (15.0, 10.0):
        ours, peer, count = detection(snr, trials)
        what = f"call progress right of {count}, {len(countries())} countries, SNR {snr:.0f} dB, +-1.5 %, pace +-10 %"
        rows.append(row(what, ours, peer, "%"))
    rows += false_alarms(hours)
    return rows


def row(what: str, ours: float | None, peer: float | str | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def detection(snr: float, trials: int) -> tuple[float, float | None, int]:
    """Percent right of ours and of libspandsp (of the tones it can be told of), and how many trials there were."""
    right = peer_right = count = peer_count = 0
    oracle = spandsp_tones.available()
    for code, country in countries().items():
        detector = ProgressDetector(country)
        peer = spandsp_tones.SpandspTones(country, TONES) if oracle else None
        for tone in TONES:
            if tone not in country.tones:
                continue
            alike = sounds_like(country, tone)
            rng = np.random.default_rng([SEED, round(snr), zlib.crc32(f"{code}{tone}".encode())])
            for _ in range(trials):
                samples = on_a_bad_line(country.tones[tone], snr, rng)
                told = {heard.tone for block in blocks(samples) for heard in detector.feed(block)}
                detector.reset()
                right += bool(told) and told <= alike
                count += 1
                if peer is not None and spandsp_tones.heard_by_spandsp(country.tones[tone]):
                    said = {name for block in blocks(samples) for name in peer.feed(block)}
                    peer.reset()
                    peer_right += bool(said) and said <= alike
                    peer_count += 1
    return 100.0 * right / count, 100.0 * peer_right / peer_count if peer_count else None, count


def sounds_like(country: Country, tone: str) -> set[str]:
    """The tone and those to which the country gives the same sound."""
    wanted = pattern(tone, country.tones[tone])
    patterns = {name: pattern(name, spec) for name, spec in country.tones.items()}
    return {name for name, one in patterns.items() if (one.once, one.cycle) == (wanted.once, wanted.cycle)}


def on_a_bad_line(spec: ToneSpec, snr: float, rng: np.random.Generator) -> Samples:
    """The tone, its pitch and pace off by up to 1.5 and 10 %, at -20 dBm0 in white noise, cut off while it sounds."""
    pitch, pace = 1.0 + rng.uniform(-0.015, 0.015), 1.0 + rng.uniform(-0.1, 0.1)

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


def false_alarms(hours: float) -> list[dict[str, Any]]:
    """Tones told where there are none: five countries' detectors on the same hours of voices, people and music."""
    detectors = {code: ProgressDetector(countries()[code]) for code in FALSE_ALARM_COUNTRIES}
    oracle = spandsp_tones.available()
    peers = {code: spandsp_tones.SpandspTones(countries()[code], TONES) for code in FALSE_ALARM_COUNTRIES if oracle}
    alarms = dict.fromkeys(FALSE_ALARM_COUNTRIES, 0)
    peer_alarms = dict.fromkeys(FALSE_ALARM_COUNTRIES, 0)
    heard = spent = 0.0
    sound = chain(
        corpora.voices(corpora.EXAM, hours * 0.8, SEED),
        corpora.flite(hours * 0.1, SEED),
        until(corpora.recordings(frozenset({"running", "music", "noise"})), hours * 0.1),
    )
    for samples in sound:
        heard += samples.size / RATE / 3600.0
        for code, detector in detectors.items():
            began = time.perf_counter()
            for block in blocks(samples):
                alarms[code] += sum(tone.end is None for tone in detector.feed(block))
            spent += time.perf_counter() - began
            if oracle:
                peer_alarms[code] += sum(len(peers[code].feed(block)) for block in blocks(samples))
    rows = [
        row(f"false call-progress tones in {heard:.1f} h of speech, music, noise ({code})", alarms[code],
            peer_alarms[code] if oracle else None, "tones")
        for code in FALSE_ALARM_COUNTRIES
    ]  # fmt: skip
    each = spent / (heard * 3600.0 * 50.0 * len(detectors)) * 1e6
    rows.append(row("call progress, 20 ms of speech", each, None, "us"))
    return rows


def until(sound: Iterator[Samples], hours: float) -> Iterator[Samples]:
    left = hours * 3600.0 * RATE
    for samples in sound:
        if left <= 0:
            return
        left -= samples.size
        yield samples
