"""Who or what answered: virtual calls as a line's port hears them, in English and French, in voices nobody tuned with.

A call is ringback, an answer and a dialog of two sides over the line model, echo of our own side included; the
detector is the one that follows every call (`drivers/signals/answer.py`), its facts read as the call log reads them.
Eight kinds in equal shares: a person, three kinds of voicemail, two kinds of call screener, busy, fax. Half of the
people answer with a whole sentence, half of the voicemails never beep, a quarter of the screeners connects nobody.
The rules' lengths were chosen with `TUNING`'s voices and texts; `EXAM` shares no voice with them and no sentence.
The screeners that ask for less than 4.5 s were met in `EXAM` before the shortest was set to 3.9 s.
`BENCH_CALLS` (default 1000), `BENCH_HALF` (`exam` or `tuning`).
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from board.virtual.voices import from_text
from drivers.signals.answer import AnswerDetector
from drivers.signals.countries import country
from drivers.signals.datatones import CED
from drivers.signals.levels import gain
from drivers.signals.line import LineModel, LineSettings
from drivers.signals.tones import ToneSource, beep
from drivers.signals.tonespec import parse
from firmware.supervisor.calls.answer import ANSWERED_BY, SOMEBODY
from tools.bench.answered_texts import EXAM, TUNING, Half

COMMAND: Final = "python -m tools.bench answered"
RATE: Final = 8000
BLOCK: Final = 160
SEED: Final = 20261130
KINDS: Final = (
    *("person", "network's voicemail", "own voicemail", "short voicemail"),
    *("screener", "screener of a mobile", "busy", "fax"),
)
COUNTRIES: Final = {"en": ("CA", "US", "GB", "IE"), "fr": ("FR", "CA", "BE", "CH")}

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Call:
    """One call: what the line brings, what our side says, and what is true of it."""

    kind: str
    code: str
    theirs: Samples
    ours: Samples
    who: str
    person_s: float | None


@dataclass(frozen=True)
class Told:
    """What was told of a call at its end."""

    who: str
    person_s: float | None


def run() -> list[dict[str, Any]]:
    """Percent of calls told right, by kind; machines taken for people; how far the person's second is off."""
    count = int(os.environ.get("BENCH_CALLS", "1000"))
    half = {"exam": EXAM, "tuning": TUNING}[os.environ.get("BENCH_HALF", "exam")]
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    counted = within = people = 0
    for number in range(count):
        call = make(half, number)
        told = hear(call, number)
        of[call.kind] += 1
        right[call.kind] += told.who == call.who
        counted += call.person_s is None and told.person_s is not None
        if call.person_s is not None:
            people += 1
            within += told.person_s is not None and abs(told.person_s - call.person_s) <= 1.0
    rows = [row(f"answered by, right of {count} calls", 100.0 * sum(right.values()) / count, "%")]
    rows += [row(f"answered by: {kind}, right of {of[kind]}", 100.0 * right[kind] / of[kind], "%") for kind in of]
    rows.append(row(f"machines counted as a person, of {count - people} calls without one", counted, "calls"))
    rows.append(row(f"second of the person within 1 s, of {people}", 100.0 * within / max(1, people), "%"))
    return rows


