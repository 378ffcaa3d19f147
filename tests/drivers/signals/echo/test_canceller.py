"""The echo canceller, both engines: our voice goes, the caller's stays, and nothing makes the line worse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.signals import levels
from drivers.signals.echo.canceller import ECHO_ENGINE, ECHO_ENGINE_NOTE, EchoCanceller
from drivers.signals.hybrids import HYBRIDS
from drivers.signals.line import BLOCK, LineModel, LineSettings

ENGINES = ["numpy"] + (["speexdsp"] if ECHO_ENGINE == "speexdsp" else [])
SECOND = 8000 // BLOCK


Speech = Callable[[float, int, float], np.ndarray]


@pytest.fixture
def voice(speech: Speech) -> Callable[..., np.ndarray]:
    """Speech in blocks."""
    return lambda seconds, seed, level=-13.0: speech(seconds, seed, level).reshape(-1, BLOCK)


def echo_loss(before: np.ndarray, after: np.ndarray) -> float:
    return levels.dbm0(np.ravel(before)) - levels.dbm0(np.ravel(after))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hybrid", HYBRIDS)
def test_every_hybrids_echo_goes(engine: str, hybrid: str, voice: Callable[..., np.ndarray]) -> None:
    """12 dB in the second second of speech, 22 dB in the fifth: return loss 8 dB, mu-law, noise -65 dBm0."""
    line = LineModel(LineSettings(hybrid=hybrid, return_loss_db=8.0, seed=2))
    canceller = EchoCanceller(engine=engine)
    ours = voice(5.0, seed=4)
    heard = np.stack([line.to_box(np.zeros(BLOCK, np.int16), block) for block in ours])
    left = np.stack([canceller.process(near, block) for near, block in zip(heard, ours, strict=True)])
    assert echo_loss(heard[SECOND : 2 * SECOND], left[SECOND : 2 * SECOND]) > 12.0
    assert echo_loss(heard[-SECOND:], left[-SECOND:]) > 22.0
    assert canceller.divergences == 0 and canceller.loss_db > 12.0


@pytest.mark.parametrize("engine", ENGINES)
def test_the_caller_is_not_cancelled_and_does_not_derail_it(engine: str, voice: Callable[..., np.ndarray]) -> None:
    line = LineModel(LineSettings(return_loss_db=8.0, seed=2))
    ours, theirs = voice(12.0, seed=4), voice(12.0, seed=9, level=-16.0)
    theirs[: 4 * SECOND] = 0
    theirs[8 * SECOND :] = 0
    canceller = EchoCanceller(engine=engine)
    alone = LineModel(LineSettings(return_loss_db=100.0, seed=2))
    left, wanted, echoes = [], [], []
    for near, block in zip(theirs, ours, strict=True):
        heard = line.to_box(near, block)
        left.append(canceller.process(heard, block))
        wanted.append(alone.to_box(near, block))
        echoes.append(heard)
    both = slice(4 * SECOND, 8 * SECOND)
    caller, out = np.ravel(wanted[both]).astype(float), np.ravel(left[both]).astype(float)
    # the canceller may shape the caller a little (a DC notch); what no such filter explains is echo
    shifted = np.stack([np.roll(caller, shift) for shift in range(-20, 21)], axis=1)
    echo_left = out - shifted @ np.linalg.lstsq(shifted, out, rcond=None)[0]
    echo_before = np.ravel(echoes[both]).astype(float) - caller
    assert levels.dbm0(echo_before) - levels.dbm0(echo_left) > 15.0
    assert abs(levels.dbm0(out) - levels.dbm0(caller)) < 1.0
    after = slice(8 * SECOND + 2, 9 * SECOND)  # the line holds the caller's last 8 ms
    assert echo_loss(np.stack(echoes[after]), np.stack(left[after])) > 14.0


@pytest.mark.parametrize("engine", ENGINES)
def test_lost_blocks_are_silence_counted_and_got_over(engine: str, voice: Callable[..., np.ndarray]) -> None:
    line = LineModel(LineSettings(return_loss_db=8.0, seed=2))
    canceller = EchoCanceller(engine=engine)
    ours = voice(8.0, seed=4)
    heard = [line.to_box(np.zeros(BLOCK, np.int16), block) for block in ours]
    left = [
        canceller.process(None if at == 3 * SECOND else near, None if at == 3 * SECOND + 20 else block)
        for at, (near, block) in enumerate(zip(heard, ours, strict=True))
    ]
    assert (canceller.lost_near, canceller.lost_reference) == (1, 1)
    assert echo_loss(np.stack(heard[-SECOND:]), np.stack(left[-SECOND:])) > 20.0


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_audio_stays_bounded_and_is_forgotten_by_reset(engine: str) -> None:
    rng = np.random.default_rng(6)
    canceller = EchoCanceller(engine=engine)
    for _ in range(3 * SECOND):
        out = canceller.process(
            rng.choice(np.array([-32768, 32767], np.int16), BLOCK),
            rng.choice(np.array([-32768, 32767], np.int16), BLOCK),
        )
        assert out.dtype == np.int16 and out.size == BLOCK
    canceller.reset()
    assert levels.dbm0(np.ravel([canceller.process(np.zeros(BLOCK, np.int16), None) for _ in range(20)])) < -60.0


@pytest.mark.parametrize("engine", ENGINES)
def test_the_tail_covers_a_drivers_buffering(engine: str, voice: Callable[..., np.ndarray]) -> None:
    """40 ms between reference and echo: later than a hybrid, sooner than a far end."""
    ours = voice(9.0, seed=4)
    line = LineModel(LineSettings(return_loss_db=8.0, seed=2))
    late = np.concatenate((np.zeros((2, BLOCK), np.int16), ours))[: len(ours)]
    heard = [line.to_box(np.zeros(BLOCK, np.int16), block) for block in late]
    canceller = EchoCanceller(engine=engine)
    left = [canceller.process(near, block) for near, block in zip(heard, ours, strict=True)]
    assert canceller.late_echo
    assert echo_loss(np.stack(heard[-SECOND:]), np.stack(left[-SECOND:])) > 18.0


def test_the_engine_in_use_is_named() -> None:
    assert ECHO_ENGINE in ("speexdsp", "numpy")
    assert bool(ECHO_ENGINE_NOTE) == (ECHO_ENGINE == "numpy")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="tail"):
        EchoCanceller(0)
    with pytest.raises(ValueError, match="engine"):
        EchoCanceller(engine="spandsp")
    with pytest.raises(ValueError, match="160"):
        EchoCanceller().process(np.zeros(80, np.int16), np.zeros(160, np.int16))
