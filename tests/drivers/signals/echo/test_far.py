"""The far end's echo, 60 to 250 ms late, as an adapter's network brings it: it goes, and whoever speaks there stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.signals import g711, levels
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.hybrids import echo_path
from drivers.signals.line import BLOCK, LineModel, LineSettings

SECOND = 8000
Speech = Callable[[float, int, float], np.ndarray]


def through_the_network(
    ours: np.ndarray, theirs: np.ndarray, delay_ms: int, loss_db: float, law: g711.Law = "mu", later_ms: int = 0
) -> np.ndarray:
    """What the exchange brings: the far party, and our voice from its hybrid; from half time on `later_ms` later."""

    def back(ms: int) -> np.ndarray:
        late = np.convolve(ours.astype(float), echo_path("G168-D4", loss_db))
        return np.concatenate((np.zeros(ms * 8), late))[: ours.size]

    half = ours.size // 2
    late = np.concatenate((back(delay_ms)[:half], back(delay_ms + later_ms)[half:]))
    return g711.quantise(np.clip(np.rint(late + theirs), -32768, 32767).astype(np.int16), law)


def talk(ours: np.ndarray, brought: np.ndarray, law: g711.Law = "mu") -> tuple[np.ndarray, EchoCanceller]:
    """What is left of it after a near hybrid and the box's canceller."""
    line, canceller = LineModel(LineSettings(law=law, loss_db=2.0, seed=2)), EchoCanceller()
    blocks = zip(brought.reshape(-1, BLOCK), ours.reshape(-1, BLOCK), strict=True)
    return np.concatenate([canceller.process(line.to_box(far, said), said) for far, said in blocks]), canceller


@pytest.mark.parametrize("law", ["mu", "a"])
@pytest.mark.parametrize("delay_ms", [60, 110, 170, 250])
@pytest.mark.parametrize("loss_db", [14.0, 24.0])
def test_it_is_inaudible_after_three_seconds(law: g711.Law, delay_ms: int, loss_db: float, speech: Speech) -> None:
    ours = speech(7.0, 4, -15.0)
    brought = through_the_network(ours, np.zeros_like(ours), delay_ms, loss_db, law)
    left, canceller = talk(ours, brought, law)
    assert levels.dbm0(brought[3 * SECOND :]) > -44.0, "there is something to hear"
    assert levels.dbm0(left[3 * SECOND :]) < -50.0
    assert canceller.far_delay is not None and abs(canceller.far_delay - 8 * delay_ms) <= 60


def test_the_far_party_is_left_as_it_is_while_both_speak(speech: Speech) -> None:
    ours, theirs = speech(12.0, 4, -15.0), speech(12.0, 9, -18.0)
    theirs[: 5 * SECOND] = theirs[9 * SECOND :] = 0
    left, _ = talk(ours, through_the_network(ours, theirs, 150, 18.0))
    alone = LineModel(LineSettings(loss_db=2.0, return_loss_db=100.0, seed=2))
    wanted = np.concatenate([alone.to_box(block, np.zeros(BLOCK, np.int16)) for block in theirs.reshape(-1, BLOCK)])
    both, after = slice(5 * SECOND, 9 * SECOND), slice(10 * SECOND, None)
    changed = np.rint(left[both].astype(float) - wanted[both]).astype(np.int16)
    assert levels.dbm0(changed) < -40.0
    assert levels.dbm0(wanted[both]) > -24.0
    assert levels.dbm0(left[after]) < -50.0


def test_a_delay_that_moves_is_found_anew(speech: Speech) -> None:
    ours = speech(12.0, 4, -15.0)
    left, _ = talk(ours, through_the_network(ours, np.zeros_like(ours), 120, 18.0, later_ms=40))
    assert levels.dbm0(left[4 * SECOND : 6 * SECOND]) < -50.0
    assert levels.dbm0(left[9 * SECOND :]) < -50.0


def test_where_there_is_none_nothing_is_found_and_nothing_changes(speech: Speech) -> None:
    """The far party speaks, repeats itself, whistles: no echo of ours."""
    ours, theirs = speech(12.0, 4, -15.0), speech(12.0, 9, -18.0)
    theirs[6 * SECOND :] = theirs[: 6 * SECOND]
    time = np.arange(2 * SECOND) / SECOND
    theirs[: 2 * SECOND] = (4000 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16)
    left, canceller = talk(ours, theirs)
    assert canceller.far_delay is None
    assert levels.dbm0(left) == pytest.approx(levels.dbm0(theirs) - 2.0, abs=1.0)


def test_our_own_tones_and_music_make_no_far_echo(speech: Speech) -> None:
    """A beep repeats itself at every delay."""
    time = np.arange(12 * SECOND) / SECOND
    ours = (5000 * np.sin(2 * np.pi * 1000 * time) * (np.sin(2 * np.pi * 2 * time) > 0)).astype(np.int16)
    theirs = speech(12.0, 9, -18.0)
    left, _ = talk(ours, theirs)
    alone = LineModel(LineSettings(loss_db=2.0, return_loss_db=100.0, seed=2))
    wanted = np.concatenate([alone.to_box(block, np.zeros(BLOCK, np.int16)) for block in theirs.reshape(-1, BLOCK)])
    changed = np.rint(left[4 * SECOND :].astype(float) - wanted[4 * SECOND :]).clip(-32768, 32767).astype(np.int16)
    assert levels.dbm0(changed) < -40.0
