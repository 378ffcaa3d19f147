"""A line of its own for each training clip: telephone, room, noise, network, level, drawn by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve, resample_poly

from models import codecs
from models.lines import Line, through

Samples = npt.NDArray[np.int16]
Wide = npt.NDArray[np.float32]

BEFORE, AFTER = 5600, 4000
"""Samples of line noise set around a clip, so that the end-pointer can open and close."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What may lie under a voice: noises (cars, rain, dogs, music), other people, and prompts of our own."""

    noises: list[Samples]
    babble: list[Samples]
    prompts: list[Samples]


def spoken(clip: Samples, seed: int, around: Surroundings) -> Samples:
    """The clip as the box's port might hear it, with line noise before and after; the same seed, the same bytes."""
    chance = np.random.default_rng(seed)
    sound = clip.astype(np.float32)
    speed = int(chance.integers(90, 112))
    if speed != 100 and chance.random() < 0.6:
        sound = resample_poly(sound, 100, speed).astype(np.float32)
    if chance.random() < 0.25:
        sound = _room(sound, chance)
    if chance.random() < 0.5:
        sound = _telephone(sound, chance)
    before = np.zeros(BEFORE + int(chance.integers(0, 640)), np.float32)
    sound = np.concatenate((before, sound, np.zeros(AFTER, np.float32)))
    if chance.random() < 0.15:
        _click(sound, chance)
    line = _line(chance)
    background = _background(sound.size, chance, around) if line.snr_db is not None else None
    prompt = around.prompts[int(chance.integers(len(around.prompts)))] if around.prompts else None
    return through(sound, line, seed, background, prompt)


def _line(chance: np.random.Generator) -> Line:
    networks = ["g711"] * 6 + ["amr"] * 3 * codecs.there("amr") + ["gsm"] * codecs.there("gsm")
    return Line(
        speech_dbm0=chance.uniform(-34.0, -12.0),
        noise_dbm0=chance.uniform(-70.0, -52.0),
        snr_db=chance.uniform(7.0, 30.0) if chance.random() < 0.5 else None,
        tilt=chance.uniform(0.0, 9.0),
        hum_dbm0=chance.uniform(-60.0, -45.0) if chance.random() < 0.1 else -100.0,
        network=str(chance.choice(networks)),
        mode=int(chance.choice(codecs.AMR_MODES)),
        lost=0.03 if chance.random() < 0.15 else 0.0,
        law="a" if chance.random() < 0.5 else "mu",
        echo_dbm0=chance.uniform(-60.0, -46.0) if chance.random() < 0.1 else -100.0,
    )


def _background(size: int, chance: np.random.Generator, around: Surroundings) -> Wide | None:
    kind = chance.random()
    if kind < 0.35 or not around.noises or not around.babble:
        return None  # coloured noise
    if kind < 0.75:
        return _piece(around.noises, size, chance)
    voices: Wide = np.sum([_piece(around.babble, size, chance) for _ in range(4)], axis=0).astype(np.float32)
    return voices


def _piece(sounds: list[Samples], size: int, chance: np.random.Generator) -> Wide:
    sound = np.resize(sounds[int(chance.integers(len(sounds)))], max(size, 1)).astype(np.float32)
    sound = np.roll(sound, int(chance.integers(size)))
    steady: Wide = sound / np.float32(np.sqrt((sound**2).mean()) + 1.0)
    return steady


def _room(sound: Wide, chance: np.random.Generator) -> Wide:
    """A small room: an exponentially falling tail of noise behind the direct sound."""
    size = int(8000 * chance.uniform(0.1, 0.4))
    tail = chance.normal(size=size) * np.exp(-6.9 * np.arange(size) / size) * chance.uniform(0.05, 0.3)
    tail[0] = 1.0
    wet: Wide = fftconvolve(sound, tail)[: sound.size + size // 2].astype(np.float32)
    return wet


def _telephone(sound: Wide, chance: np.random.Generator) -> Wide:
    """A handset's colour: a smooth curve of at most 8 dB between 200 and 3,800 Hz."""
    curve = np.interp(np.arange(65) / 64 * 4000, [0, 300, 800, 1500, 2500, 3400, 4000], chance.uniform(-8, 8, 7))
    taps = np.fft.fftshift(np.fft.irfft(10 ** (curve / 20), 128)) * np.hanning(128)
    coloured: Wide = fftconvolve(sound, taps, "same").astype(np.float32)
    return coloured


def _click(sound: Wide, chance: np.random.Generator) -> None:
    at = int(chance.integers(0, sound.size - 40))
    peak = np.abs(sound).max() * chance.uniform(0.1, 0.7)
    sound[at : at + 40] += (chance.normal(size=40) * np.exp(-np.arange(40) / 8) * peak).astype(np.float32)
