"""The ears on a port: what `models.evaluate` answers on the same sound, 300 ms after it; keys alone without models."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from board.virtual.voices import from_text
from drivers.clock import SampleLoop
from drivers.signals.voice import BLOCK
from firmware.supervisor.listening.ears import DECISION_TICKS, Ear, Ears
from models.endpoint import HANGOVER_S, RATE
from models.evaluate.judge import SURROUND, Evaluation
from models.evaluate.manifest import Recording, read
from models.files import ModelError
from models.lines import LINES, through
from models.spotter import Spotter

WORDS = ("important", "message", "hold", "operator", "information")
SAID = (*WORDS, "call me back", "it's urgent", "take a message", "zero", "goodbye")


class Port:
    """A port's audio and nothing else."""

    def __init__(self) -> None:
        self.taps: list[Callable[[np.ndarray, np.ndarray], None]] = []
        self.played = np.zeros(BLOCK, np.int16)


def _run(work: Callable[[SampleLoop], Coroutine[Any, Any, None]]) -> None:
    loop = SampleLoop(lockstep=True)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(work(loop))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


async def _play(loop: SampleLoop, port: Port, sound: np.ndarray) -> None:
    for at in range(0, sound.size - BLOCK + 1, BLOCK):
        block = sound[at : at + BLOCK]
        for tap in tuple(port.taps):
            tap(block, block)
        loop.advance(BLOCK)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _said(text: str) -> np.ndarray:
    gap = np.zeros(6400, np.int16)
    return through(np.concatenate((gap, from_text(text), gap)), LINES["quiet"], 1)


def _ear(ears: Ears, port: Port, wake: Callable[[], None] = lambda: None) -> Ear:
    ear = ears.on(port, "en", wake)  # type: ignore[arg-type]
    ear.attend(WORDS)
    return ear


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """Twenty clips: ten texts by two voices."""
    folder: Path = tmp_path_factory.mktemp("clips")
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "speaker", "kind"))
        for number, text in enumerate(SAID):
            for voice in ("en-us", "en-gb"):
                soundfile.write(folder / f"{number}{voice}.wav", from_text(text, voice), RATE)
                rows.writerow((f"{number}{voice}.wav", text, voice, "isolated"))
    return read(folder / "manifest.csv")


def test_twenty_clips_are_answered_as_models_evaluate_answers_them(recordings: list[Recording]) -> None:
    judged = Evaluation(Spotter("en"), WORDS, "quiet").run(recordings)
    expected = [(row["answer"], row["confidence"]) for row in judged["answers"] if row["start"] is not None]
    heard: list[tuple[str | None, float]] = []

    async def talk(loop: SampleLoop) -> None:
        ears, gap = Ears(loop), np.zeros(round(SURROUND * RATE), np.int16)
        for number, recording in enumerate(recordings):
            port = Port()
            ear = _ear(ears, port)
            await _play(loop, port, through(np.concatenate((gap, recording.sound(), gap)), LINES["quiet"], number))
            heard.extend((word.act, round(word.confidence, 4)) for word in ear.words)
            ear.close()
            assert not port.taps

    _run(talk)
    assert heard == expected
    assert sum(act is not None for act, _ in heard) >= 10


def test_a_word_is_there_300_ms_after_its_last_sound() -> None:
    word = from_text("important")
    sound = through(np.concatenate((np.zeros(6400, np.int16), word, np.zeros(6400, np.int16))), LINES["quiet"], 1)
    woken: list[int] = []

    async def talk(loop: SampleLoop) -> None:
        port = Port()
        ear = _ear(Ears(loop), port, lambda: woken.append(loop.samples))
        await _play(loop, port, sound)
        assert [heard.act for heard in ear.words] == ["important"]

    _run(talk)
    last = 6400 + int(np.flatnonzero(np.abs(word.astype(int)) > 1000)[-1])
    assert len(woken) == 1
    assert 0 <= (woken[0] - last) / RATE - HANGOVER_S - DECISION_TICKS * 0.02 <= 0.08


def test_what_is_said_while_no_words_count_is_not_kept() -> None:
    sound = _said("important")

    async def talk(loop: SampleLoop) -> None:
        port = Port()
        ear = _ear(Ears(loop), port)
        ear.attend(())
        await _play(loop, port, sound)
        assert ear.words == []

    _run(talk)


def test_without_models_nothing_is_understood_and_health_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(language: str, **encoders: object) -> Spotter:
        raise ModelError("head_en_google: cut short")

    monkeypatch.setattr("firmware.supervisor.listening.ears.Spotter", broken)
    sound = _said("important")

    async def talk(loop: SampleLoop) -> None:
        ears, port = Ears(loop), Port()
        ear = _ear(ears, port)
        await _play(loop, port, sound)
        assert ear.words == []
        (line,) = ears.checks()
        assert (line["state"], "cut short" in line["text"], "Keys work" in line["remedy"]) == ("fault", True, True)

    _run(talk)
