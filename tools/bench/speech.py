"""How well people are understood who neither trained the models nor chose their bands, beside pocketsphinx.

The recordings are those of `shared/speech`, speakers of the split `test` (models/recipe/people.py), `BENCH_CLIPS`
(default 20) a word, on the lines of models/lines.py, through the box's own end-pointer and spotter. Without the
recordings there are no rows. A rejected word is not a right one; pocketsphinx has no rejection, it always answers.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
import wave
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.evaluate.judge import SURROUND, Evaluation
from models.evaluate.manifest import Recording, read
from models.evaluate.words import competing
from models.lines import LINES, through
from models.recipe.people import Clip, clips
from models.spotter import Spotter
from models.vocabulary import vocabulary
from tools.oracles.pocketsphinx_words import Words

COMMAND: Final = "python -m tools.bench speech"
WORDS_27: Final = (
    "yes no call play next back delete save repeat stop help important message operator cancel menu goodbye "
    "zero one two three four five six seven eight nine"
).split()
NINE: Final = "yes no stop help next play call back repeat".split()
HALVES: Final = {"Google's half alone": ("google",), "Moonshine's half alone": ("moonshine",)}


def run() -> list[dict[str, Any]]:
    """Accuracy by vocabulary and line, wrong answers, false alarms an hour, and what a decision costs."""
    try:
        every = clips()
    except FileNotFoundError as error:
        print(f"speech: {error}", file=sys.stderr)
        return []
    with tempfile.TemporaryDirectory() as folder:
        words, running = _manifests(Path(folder), [clip for clip in every if clip.split == "test"])
        spotter = Spotter("en")
        halves = {name: Spotter("en", half) for name, half in HALVES.items()}
        return [*_accuracy(spotter, halves, words), *_false_alarms(spotter, running), *_cost(spotter, words)]


def _accuracy(spotter: Spotter, halves: dict[str, Spotter], words: list[Recording]) -> Iterator[dict[str, Any]]:
    digits = [recording for recording in words if recording.label in vocabulary("en").digits]
    nine = [recording for recording in words if recording.label in NINE]
    whole = list(competing("all", spotter.vocabulary))
    for name, active, some, line in (
        ("27 words", WORDS_27, words, "quiet"),
        ("27 words", WORDS_27, words, "10db"),
        ("whole card, 73 labels", whole, words, "quiet"),
        ("ten digits", spotter.vocabulary.digits, digits, "quiet"),
        ("ten digits", spotter.vocabulary.digits, digits, "10db"),
        ("ten digits", spotter.vocabulary.digits, digits, "mobile"),
        ("nine words", NINE, nine, "quiet"),
        ("nine words", NINE, nine, "10db"),
    ):
        known = [recording for recording in some if recording.label in active]
        ours = Evaluation(spotter, active, line).run(known)
        peers: dict[str, float] = {
            half: 100 * Evaluation(other, active, line).run(known)["accuracy"] for half, other in halves.items()
        }
        if len(active) < 40:
            peers["pocketsphinx"] = _pocketsphinx(active, known, line)
        what = f"{name}, {line}: right of {ours['clips']} isolated words"
        yield _row(what, 100 * ours["accuracy"], peers, "%")
        yield _row(f"{name}, {line}: answered wrongly", 100 * ours["wrong_accept_rate"], None, "%")


def _false_alarms(spotter: Spotter, running: list[Recording]) -> Iterator[dict[str, Any]]:
    for name, active in (("nine words", NINE), ("27 words", WORDS_27)):
        found = Evaluation(spotter, active, "quiet").run(running)
        what = f"answers to running speech, {name}: {found['false_alarms']} in {found['hours']:.2f} h"
        yield _row(what, found["false_alarms_per_hour"], None, "an hour")


def _cost(spotter: Spotter, words: list[Recording]) -> Iterator[dict[str, Any]]:
    """Wall time of one decision, on an idle core only as good as the machine is idle; so the processor's is shown."""
    began, evaluation = time.process_time(), Evaluation(spotter, NINE, "quiet")
    found = evaluation.run(words[:100])
    yield _row(
        "hearing and deciding one word, line model and file included", 10 * (time.process_time() - began), None, "ms"
    )
    yield _row("last speech to decision, transport excluded, median", found["latency_ms"]["median"], None, "ms")


def _pocketsphinx(active: Sequence[str], words: list[Recording], line: str) -> float:
    peer, right = Words(list(active)), 0
    silence = np.zeros(round(SURROUND * 8000), np.int16)
    for number, recording in enumerate(words):
        heard = through(np.concatenate((silence, recording.sound(), silence)), LINES[line], number)
        right += peer.hear(heard) == recording.label
    return 100 * right / len(words)


def _row(what: str, ours: float, peers: dict[str, float] | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peers, "unit": unit, "command": COMMAND}


def _manifests(folder: Path, people: list[Clip]) -> tuple[list[Recording], list[Recording]]:
    """The words (isolated; those that hardly anybody recorded also cut) and the running speech, as manifests."""
    most = int(os.environ.get("BENCH_CLIPS", "20"))
    by_word: dict[str, list[Clip]] = defaultdict(list)
    order = np.random.default_rng(3).permutation(len(people))
    for clip in (people[at] for at in order):
        label = vocabulary("en").label_of(clip.label)
        if clip.role in ("command", "digit") and clip.kind == "isolated" and label is not None:
            by_word[label].append(clip)
    words = [clip for row in by_word.values() for clip in row[:most]]
    running = [people[at] for at in order if people[at].role == "running"][: 20 * most]
    return _written(folder / "words", words, "isolated"), _written(folder / "running", running, "running")


def _written(folder: Path, some: list[Clip], kind: str) -> list[Recording]:
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "speaker", "kind"))
        for number, clip in enumerate(some):
            with wave.open(str(folder / f"{number}.wav"), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(8000)
                sound.writeframes(clip.sound().tobytes())
            rows.writerow((f"{number}.wav", clip.label, clip.speaker, kind))
    return read(folder / "manifest.csv")
