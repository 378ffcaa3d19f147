"""The tune for who waits: nothing in it is taken for a key or for a signal of any country's exchange."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.signals.countries import countries, country
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.progress import ProgressDetector
from firmware.supervisor.calls.music import BEAT_S, TUNE, Music

SECONDS = round(len(TUNE.split()) * BEAT_S)


def played(seconds: int) -> np.ndarray:
    music = Music()
    return np.concatenate([music.read(160) for _ in range(50 * seconds)])


def test_it_goes_on_without_a_gap_and_is_softer_than_a_voice() -> None:
    tune = played(2 * SECONDS)
    levels = np.sqrt(np.mean(tune[: len(tune) // 800 * 800].reshape(-1, 800).astype(float) ** 2, axis=1))
    assert levels.min() > 30, "never silent for a tenth of a second"
    assert 200 < levels.mean() < 2500
    assert np.abs(tune.astype(int)).max() < 16000
    assert np.array_equal(Music().read(160), tune[:160])


def test_no_key_is_heard_in_it() -> None:
    receiver = DtmfReceiver()
    tune = played(2 * SECONDS)
    assert [found for at in range(0, len(tune), 160) for found in receiver.feed(tune[at : at + 160])] == []


@pytest.mark.parametrize("code", sorted(countries()))
def test_no_signal_of_an_exchange_is_heard_in_it(code: str) -> None:
    detector = ProgressDetector(country(code))
    tune = played(SECONDS)
    assert [found.tone for at in range(0, len(tune), 160) for found in detector.feed(tune[at : at + 160])] == []
