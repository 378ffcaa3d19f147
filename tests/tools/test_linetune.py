"""Line tuning on register-true hybrids: the chip model of the virtual board, and boards with other manners."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from board.virtual.board import Board
from board.virtual.hat.micro import MicroHat
from board.virtual.lockstep import Lockstep
from board.virtual.uart import Pty
from drivers.clock import SampleLoop
from drivers.link import Link
from drivers.ports.bank import PortBank
from drivers.signals import hybridfit
from drivers.signals.countries import country
from drivers.signals.hybrids import HYBRIDS
from drivers.signals.line import BLOCK, LineModel, LineSettings
from tools.linetune.__main__ import tuned
from tools.linetune.settings import save
from tools.linetune.tuning import NO_TAPS, Tuning, tune


class Bench:
    """A line with one right impedance and a chip with (or without) a digital hybrid of a given offset and scale."""

    def __init__(self, hybrid: str, right_acim: int, offset: int = 4, scale: float = 1 / 128) -> None:
        self._hybrid, self._right, self._offset, self._scale = hybrid, right_acim, offset, scale
        self.acim, self.taps = 0, NO_TAPS
        self.measurements = 0

    async def set_acim(self, acim: int) -> None:
        self.acim = acim

    async def set_hybrid(self, taps: Sequence[int]) -> None:
        assert len(taps) == 8 and all(-128 <= tap <= 127 for tap in taps)
        self.taps = tuple(taps)

    async def play_and_record(self, samples: np.ndarray) -> np.ndarray:
        self.measurements += 1
        loss = 12.0 if self.acim == self._right else 7.0
        line = LineModel(LineSettings(hybrid=self._hybrid, return_loss_db=loss, echo_delay=4, noise_dbm0=-60.0, seed=1))
        silence = np.zeros(BLOCK, np.int16)
        heard = np.concatenate([line.to_box(silence, block) for block in samples.reshape(-1, BLOCK)]).astype(float)
        kernel = np.zeros(self._offset + 8)
        kernel[self._offset :] = np.array(self.taps) * self._scale
        heard -= np.convolve(samples.astype(float), kernel)[: samples.size]
        return np.clip(np.rint(heard), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("hybrid", HYBRIDS)
def test_the_right_impedance_is_found_and_the_taps_gain_on_top(hybrid: str) -> None:
    bench = Bench(hybrid, right_acim=5)
    result = asyncio.run(tune(bench, acim_now=0))
    assert result.acim == bench.acim == 5
    assert result.by_acim[5] == pytest.approx(12.0, abs=1.0) and result.loss_before_db == pytest.approx(7.0, abs=1.0)
    assert result.loss_db >= result.by_acim[5]
    assert result.hybrid == bench.taps


def test_on_a_short_echo_path_the_taps_take_ten_decibels_out() -> None:
    assert asyncio.run(tune(Bench("G168-D2", 3), 0)).loss_db > 12.0 + 4.0


@pytest.mark.parametrize(("offset", "scale"), [(3, 1 / 128), (6, 1 / 64), (4, -1 / 128)])
def test_the_chips_offset_and_scale_are_found_out_not_assumed(offset: int, scale: float) -> None:
    result = asyncio.run(tune(Bench("G168-D2", 3, offset, scale), 0))
    assert result.loss_db > 12.0 + 2.0


def test_a_board_without_a_digital_hybrid_keeps_no_taps() -> None:
    bench = Bench("G168-D2", 3, scale=0.0)
    result = asyncio.run(tune(bench, 0))
    assert result.hybrid == bench.taps == NO_TAPS and result.loss_db == result.by_acim[3]


def test_the_countrys_impedance_stays_where_another_gains_nothing() -> None:
    assert asyncio.run(tune(Bench("G168-D2", right_acim=2), acim_now=2)).acim == 2


def test_the_report_names_every_impedance_and_the_result() -> None:
    report = asyncio.run(tune(Bench("G168-D2", 3), 0)).report()
    assert report.count("ACIM") == 17 and report.splitlines()[-1].startswith("best: ACIM 3, hybrid ")


def test_both_lines_are_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "linetune.toml"
    save(path, "B", Tuning(3, (1, -2, 3, 0, 0, 0, 0, 0), 9.0, 21.04, ()))
    save(path, "A", Tuning(0, NO_TAPS, 9.0, 9.0, ()))
    kept = tomllib.loads(path.read_text())
    assert kept == {
        "A": {"acim": 0, "hybrid": [0] * 8, "loss_db": 9.0},
        "B": {"acim": 3, "hybrid": [1, -2, 3, 0, 0, 0, 0, 0], "loss_db": 21.0},
    }
    assert [file.name for file in tmp_path.iterdir()] == ["linetune.toml"]


def test_too_little_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="100 samples"):
        hybridfit.response(np.zeros(100, np.int16), np.zeros(100, np.int16))


class BoardInAThread:
    """The virtual board with register-true chips, in lockstep with a link of this thread."""

    def __init__(self, folder: Path, right_acim: int) -> None:
        def hat(lines: Any, handset: Any) -> MicroHat:
            return MicroHat(lines, handset, engine="twin", right_acim=right_acim)

        board, self._pty = Board("CA", seed=7, hat=hat), Pty()
        self._pace = Lockstep(board, self._pty, folder / "lockstep")
        self.loop = SampleLoop(lockstep=True)
        self.link = Link(self.loop, self._pty.device, str(folder / "lockstep"))
        self.link.on_gone = self.loop.stop
        self._ended = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        self._ticking.start()

    def _tick(self) -> None:
        self._pace.wait_for_host(10)
        while not self._ended.is_set() and self._pace.connected:
            self._pace.tick()

    def close(self) -> None:
        self._ended.set()
        self.link.close()
        self._ticking.join(10)
        self._pace.close()
        self._pty.close()
        self.loop.close()


def test_a_line_of_the_virtual_board_is_tuned_through_the_link(tmp_path: Path) -> None:
    """Dial tone broken, sixteen impedances tried, taps set, all by the HAT's own firmware on the chips' registers."""
    board = BoardInAThread(tmp_path, right_acim=5)
    try:
        bank = PortBank(board.loop, board.link, "mu")
        result = board.loop.run_until_complete(tuned(board.link, bank, country("CA"), "A", "1"))
    finally:
        board.close()
    assert result.acim == 5
    assert result.loss_before_db == pytest.approx(8.0, abs=0.5)
    assert result.by_acim[5] == pytest.approx(14.0, abs=0.5) and result.loss_db > 20.0
