"""Sound that holds no signal at all, to count false alarms on: synthetic voices, people, music; what lines do to it.

Everything is 8 kHz int16 in pieces of about a minute, at an active level of -15 dBm0, 300-3400 Hz. The synthetic
voices are espeak-ng's in two halves that share no language and no voice variant: thresholds are chosen on `TUNING`,
figures are reported on `EXAM`. People, music and noises come from the recordings in `SPEECH_DATA` (default
../shared/speech); without them those sets are empty.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import levels

RATE: Final = 8000
LEVEL: Final = -15.0  # dBm0 while somebody speaks, as Q.24 has it

Samples = npt.NDArray[np.int16]
_Wide = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Half:
    """One half of the synthetic voices."""

    languages: tuple[str, ...]
    variants: tuple[str, ...]


TUNING: Final = Half(
    ("en-us", "fr-fr", "de", "es", "it", "pt-br", "da", "fi"),
    ("", "+adam", "+Alicia", "+Andy", "+belinda", "+boris", "+f2", "+f4", "+m1", "+m5", "+iven", "+Denis"),
)
EXAM: Final = Half(
    ("en-gb", "fr-ca", "nl", "sv", "pl", "ru", "tr", "cs", "el", "hu", "es-419", "nb"),
    (
        "+Alex",
        "+Andrea",
        "+Annie",
        "+aunty",
        "+benjamin",
        "+f1",
        "+f3",
        "+f5",
        "+m2",
        "+m3",
        "+m4",
        "+m7",
        "+linda",
        "+Michael",
        "+marcelo",
        "+steph",
        "+zac",
    ),
)

_WORDS: Final = (
    "the office is closed at the moment but your call is important to us please leave a message after "
    "the tone with your "
    "name telephone number and the reason for your call we will ring you back as soon as somebody is free yes no maybe "
    "tomorrow morning afternoon evening monday tuesday thursday friday saturday invoice contract hearing appointment "
    "lawyer doctor secretary delivery address street avenue building floor room question answer agreement signature "
    "payment account number reference attention urgent private company house garden weather winter "
    "summer family mother "
    "father children school university library music guitar piano violin orchestra banana orange tomato onion violet "
    "yellow purple silver machine engine railway airport luggage window mirror kitchen bottle coffee "
    "sugar butter cheese "
    "people moon balloon noodle you two blue shoe new few view who do through soon food mood remove "
    "improve beauty menu "
    "see me be free three machine she key tea keep meet week between green field piece believe receive people evening"
).split()


def words(rng: np.random.Generator, count: int) -> str:
    """So many words with commas, full stops and numbers, as a text for a synthetic voice."""
    chosen = []
    for _ in range(count):
        word = str(rng.integers(2, 99999)) if rng.random() < 0.07 else _WORDS[int(rng.integers(len(_WORDS)))]
        chosen.append(word + ("." if rng.random() < 0.08 else "," if rng.random() < 0.08 else ""))
    return " ".join(chosen) + "."


def espeak(text: str, voice: str, speed: int, pitch: int) -> Samples:
    """The text spoken by an espeak-ng voice. OSError if espeak-ng is not installed."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout"],
        input=text.encode(),
        capture_output=True,
        check=True,
    ).stdout
    with wave.open(BytesIO(spoken)) as sound:
        raw = sound.readframes(len(spoken))
        return on_line(np.frombuffer(raw[: len(raw) // 2 * 2], np.int16).astype(np.float64), sound.getframerate())


def voices(half: Half, hours: float, seed: int) -> Iterator[Samples]:
    """So many hours of one half's voices, a minute or so at a time."""
    rng = np.random.default_rng(seed)
    left = hours * 3600 * RATE
    while left > 0:
        voice = half.languages[int(rng.integers(len(half.languages)))]
        voice += half.variants[int(rng.integers(len(half.variants)))]
        speech = espeak(words(rng, 150), voice, int(rng.integers(120, 220)), int(rng.integers(20, 80)))
        left -= speech.size
        yield speech


def flite(hours: float, seed: int) -> Iterator[Samples]:
    """So many hours of flite's voices."""
    rng = np.random.default_rng(seed)
    left = hours * 3600 * RATE
    while left > 0:
        voice = ("awb", "rms", "slt", "kal16")[int(rng.integers(4))]
        out = subprocess.run(
            ["flite", "-voice", voice, "-t", words(rng, 60), "-o", "/dev/stdout"], capture_output=True, check=True
        ).stdout
        with wave.open(BytesIO(out)) as sound:
            raw = sound.readframes(len(out))
            wide = np.frombuffer(raw[: len(raw) // 2 * 2], np.int16).astype(np.float64)
            speech = on_line(wide, sound.getframerate())
        left -= speech.size
        yield speech


def recordings(kinds: frozenset[str]) -> Iterator[Samples]:
    """The clips of `SPEECH_DATA` whose class is one of `kinds` (running, other_word, command, digit, music, noise)."""
    import soundfile

    root = Path(os.environ.get("SPEECH_DATA", "../shared/speech"))
    for manifest in sorted(root.glob("part*/manifest.csv")):
        with manifest.open(newline="") as table:
            rows = [row for row in csv.DictReader(table) if row["class"] in kinds]
        for file in sorted({row["file"] for row in rows}):
            sound, _ = soundfile.read(manifest.parent / file, dtype="int16")
            wanted = np.zeros(sound.size, bool)
            for row in rows:
                if row["file"] == file:
                    wanted[int(row["start_sample"]) : int(row["start_sample"]) + int(row["num_samples"])] = True
            sound = sound[wanted]
            for start in range(0, sound.size, 60 * RATE):
                piece = sound[start : start + 60 * RATE]
                yield on_line(piece.astype(np.float64), RATE)


def kept(name: str) -> Iterator[Samples] | None:
    """A set made before, in pieces of a minute: `NAME.npy` (int16, 8 kHz) in the folder `BENCH_SOUND`; None: it is not.

    The voices of a long run take longer to make than to listen to; `python -m tools.bench.corpora FOLDER HOURS` makes
    them once.
    """
    folder = os.environ.get("BENCH_SOUND")
    if folder is None or not (Path(folder) / f"{name}.npy").exists():
        return None
    sound = np.load(Path(folder) / f"{name}.npy", mmap_mode="r")
    return (np.array(sound[start : start + 60 * RATE]) for start in range(0, sound.size, 60 * RATE))


def _smooth(size: int, step: int) -> int:
    """The least multiple of `step` from `size` on that a Fourier transform is quick at."""
    for times in range(-(-size // step), 2 * size):
        rest = times
        for factor in (2, 3, 5, 7):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return times * step
    return size


def resampled(wide: _Wide, ratio: float) -> _Wide:
    """The sound with `ratio` times as many samples, by its spectrum."""
    share = Fraction(ratio).limit_denominator(1000)
    wanted = int(wide.size * ratio)
    wide = np.pad(wide, (0, _smooth(wide.size, share.denominator) - wide.size))
    count = wide.size * share.numerator // share.denominator
    spectrum = np.fft.rfft(wide)
    within = np.zeros(count // 2 + 1, complex)
    shared = min(within.size, spectrum.size)
    within[:shared] = spectrum[:shared]
    result: _Wide = np.fft.irfft(within, count)[:wanted] * (count / wide.size)
    return result


def on_line(wide: _Wide, rate: int, low: float = 300.0, high: float = 3400.0, level: float = LEVEL) -> Samples:
    """The sound at 8 kHz, in the telephone band, at the active level."""
    if rate != RATE:
        wide = resampled(wide, RATE / rate)
    spectrum = np.fft.rfft(wide)
    frequency = np.fft.rfftfreq(wide.size, 1 / RATE)
    spectrum *= 1 / (1 + np.exp(np.clip((low - frequency) / 15, -50, 50)))
    spectrum *= 1 / (1 + np.exp(np.clip((frequency - high) / 15, -50, 50)))
    return at_level(np.fft.irfft(spectrum, wide.size), level)


def at_level(wide: _Wide, level: float) -> Samples:
    """The sound so that its loud half has `level` dBm0, clipped where it must be."""
    blocks = wide[: wide.size // 160 * 160].reshape(-1, 160)
    power = (blocks**2).mean(axis=1)
    active = power[power > power.max(initial=0.0) * 1e-3]
    if not active.size:
        return np.zeros(wide.size, np.int16)
    gain = levels.amplitude(level) / np.sqrt(2 * active.mean())
    loud: Samples = np.clip(np.rint(wide * gain), -32768, 32767).astype(np.int16)
    return loud


def raised(speech: Samples, factor: float) -> Samples:
    """Pitch and formants `factor` times higher, as children and small voices have them."""
    return on_line(resampled(speech.astype(np.float64), 1 / factor), RATE)


def thin(speech: Samples) -> Samples:
    """Nothing under 550 Hz, as from a cheap handset."""
    return on_line(speech.astype(np.float64), RATE, low=550.0)


def clipped(speech: Samples) -> Samples:
    """12 dB too loud: full scale holds the peaks off."""
    return at_level(np.clip(speech * 10.0**0.6, -8000, 8000), LEVEL)


PEOPLE: Final = frozenset({"running", "other_word", "command", "digit"})
OTHER: Final = frozenset({"music", "noise"})


def main() -> None:
    """Makes the sets of a long run: `FOLDER/exam.npy`, `flite.npy`, `people.npy` and `music.npy`."""
    parser = argparse.ArgumentParser(prog="tools.bench.corpora", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "hours", type=float, help="of synthetic voices; of flite a quarter, of recordings all there are"
    )
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    sets = {
        "exam": voices(EXAM, args.hours, 1),
        "flite": flite(args.hours / 4, 2),
        "people": recordings(PEOPLE),
        "music": recordings(OTHER),
    }
    for name, pieces in sets.items():
        sound = np.concatenate([np.zeros(0, np.int16), *pieces])
        np.save(args.folder / f"{name}.npy", sound)
        print(f"{name}: {sound.size / RATE / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()