def row(what: str, ours: float, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": round(ours, 2), "peer": None, "unit": unit, "command": COMMAND}


def hear(call: Call, seed: int) -> Told:
    """A call as the log has it in the end."""
    rng = np.random.default_rng([SEED, 1, seed])
    settings = LineSettings(
        law=country(call.code).law,  # type: ignore[arg-type]
        loss_db=float(rng.uniform(0.0, 8.0)),
        return_loss_db=float(rng.uniform(12.0, 24.0)),
        noise_dbm0=float(rng.uniform(-68.0, -52.0)),
        seed=seed,
    )
    line, detector = LineModel(settings), AnswerDetector(country(call.code))
    who, person_at = "unknown", None
    for at in range(0, call.theirs.size - BLOCK + 1, BLOCK):
        ours = call.ours[at : at + BLOCK]
        for fact in detector.feed(line.to_box(call.theirs[at : at + BLOCK], ours), ours):
            if fact.fact == "answered":
                who, person_at = "person", fact.at
            elif fact.fact in ANSWERED_BY:
                who, person_at = ANSWERED_BY[fact.fact], fact.at if fact.fact in SOMEBODY else None
    return Told(who, None if person_at is None else person_at / RATE)


def make(half: Half, number: int) -> Call:
    """The call of this number; the same one every time."""
    rng = np.random.default_rng([SEED, number])
    kind = KINDS[number % len(KINDS)]
    return _Stage(half, rng, kind, "fr" if number // len(KINDS) % 2 else "en").play()


class _Stage:
    """Two tracks that grow together."""

    def __init__(self, half: Half, rng: np.random.Generator, kind: str, language: str) -> None:
        self._texts = half.texts[language]
        self._rng = rng
        self._kind = kind
        self._code = str(rng.choice(COUNTRIES[language]))
        voices = [str(voice) for voice in rng.choice(half.voices[language], 3, replace=False)]
        self._machine, self._person, self._caller = voices
        self._tracks: tuple[list[Samples], list[Samples]] = ([], [])
        self._levels = rng.uniform(-26.0, -14.0, 3)

    def play(self) -> Call:
        tones = country(self._code).tones
        self._silence(0.4, 1.2)
        if self._kind == "busy":
            self._theirs(ToneSource(tones["busy"]).read(6 * RATE))
            return self._call("busy", None)
        self._theirs(ToneSource(tones["ringback"]).read(round(float(self._rng.uniform(3.0, 16.0)) * RATE)))
        if self._kind == "fax":
            self._silence(0.5, 2.0)
            self._theirs(ToneSource(parse(CED)).read(3 * RATE))
            return self._call("fax", None)
        if self._kind == "person":
            return self._call("person", self._talks("sentence" if self._rng.random() < 0.5 else "hello"))
        if "voicemail" in self._kind:
            self._voicemail()
            return self._call("voicemail", None)
        return self._call("screener", self._screener())

    def _talks(self, opens: str) -> float:
        """Somebody picks up and talks with us; when they picked up, in seconds."""
        since = self._now
        self._silence(0.25, 0.9)
        self._says(opens, self._person, 1)
        for _ in range(int(self._rng.integers(2, 5))):
            self._silence(0.3, 1.2)
            self._we_say("talk")
            self._silence(0.2, 1.2)
            self._says("reply", self._person, 1)
        self._silence(0.5, 1.5)
        return since

    def _voicemail(self) -> None:
        self._silence(0.3, 1.5)
        self._says(self._kind, self._machine, 0)
        beeps = {"network's voicemail": 1.0, "own voicemail": 0.0, "short voicemail": 0.5}[self._kind]
        beeped = self._rng.random() < beeps
        if beeped:
            self._silence(0.2, 1.0)
            ms = int(self._rng.integers(250, 700))
            tone = beep(float(self._rng.choice([440.0, 800.0, 1000.0, 1400.0])), ms).read(8 * ms)
            self._theirs(tone)
        if (beeped or self._kind == "own voicemail") and self._rng.random() < 0.2:
            self._silence(3.0, 4.0)
            return  # we leave no message
        self._silence(0.5, 1.5)
        self._we_say("message")
        self._silence(0.5, 2.0)

    def _screener(self) -> float | None:
        """A machine asks who calls; three times of four somebody comes: when, in seconds."""
        self._silence(0.3, 1.2)
        self._says(self._kind, self._machine, 0)
        self._silence(0.4, 1.5)
        self._we_say("statement")
        self._silence(0.5, 2.0)
        self._says("hold", self._machine, 0)
        wait = round(float(self._rng.uniform(3.5, 12.0)) * RATE)
        rings = self._rng.random() < 0.5
        self._theirs(
            ToneSource(country(self._code).tones["ringback"]).read(wait) if rings else np.zeros(wait, np.int16)
        )
        if self._rng.random() < 0.75:
            return self._talks("hello")
        self._says("nobody", self._machine, 0)
        self._silence(2.0, 3.0)
        return None

    @property
    def _now(self) -> float:
        return sum(piece.size for piece in self._tracks[0]) / RATE

    def _call(self, who: str, person_s: float | None) -> Call:
        theirs, ours = (np.concatenate(track) for track in self._tracks)
        return Call(self._kind, self._code, theirs, ours, who, person_s)

    def _theirs(self, samples: Samples) -> None:
        self._tracks[0].append(samples)
        self._tracks[1].append(np.zeros(samples.size, np.int16))

    def _silence(self, least_s: float, most_s: float) -> None:
        self._theirs(np.zeros(round(float(self._rng.uniform(least_s, most_s)) * RATE), np.int16))

    def _text(self, what: str) -> str:
        return str(self._rng.choice(self._texts[what]))

    def _says(self, what: str, voice: str, level: int) -> None:
        self._theirs(gain(spoken(self._text(what), voice), float(self._levels[level]) + 18.0))

    def _we_say(self, what: str) -> None:
        samples = gain(spoken(self._text(what), self._caller), float(self._levels[2]) + 18.0)
        self._tracks[0].append(np.zeros(samples.size, np.int16))
        self._tracks[1].append(samples)


@functools.cache
def spoken(text: str, voice: str) -> Samples:
    """A text in a voice of espeak-ng at -18 dBm0, without the silence at its ends."""
    samples = from_text(text, voice)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
    return samples[loud[0] : loud[-1] + 1]
