"""One evaluation: every recording through a line, the box's end-pointer and spotter; answers counted.

A recording is set between SURROUND seconds of the line's own noise, so that the end-pointer can close.
"""

from __future__ import annotations

import time
import wave
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.digits import Strings
from models.endpoint import HANGOVER_S, RATE, utterances
from models.evaluate.contacts import Namer
from models.evaluate.manifest import Recording
from models.files import HERE
from models.lines import LINES, Line, through
from models.names.decoder import Decoder
from models.spotter import Answer, Spotter
from models.vocabulary import NONE

Samples = npt.NDArray[np.int16]

SURROUND: Final = 0.7
"""Seconds of line noise before and after a recording."""
Counts = dict[str, int]
_NOTHING: Final[Counts] = {"right": 0, "wrong": 0, "rejected": 0, "clips": 0}
_CLEAN: Final = Line(noise_dbm0=-65.0)
_LAST: Final = 640  # samples of an utterance that the box has not listened to when it is over


class Evaluation:
    """Counts what a spotter makes of recordings while `words` compete over `line` (a name of LINES, or clean)."""

    def __init__(
        self,
        spotter: Spotter,
        words: Sequence[str],
        line: str = "clean",
        prompt: Samples | None = None,
        namer: Namer | None = None,
        decoder: Decoder | None = None,
    ) -> None:
        """`prompt`: what the box plays meanwhile on the line `residue`; `namer`: answers the clips of kind `name`;
        `decoder`: writes down what is too long for one digit."""
        self._spotter, self._words, self._line, self._prompt = spotter, tuple(words), line, prompt
        self._namer = namer
        self._strings = Strings(spotter, decoder)
        self._top3: list[bool] = []
        self._work: list[float] = []

    def run(self, recordings: Sequence[Recording]) -> dict[str, Any]:
        """The result with the keys of shared/COMMANDS.md, and `by_speaker`, counted as `by_label`.

        Raises ManifestError on a recording that cannot be read.
        """
        by_label: dict[str, Counts] = defaultdict(lambda: dict(_NOTHING))
        by_speaker: dict[str, Counts] = defaultdict(lambda: dict(_NOTHING))
        answers: list[dict[str, Any]] = []
        false, seconds = 0, 0.0
        for number, recording in enumerate(recordings):
            sound = recording.sound()
            meant = self._meant(recording)
            heard = self._heard(sound, number, recording.kind)
            answers += [self._row(recording, meant, start, end, answer) for start, end, answer in heard] or [
                self._row(recording, meant, None, None, None)
            ]
            said = [answer.label for _, _, answer in heard if answer.label is not None]
            if meant is None:
                false += len(said)
                seconds += sound.size / RATE
                continue
            if recording.kind == "name":
                self._top3.append(any(meant == name for _, _, answer in heard for name, _ in answer.ranked))
            how = "right" if said and all(label == meant for label in said) else "wrong" if said else "rejected"
            for row in (by_label[meant], by_speaker[recording.speaker]):
                row["clips"] += 1
                row[how] += 1
        found = self._result(len(recordings), dict(by_label), false, seconds / 3600, answers)
        return found | {"by_speaker": dict(by_speaker)}

    def _meant(self, recording: Recording) -> str | None:
        """The label a right answer has; None where every answer is a false alarm."""
        if recording.kind == "digits":
            return recording.label
        if recording.kind == "name" and self._namer is not None:
            return recording.label if recording.label in {name.name for name in self._namer.names} else None
        if recording.kind in ("running", "noise", "name") or recording.label == NONE:
            return None
        label = self._spotter.vocabulary.label_of(recording.label)
        return label if label in self._words else None

    def _heard(self, sound: Samples, number: int, kind: str) -> list[tuple[float, float, Answer]]:
        """What the box hears of a recording: start and end in seconds into it, and the answer of each utterance."""
        around = round(SURROUND * RATE)
        whole = np.concatenate((np.zeros(around, np.int16), sound, np.zeros(around, np.int16)))
        prompt = None
        if self._line == "residue" and self._prompt is not None:
            prompt = np.resize(self._prompt, whole.size)
        if self._line == "clean":
            whole = _between_noise(whole, around, number)
        else:
            whole = through(whole, LINES[self._line], number, prompt=prompt)
        cut = utterances(whole, prompt)
        if kind == "digits":
            answer = self._strings.hear(cut)
            return [] if answer is None else [(0.0, sound.size / RATE, answer)]
        found = []
        for utterance in cut:
            heard = self._spotter.listen()
            if heard is not None:
                heard.feed(utterance.sound[:-_LAST])
            began = time.thread_time()
            if kind == "name" and self._namer is not None:
                answer = self._namer.answer(utterance)
            else:
                if heard is not None:
                    heard.feed(utterance.sound[-_LAST:])
                answer = self._spotter.decide(utterance, self._words, heard)
            self._work.append(1000 * (time.thread_time() - began))
            start, end = utterance.start / RATE - SURROUND, utterance.end / RATE - SURROUND
            found.append((max(0.0, start), max(0.0, end), answer))
        return found

    def _row(
        self, recording: Recording, meant: str | None, start: float | None, end: float | None, answer: Answer | None
    ) -> dict[str, Any]:
        return {
            "path": str(recording.path),
            "label": meant if meant is not None else recording.label,
            "answer": answer.label if answer else None,
            "confidence": round(answer.confidence, 4) if answer else None,
            "band": answer.band if answer else None,
            "start": None if start is None else round(start, 3),
            "end": None if end is None else round(end, 3),
        }

    def _result(
        self, clips: int, by_label: dict[str, Counts], false: int, hours: float, answers: list[dict[str, Any]]
    ) -> dict[str, Any]:
        total = {key: sum(row[key] for row in by_label.values()) for key in ("right", "wrong", "rejected", "clips")}

        def rate(key: str) -> float | None:
            return round(total[key] / total["clips"], 5) if total["clips"] else None

        work = [1000 * HANGOVER_S + ms for ms in self._work]
        return {
            "clips": clips,
            "accuracy": rate("right"),
            "wrong_accept_rate": rate("wrong"),
            "rejected_rate": rate("rejected"),
            "false_alarms": false if hours else None,
            "false_alarms_per_hour": round(false / hours, 3) if hours else None,
            "hours": round(hours, 4) if hours else None,
            "by_label": by_label,
            "answers": answers,
            "latency_ms": {
                "median": round(float(np.median(work)), 1) if work else None,
                "p95": round(float(np.percentile(work, 95)), 1) if work else None,
            },
            "top3_accuracy": round(sum(self._top3) / len(self._top3), 5) if self._top3 else None,
            "halves": list(self._spotter.halves),
        }


def own_prompt() -> Samples | None:
    """What the box may be saying meanwhile: prompts rendered by `make setup`, one after the other; None without any."""
    files = sorted((HERE.parent / "build" / "prompts").glob("*.wav"))[:12]
    sounds = []
    for file in files:
        with wave.open(str(file)) as opened:
            sounds.append(np.frombuffer(opened.readframes(opened.getnframes()), np.int16))
    return np.concatenate(sounds) if sounds else None


def _between_noise(whole: Samples, around: int, seed: int) -> Samples:
    """The recording untouched, with the noise of a quiet line before and after."""
    line = through(np.zeros_like(whole), _CLEAN, seed)
    whole[:around], whole[-around:] = line[:around], line[-around:]
    return whole
