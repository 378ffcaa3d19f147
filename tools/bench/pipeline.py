"""The whole listening pipeline of a box: four ports, one tick of 20 ms.

Each port: echo canceller, DTMF, voice activity, G.711 both ways, 8 to 16 kHz for the speech model, mixing of two legs;
the two lines also call progress and data tones. Audio is speech on every port, in both directions. Times are processor
time of the thread, so that other work on the machine does not count. The peer column is the study's recommended
pipeline (reference/dsp.md section 8), measured on another machine.
"""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.signals import g711
from drivers.signals.countries import country
from drivers.signals.datatones import DataToneDetector
from drivers.signals.dtmf import DtmfReceiver
from drivers.signals.echo import EchoCanceller
from drivers.signals.levels import limit
from drivers.signals.line import BLOCK, LineModel, LineSettings
from drivers.signals.progress import ProgressDetector
from drivers.signals.resample import Resampler
from drivers.signals.voice import EndOfSpeech, VoiceDetector
from tools.bench import corpora

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench pipeline"
PORTS: Final = 4
LINES: Final = 2
SECONDS: Final = 60
STUDY_CHANNELS: Final = 167
STUDY_P99_MS: Final = 1.05


class Port:
    """Everything that listens on one port."""

    def __init__(self, is_line: bool) -> None:
        self.canceller = EchoCanceller()
        self.digits = DtmfReceiver()
        self.voice = VoiceDetector()
        self.end = EndOfSpeech(1.0)
        self.wide = Resampler(8000, 16000)
        self.progress = ProgressDetector(country("CA")) if is_line else None
        self.data = DataToneDetector() if is_line else None

    def tick(self, coded: npt.NDArray[np.uint8], played: Samples) -> Samples:
        """One block in; the cancelled near end out."""
        near = self.canceller.process(g711.decode(coded), played)
        self.digits.feed(near)
        self.end.feed(self.voice.feed(near, played))
        if self.progress is not None and self.data is not None:
            self.progress.feed(near)
            self.data.feed(near)
        self.wide.process(near)
        return near


def run() -> list[dict[str, Any]]:
    """Channels a core, and the mean, 99th and 99.9th percentile of a tick."""
    ports = [Port(number < LINES) for number in range(PORTS)]
    coded, played = audio()
    spent = []
    mixed = np.zeros(BLOCK, np.int16)
    for tick in range(len(coded[0])):
        began = time.thread_time()
        nears = [port.tick(coded[at][tick], played[at][tick]) for at, port in enumerate(ports)]
        for at in range(PORTS):  # each leg hears the leg beside it and the prompt
            mixed = limit(nears[at ^ 1].astype(np.float32) + played[at][tick])
            g711.encode(mixed)
        spent.append(time.thread_time() - began)
    ticks = np.array(spent[50:]) * 1e3
    return [
        row("four ports: channels a core", PORTS * 20.0 / float(ticks.mean()), STUDY_CHANNELS, "channels"),
        row("four ports: mean tick", float(ticks.mean()), None, "ms"),
        row("four ports: 99 % of ticks within", float(np.percentile(ticks, 99)), STUDY_P99_MS, "ms"),
        row("four ports: 99.9 % of ticks within", float(np.percentile(ticks, 99.9)), None, "ms"),
    ]


def row(what: str, ours: float, peer: float | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def audio() -> tuple[list[npt.NDArray[np.uint8]], list[Samples]]:
    """For each port the coded blocks from it and the blocks played to it."""
    count = SECONDS * 8000
    sound = np.concatenate(list(corpora.voices(corpora.EXAM, 2.3 * PORTS * SECONDS / 3600, 5)))
    coded, played = [], []
    for port in range(PORTS):
        theirs = sound[2 * port * count : (2 * port + 1) * count].reshape(-1, BLOCK)
        ours = sound[(2 * port + 1) * count : (2 * port + 2) * count].reshape(-1, BLOCK)
        line = LineModel(LineSettings(seed=port))
        coded.append(np.stack([g711.encode(line.to_box(a, b)) for a, b in zip(theirs, ours, strict=True)]))
        played.append(ours)
    return coded, played
