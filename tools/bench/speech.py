"""How well people are understood who neither trained the models nor chose their bands, beside pocketsphinx.

The recordings are those of `shared/speech`, speakers of the split `test` (models/recipe/people.py), `BENCH_CLIPS`
(default 20) a word, on the lines of models/lines.py, through the box's own end-pointer and spotter. Without the
recordings there are no rows. A rejected word is not a right one; pocketsphinx has no rejection, it always answers.
`BENCH_PEERS=no` leaves it out, which takes most of the time.
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

from models.endpoint import RATE, utterances
from models.evaluate.judge import SURROUND
from models.evaluate.manifest import Recording, read
from models.lines import LINES, Line, through
from models.recipe.people import Clip, clips
from models.runtime import Floats
from models.spotter import Spotter
from models.vocabulary import vocabulary
from tools.oracles.pocketsphinx_words import Words

COMMAND: Final = "python -m tools.bench speech"
WORDS_27: Final = (
    "yes no call play next back delete save repeat stop help important message operator cancel menu goodbye "
    "zero one two three four five six seven eight nine"
).split()
NINE: Final = "yes no stop help next play call back repeat".split()
CARD: Final = vocabulary("en").labels[:-1]
DIGITS: Final = vocabulary("en").digits
VOCABULARIES: Final = {
    "quiet": [("27 words", WORDS_27), ("whole card", CARD), ("ten digits", DIGITS), ("nine words", NINE)],
    "10db": [("27 words", WORDS_27), ("ten digits", DIGITS), ("nine words", NINE)],
    "mobile": [("27 words", WORDS_27), ("ten digits", DIGITS)],
}
"""What is judged over which line."""

Heard = list[tuple[dict[str, Floats], float]]
"""Utterances: what each half says of one, and how long nothing had been said before."""
_LAST: Final = 640


def run() -> list[dict[str, Any]]:
    """Accuracy by vocabulary and line, wrong answers, false alarms an hour, and what a decision costs."""
    try:
        every = clips()
    except FileNotFoundError as error:
        print(f"speech: {error}", file=sys.stderr)
        return []
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        words, running = _manifests(Path(folder), [clip for clip in every if clip.split == "test"])
        room = Room(Spotter("en"))
        for line, vocabularies in VOCABULARIES.items():
            heard = [room.heard(recording, LINES[line], number) for number, recording in enumerate(words)]
            for name, active in vocabularies:
                rows += _accuracy(room, f"{name}, {line}", active, line, words, heard)
        rows += _false_alarms(room, running)
    work = float(np.median(room.work_ms))
    return [*rows, _row("one decision, processor time, median", work, None, "ms")]


class Room:
    """Where recordings are heard: each once a line, by the end-pointer and both halves; judged for any vocabulary."""

    def __init__(self, spotter: Spotter) -> None:
        self.spotter = spotter
        self.work_ms: list[float] = []

    def heard(self, recording: Recording, line: Line, number: int) -> Heard:
        """What the halves say of each utterance that is neither too short nor too long for a word."""
        silence = np.zeros(round(SURROUND * RATE), np.int16)
        found: Heard = []
        for utterance in utterances(through(np.concatenate((silence, recording.sound(), silence)), line, number)):
            if self.spotter.too_short_or_long(utterance):
                continue
            stream = self.spotter.listen()
            if stream is not None:
                stream.feed(utterance.sound[:-_LAST])  # what the box has heard when the utterance is over
            began = time.thread_time()
            if stream is not None:
                stream.feed(utterance.sound[-_LAST:])
            found.append((self.spotter.each(utterance, stream), utterance.alone_s))
            self.work_ms.append(1000 * (time.thread_time() - began))
        return found

    def said(self, heard: Heard, active: Sequence[str], halves: Sequence[str]) -> list[str]:
        """The answers of these halves."""
        parts = [({name: one[name] for name in halves}, alone_s) for one, alone_s in heard]
        answers = [self.spotter.judge(self._alone(part), active, alone_s).label for part, alone_s in parts]
        return [label for label in answers if label is not None]

    def _alone(self, part: dict[str, Floats]) -> dict[str, Floats]:
        weights = self.spotter.tuning.weights
        share = sum(weights[name] for name in part) / sum(weights.values())
        return {name: scores / share for name, scores in part.items()}


def _accuracy(
    room: Room, name: str, active: Sequence[str], line: str, words: list[Recording], heard: list[Any]
) -> Iterator[dict[str, Any]]:
    label_of = room.spotter.vocabulary.label_of
    known = [(label_of(words[n].label), n) for n in range(len(words)) if label_of(words[n].label) in active]

    def rates(halves: Sequence[str]) -> tuple[float, float]:
        said = [(room.said(heard[n], active, halves), label) for label, n in known]
        right = sum(bool(answers) and all(answer == label for answer in answers) for answers, label in said)
        wrong = sum(any(answer != label for answer in answers) for answers, label in said)
        return 100 * right / len(known), 100 * wrong / len(known)

    right, wrong = rates(room.spotter.halves)
    peers = {f"{half} alone": rates((half,))[0] for half in room.spotter.halves}
    if line in ("quiet", "10db") and len(active) < 40 and os.environ.get("BENCH_PEERS") != "no":
        peers["pocketsphinx"] = _pocketsphinx(active, [(words[n], n) for _, n in known], line)
    yield _row(f"{name}: right of {len(known)} isolated words", right, peers, "%")
    yield _row(f"{name}: answered wrongly", wrong, None, "%")
    if line == "quiet" and len(active) == len(WORDS_27):
        yield from _groups(name, room, active, known, words, heard)


def _groups(
    name: str,
    room: Room,
    active: Sequence[str],
    known: list[tuple[str | None, int]],
    words: list[Recording],
    heard: list[Any],
) -> Iterator[dict[str, Any]]:
    """The same by where the speakers come from, groups of ten clips or more."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for label, number in known:
        answers = room.said(heard[number], active, room.spotter.halves)
        groups[words[number].speaker.split("_")[0]].append(bool(answers) and all(one == label for one in answers))
    for group, right in sorted(groups.items()):
        if len(right) >= 10:
            yield _row(f"{name}, speakers of {group}: right of {len(right)}", 100 * float(np.mean(right)), None, "%")


def _false_alarms(room: Room, running: list[Recording]) -> Iterator[dict[str, Any]]:
    heard = [room.heard(recording, LINES["quiet"], number) for number, recording in enumerate(running)]
    hours = sum(recording.sound().size for recording in running) / RATE / 3600
    for name, active in (("nine words", NINE), ("27 words", WORDS_27)):
        count = sum(len(room.said(one, active, room.spotter.halves)) for one in heard)
        yield _row(f"answers to running speech, {name}: {count} in {hours:.2f} h", count / hours, None, "an hour")


def _pocketsphinx(active: Sequence[str], words: list[tuple[Recording, int]], line: str) -> float:
    peer, right = Words(list(active)), 0
    silence = np.zeros(round(SURROUND * RATE), np.int16)
    for recording, number in words:
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
