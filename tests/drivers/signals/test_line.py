"""The line model: what goes in at one end comes out at the other as a telephone line has it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from drivers.signals import levels
from drivers.signals.hybrids import HYBRIDS, echo_path
from drivers.signals.line import BLOCK, LineModel, LineSettings

QUIET = LineSettings(noise_dbm0=-100.0)
NOTHING = np.zeros(BLOCK, np.int16)


def sine(hz: float, level: float = -10.0, blocks: int = 50) -> np.ndarray:
    time = np.arange(blocks * BLOCK) / 8000
    return np.rint(levels.amplitude(level) * np.sin(2 * np.pi * hz * time)).astype(np.int16).reshape(-1, BLOCK)


def loss(hz: float, settings: LineSettings = QUIET) -> float:
    line = LineModel(settings)
    heard = np.concatenate([line.to_exchange(block) for block in sine(hz)])
    return -10.0 - levels.dbm0(heard[1600:])


def test_the_telephone_band_passes_and_the_rest_does_not() -> None:
    assert all(abs(loss(hz)) < 1.0 for hz in (500, 1000, 2000, 3000))
    assert all(loss(hz) > 20.0 for hz in (60, 150, 3900))


def test_loss_is_what_it_was_set_to() -> None:
    assert loss(1000, dataclasses.replace(QUIET, loss_db=6.0)) == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("hybrid", HYBRIDS)
def test_our_own_voice_comes_back_by_the_return_loss(hybrid: str) -> None:
    line = LineModel(dataclasses.replace(QUIET, hybrid=hybrid, return_loss_db=12.0))
    rng = np.random.default_rng(1)
    ours = np.stack([line.to_exchange(block) for block in rng.normal(0, 3000, (100, BLOCK)).astype(np.int16)])
    line.reset()
    echo = np.concatenate([line.to_box(NOTHING, block) for block in ours])
    assert levels.dbm0(ours.ravel()) - levels.dbm0(echo) == pytest.approx(12.0, abs=1.0)


def test_noise_and_hum_have_their_levels() -> None:
    line = LineModel(LineSettings(noise_dbm0=-50.0, law="mu"))
    heard = np.concatenate([line.to_box(NOTHING, NOTHING) for _ in range(200)])
    assert levels.dbm0(heard) == pytest.approx(-50.0, abs=0.7)
    line = LineModel(LineSettings(noise_dbm0=-100.0, hum_dbm0=-40.0, hum_hz=50.0))
    heard = np.concatenate([line.to_box(NOTHING, NOTHING) for _ in range(200)])
    spectrum = np.abs(np.fft.rfft(heard))
    assert levels.dbm0(heard) == pytest.approx(-40.0, abs=0.7)
    assert spectrum.argmax() * 8000 / heard.size == pytest.approx(50.0, abs=0.3)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    def run(seed: int) -> bytes:
        line = LineModel(LineSettings(seed=seed))
        return b"".join(line.to_box(block, block).tobytes() for block in sine(700))

    assert run(3) == run(3) != run(4)


def test_reset_starts_over() -> None:
    line = LineModel(LineSettings(seed=3))
    first = [line.to_box(block, block).tolist() for block in sine(700, blocks=5)]
    line.reset()
    assert [line.to_box(block, block).tolist() for block in sine(700, blocks=5)] == first


def test_full_scale_from_both_sides_never_wraps() -> None:
    line = LineModel(dataclasses.replace(QUIET, return_loss_db=0.0))
    loud = np.full(BLOCK, 32767, np.int16) * np.int16(1)
    loud[::2] = -32768
    heard = np.concatenate([line.to_box(loud, loud) for _ in range(20)])
    assert np.abs(heard.astype(int)).max() <= 32767


def test_blocks_join_without_a_seam() -> None:
    """A sine through the line is a sine: nothing of it lies at the block rate's harmonics."""
    line = LineModel(dataclasses.replace(QUIET, law="a"))
    heard = np.concatenate([line.to_box(block, block) for block in sine(1020.0, blocks=100)])[1600:]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size)))
    tone = round(1020.0 * heard.size / 8000)
    others = np.delete(spectrum, slice(tone - 8, tone + 9))
    assert 20 * np.log10(spectrum[tone] / others.max()) > 40


def test_wrong_blocks_and_hybrids_are_refused() -> None:
    with pytest.raises(ValueError, match="159"):
        LineModel().to_exchange(np.zeros(159, np.int16))
    with pytest.raises(ValueError, match="G168-D2"):
        LineModel(LineSettings(hybrid="D1"))
    with pytest.raises(ValueError, match="read-only"):
        echo_path("G168-D2", 10.0)[0] = 1
