"""The whole listening pipeline of a box: four ports, one tick of 20 ms.

What is timed is the box's own `PortBank` (`drivers/ports/bank.py`), given the blocks that a HAT would send: G.711 both
ways, echo cancellers, keys of all ports, call progress on the two lines, play-out; and on each port a tap as a dialog
sets it, with voice activity, the end of speech and 8 to 16 kHz for the speech model, on the lines data tones. Then
each leg is mixed with the leg beside it. Audio is speech on every port, in both directions, with its echo. Times are
processor time of the thread, so that other work on the machine does not count; what it leaves in the caches does, so
each row is the median of `RUNS` passes over the same sound. The peer column is the study's recommended pipeline
(reference/dsp.md section 8), measured on another machine.
"""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from drivers.clock import SampleLoop
from drivers.link import Link
from drivers.ports.bank import PortBank
from drivers.ports.port import Port
from drivers.signals import g711
from drivers.signals.countries import country
from drivers.signals.datatones import CallingToneDetector
from drivers.signals.levels import limit
from drivers.signals.line import LineModel, LineSettings
from drivers.signals.resample import Resampler
from drivers.signals.voice import EndOfSpeech, VoiceDetector
from drivers.telephone import BlockHandler, EventHandler
from firmware.hat import protocol as p
from tools.bench import corpora

Samples = npt.NDArray[np.int16]

COMMAND: Final = "python -m tools.bench pipeline"
KINDS: Final = bytes((p.FXO, p.FXO, p.FXS, p.FXS))
PORTS: Final = len(KINDS)
SECONDS: Final = 60
RUNS: Final = 5
STUDY_CHANNELS: Final = 167
STUDY_P99_MS: Final = 1.05
_ROUND_TRIP: Final = p.PLAYOUT_DELAY // p.BLOCK  # blocks until what was given for a time stamp sounds


class Hat:
    """The HAT's side of a `PortBank`: holds the bank's handlers, for the bench to call."""

    does = Link.does
    on_block: BlockHandler
    on_event: EventHandler


class Listener:
    """What a dialog hears on one port."""

    def __init__(self, port: Port) -> None:
        self.near = np.zeros(p.BLOCK, np.int16)
        self._port = port
        self._voice = VoiceDetector()
        self._end = EndOfSpeech(1.0)
        self._wide = Resampler(p.RATE, 16000)
        self._data = CallingToneDetector() if port.kind == "line" else None
        port.listen_for_keys(True)
        port.listen_for_tones(country("CA") if port.kind == "line" else None)
        port.tap(self._tap)

    def _tap(self, raw: Samples, heard: Samples) -> None:
        self.near = heard
        self._end.feed(self._voice.feed(heard, self._port.played))
        if self._data is not None:
            self._data.feed(heard)
        self._wide.process(heard)


def run() -> list[dict[str, Any]]:
    """Channels a core, and the mean, 99th and 99.9th percentile of a tick."""
    sound = audio()
    passes = []
    for _ in range(RUNS):
        loop = SampleLoop()
        try:
            passes.append(loop.run_until_complete(spent(loop, *sound))[50:])
        finally:
            loop.close()
    ticks = np.array(passes) * 1e3
    mean, most, nearly_all = (
        float(np.median(each)) for each in (ticks.mean(axis=1), *np.percentile(ticks, (99, 99.9), axis=1))
    )
    return [
        row("four ports: channels a core", PORTS * 20.0 / mean, STUDY_CHANNELS, "channels"),
        row("four ports: mean tick", mean, None, "ms"),
        row("four ports: 99 % of ticks within", most, STUDY_P99_MS, "ms"),
        row("four ports: 99.9 % of ticks within", nearly_all, None, "ms"),
    ]


async def spent(loop: SampleLoop, coded: npt.NDArray[np.uint8], played: Samples) -> list[float]:
    """Processor time of each tick, s, for the sound of `audio`."""
    hat = Hat()
    bank = PortBank(loop, hat, "mu")  # type: ignore[arg-type]  # a bank only sets its link's handlers
    bank.configure(KINDS, p.PLAYOUT_DELAY)
    listeners = [Listener(port) for port in bank.ports]
    for port, sound in zip(bank.ports, played, strict=True):
        port.play(sound.reshape(-1))
    times = []
    beside = [at ^ 1 for at in range(PORTS)]
    for tick, codes in enumerate(coded):
        began = time.thread_time()
        hat.on_block(tick * p.BLOCK, (1 << PORTS) - 1, codes)
        nears = np.array([listener.near for listener in listeners], np.float32)
        limit(nears[beside] + played[:, tick])
        times.append(time.thread_time() - began)
    return times


def row(what: str, ours: float, peer: float | None, unit: str) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "unit": unit, "command": COMMAND}


def audio() -> tuple[npt.NDArray[np.uint8], Samples]:
    """The coded blocks from the ports (ticks x samples x ports); what is played to them (ports x ticks x samples)."""
    count = SECONDS * p.RATE
    sound = np.concatenate(list(corpora.voices(corpora.EXAM, 2.3 * PORTS * SECONDS / 3600, 5)))
    both = sound[: 2 * PORTS * count].reshape(PORTS, 2, -1, p.BLOCK)
    theirs, ours = both[:, 0], both[:, 1]
    coded = np.empty((theirs.shape[1], p.BLOCK, PORTS), np.uint8)
    for port in range(PORTS):
        line = LineModel(LineSettings(seed=port))
        for tick in range(theirs.shape[1]):
            sounding = ours[port, tick - _ROUND_TRIP] if tick >= _ROUND_TRIP else np.zeros(p.BLOCK, np.int16)
            coded[tick, :, port] = g711.encode(line.to_box(theirs[port, tick], sounding))
    return coded, ours
