"""Sound that every kernel hears: keys, callers, tones and voices, easy and at the edge of what can be heard.

It is made once and handed on as samples, since making it rounds what the kernels' sines and sums give.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from drivers.signals import levels
from drivers.signals.countries import countries
from drivers.signals.tones import ToneSource
from tools.bench import callerid, corpora, dtmf

Samples = npt.NDArray[np.int16]

_SEED = 20261130
_RATE = 8000


def sounds() -> dict[str, tuple[str, Samples]]:
    """What is heard by its name: the country whose line it is from, and the samples at 8 kHz."""
    return {name: (country, sound) for name, country, sound in _sounds()}


def _sounds() -> Iterator[tuple[str, str, Samples]]:
    for name, trial in {
        "keys at Q.24's corners": dtmf.Trial(),
        "keys, SNR 10 dB": dtmf.Trial(snr=10.0),
        "keys over a dial tone": dtmf.over_dial_tone((350.0, 440.0)),
        "no keys, 3.5 % off": dtmf.Trial(deviation=(0.035, 0.035), snr=None),
    }.items():
        yield name, "CA", dtmf.send(trial, 150)[0]
    rng = np.random.default_rng(_SEED)
    for scheme, code in (("bell202", "CA"), ("v23", "GB")):
        for how in ("SNR 8 dB", "SNR 6 dB", "-42 dBm0", "tones 2 % high", "no seizure, 20 marks"):
            told = [callerid.send(scheme, callerid.TRIALS[how], f"514555{n:04}", f"CALLER {n}", rng) for n in range(6)]
            yield f"callers, {scheme}, {how}", code, np.concatenate(told)
    for code in ("CA", "GB", "FR", "DE", "AU", "JP"):
        tones = [ToneSource(spec).read(6 * _RATE) for spec in countries()[code].tones.values()]
        wide = np.concatenate([part for tone in tones for part in (tone, np.zeros(_RATE, np.int16))]).astype(np.float64)
        wide += rng.normal(0.0, levels.amplitude(-28.0) / np.sqrt(2), wide.size)
        yield f"tones, {code}", code, np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    yield "voices", "CA", np.concatenate(list(corpora.voices(corpora.EXAM, 0.02, _SEED)))
