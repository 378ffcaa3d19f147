"""The telephone lines that speech is trained and judged on: what lies between a mouth and the box's port.

One step each: the room and the telephone, noise, a network's codec with lost packets, and last the subscriber line of
`drivers.signals.line`, the very model that the virtual exchange uses. A named line (`LINES`) is fixed; training draws
its own with `models.recipe.mouths`. The same seed gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.levels import amplitude, dbm0
from drivers.signals.line import BLOCK, LineModel, LineSettings
from models import codecs

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float32]

SPEECH_DBM0: Final = -20.0
"""Level of speech at the box's port, over its loud parts, where a line says nothing else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Levels in dBm0; `snr_db`: noise under the speech, None for the line's own alone; `tilt`: the noise's
    fall in dB an octave; `network`: g711, amr or gsm; `lost`: share of its frames that never arrive; `echo_dbm0`: what
    is left of our own prompt."""

    speech_dbm0: float = SPEECH_DBM0
    noise_dbm0: float = -62.0
    snr_db: float | None = None
    tilt: float = 3.0
    hum_dbm0: float = -100.0
    network: str = "g711"
    mode: int = 7
    lost: float = 0.0
    law: g711.Law = "mu"
    echo_dbm0: float = -100.0
    band: bool = True


LINES: Final = {
    "quiet": Line(),
    "10db": Line(snr_db=10.0),
    "residue": Line(echo_dbm0=-45.0),
    "mobile": Line(snr_db=15.0, tilt=6.0, network="amr", mode=4, lost=0.01),
}
"""Lines with a name: a quiet one, one with noise, one under what is left of our own prompt, a mobile in a car."""


def level(sound: npt.NDArray[np.float32] | Samples) -> float:
    """The level of the loud parts of speech: the mean power of the blocks within 15 dB of the loudest, in dBm0."""
    blocks = sound[: sound.size // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float32)
    if not blocks.size:
        return dbm0(sound)
    power = (blocks**2).mean(axis=1)
    return dbm0(blocks[power >= power.max() * 10**-1.5].reshape(-1))


def noise(size: int, tilt: float, chance: np.random.Generator) -> Wide:
    """Noise of RMS 1 that falls `tilt` dB an octave above 200 Hz."""
    bins = np.fft.rfftfreq(size, 1 / 8000)
    shape = (np.maximum(bins, 200.0) / 200.0) ** (-tilt / 6.02)
    shape[bins < 60.0] = 0.0
    made = np.fft.irfft(np.fft.rfft(chance.normal(size=size)) * shape, size)
    steady: Wide = (made / (np.sqrt((made**2).mean()) + 1e-9)).astype(np.float32)
    return steady


def through(
    sound: npt.NDArray[np.float32] | Samples,
    line: Line,
    seed: int,
    background: Wide | None = None,
    prompt: Samples | None = None,
) -> Samples:
    """What the box's port hears of `sound` (8 kHz) over this line; same length.

    `background`: the noise of `snr_db`, at least as long, instead of coloured noise; `prompt`: what we play meanwhile.
    """
    chance = np.random.default_rng(seed)
    spoken = sound.astype(np.float32)
    loud = level(spoken)
    if loud > -90.0:
        spoken = spoken * np.float32(10 ** ((line.speech_dbm0 - loud) / 20))
    if line.snr_db is not None:
        under = noise(spoken.size, line.tilt, chance) if background is None else background[: spoken.size]
        rms = amplitude(line.speech_dbm0 - line.snr_db) / np.sqrt(2.0)
        spoken = spoken + under * np.float32(rms / (np.sqrt((under**2).mean()) + 1e-9))
    if prompt is not None and line.echo_dbm0 > -90.0:
        left = np.resize(prompt, spoken.size).astype(np.float32)
        spoken = spoken + left * np.float32(10 ** ((line.echo_dbm0 - level(left)) / 20))
    heard = np.clip(np.rint(spoken), -32768, 32767).astype(np.int16)
    lost = chance.random(codecs.frame_count(heard)) < line.lost
    if line.network == "amr":
        heard = codecs.amr(heard, line.mode, lost)
    elif line.network == "gsm":
        heard = codecs.gsm(heard, lost)
    elif line.lost:
        heard = _with_gaps(heard, lost)
    return _subscriber_line(heard, line, seed)


def _with_gaps(sound: Samples, lost: npt.NDArray[np.bool_]) -> Samples:
    """G.711 without concealment: a lost packet is the one before, half as loud."""
    heard = sound.copy()
    for n in np.flatnonzero(lost):
        at = int(n) * codecs.FRAME
        piece = heard[at : at + codecs.FRAME]
        piece[:] = heard[at - codecs.FRAME : at][: piece.size] // 2 if n else 0
    return heard


def _subscriber_line(sound: Samples, line: Line, seed: int) -> Samples:
    noise_dbm0, hum_dbm0 = line.noise_dbm0, line.hum_dbm0
    settings = LineSettings(line.law, noise_dbm0=noise_dbm0, hum_dbm0=hum_dbm0, band=line.band, seed=seed % 64)
    model = LineModel(replace(settings, return_loss_db=100.0))
    silence = np.zeros(BLOCK, np.int16)
    padded = np.zeros(-(-sound.size // BLOCK) * BLOCK, np.int16)
    padded[: sound.size] = sound
    for at in range(0, padded.size, BLOCK):
        padded[at : at + BLOCK] = model.to_box(padded[at : at + BLOCK], silence)
    return padded[: sound.size]
