"""The flags before a fax machine's message, as libspandsp sends them, and what is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from drivers.signals import g711, tones
from drivers.signals.levels import amplitude
from drivers.signals.v21 import PreambleDetector
from firmware.gateways.fax.terminal import Terminal
from tests.drivers.signals.conftest import Speech
from tools.oracles import spandsp

pytestmark = pytest.mark.skipif(not spandsp.available(), reason="libspandsp is not on this machine")

RATE = 8000
BLOCK = 160


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> npt.NDArray[np.float64]:
    """What a terminal that was called says first: a second of flags, and what it can do."""
    terminal = Terminal(tmp_path_factory.mktemp("v21") / "none.tif", "mu")
    terminal.skip_answering_tone()
    silence = bytes([g711.SILENCE["mu"]]) * BLOCK
    said = b"".join(terminal.exchange(silence) for _ in range(50 * 2))
    terminal.close()
    sound = g711.decode(np.frombuffer(said, np.uint8), "mu").astype(np.float64)
    return sound / np.sqrt(np.mean(sound[np.abs(sound) > 0] ** 2))


def heard(sound: npt.NDArray[np.float64]) -> float | None:
    """When flags were told, in seconds; None: never."""
    detector = PreambleDetector()
    samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    for first in range(0, samples.size - BLOCK + 1, BLOCK):
        if detector.feed(samples[first : first + BLOCK]):
            return (first + BLOCK) / RATE
    return None


@pytest.mark.parametrize("level", [-10.0, -25.0, -43.0])
def test_flags_are_heard_within_a_third_of_a_second(message: npt.NDArray[np.float64], level: float) -> None:
    begins = int(np.flatnonzero(message)[0]) / RATE
    told = heard(message * amplitude(level) / np.sqrt(2))
    assert told is not None and 0.1 < told - begins < 0.33


def test_flags_are_heard_through_noise(message: npt.NDArray[np.float64]) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        noise = rng.normal(0, amplitude(-35.0) / np.sqrt(2), message.size)
        assert heard(message * amplitude(-23.0) / np.sqrt(2) + noise) is not None


@pytest.mark.parametrize("hz", [1650.0, 1750.0, 1850.0, 1100.0, 2100.0])
def test_a_whistle_is_no_machine(hz: float) -> None:
    assert heard(3000 * np.sin(2 * np.pi * hz * np.arange(3 * RATE) / RATE)) is None


def test_voices_keys_silence_and_noise_are_no_machine(speech: Speech) -> None:
    assert heard(speech(120.0, 9, -15.0).astype(np.float64)) is None
    assert heard(tones.dtmf("0123456789*#" * 5).read(6 * RATE).astype(np.float64)) is None
    assert heard(np.zeros(RATE)) is None
    assert heard(np.random.default_rng(1).normal(0, 2000, 60 * RATE)) is None
