"""The Pi's side of an update against the HAT's own program (its twin), in the board's time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from board.virtual.board import Board
from board.virtual.hat.micro import MicroHat
from drivers.hat_update import SETTLE_S, HatUpdate, RolledBack, UpdateRefused, on_trial, slot
from drivers.link import LinkLost
from firmware.hat import protocol as p
from firmware.hat.version import VERSION
from tests.drivers.conftest import Rig

HAT = Path(__file__).resolve().parents[2] / "firmware" / "hat"
HANDSET_C = 2


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    board = Board("CA", seed=7, hat=lambda lines, handset: MicroHat(lines, handset, engine="twin"))
    made = Rig(tmp_path, board)
    yield made
    made.close()
    board.hat.close()


def staged(rig: Rig, name: str) -> Path:
    assert isinstance(rig.board.hat, MicroHat)
    return rig.board.hat.flash / "b" / name


async def stage_all(update: HatUpdate, edit: Callable[[str, str], str] = lambda name, text: text) -> None:
    for path in sorted(HAT.glob("*.py")):
        await update.stage(path.name, edit(path.name, path.read_text(encoding="utf-8")).encode())


def newer(name: str, text: str) -> str:
    return text.replace(str(VERSION), "(9, 8, 7)") if name == "version.py" else text


def test_a_program_is_staged_tried_tested_and_confirmed(rig: Rig) -> None:
    async def work() -> None:
        assert slot(await rig.link.connect()) == "a"
        lost: list[str] = []
        rig.link.on_lost = lost.append
        update = HatUpdate(rig.link)
        await stage_all(update, newer)
        new = await update.switch()
        assert (new.firmware, slot(new), on_trial(new)) == ("9.8.7", "b", True)
        assert len(lost) == 1  # who watches the link was told
        with pytest.raises(UpdateRefused, match="confirm: no self-test of the new program has passed"):
            await update.confirm()
        await asyncio.sleep(SETTLE_S)
        test = await update.selftest()
        assert test.failed == 0 and test.faults == []
        assert {step.port for step in test.steps} == {0, 1, 2, 3, p.NO_PORT}
        await update.confirm()
        await update.confirm()  # asked again: it is confirmed
        again = await rig.link.connect()
        assert (again.firmware, slot(again), on_trial(again)) == ("9.8.7", "b", False)

    rig.run(work())


def test_a_test_that_fails_is_named_and_abort_brings_the_old_program_back(rig: Rig) -> None:
    async def work() -> None:
        old = await rig.link.connect()
        update = HatUpdate(rig.link)
        await stage_all(update, newer)
        await update.switch()
        rig.board.fault("cut", line="A")
        await asyncio.sleep(SETTLE_S)
        test = await update.selftest()
        assert test.failed and "no line voltage" in [step.text for step in test.faults if step.port == 0]
        with pytest.raises(UpdateRefused):
            await update.confirm()
        before = rig.loop.time()
        back = await update.back()
        assert (back.firmware, slot(back), on_trial(back)) == (old.firmware, "a", False)
        assert rig.loop.time() - before < 5.0

    rig.run(work())


def test_a_program_that_falls_over_is_reported_as_rolled_back(rig: Rig) -> None:
    def broken(name: str, text: str) -> str:
        return text.replace("machine.freq(CPU_HZ)", "raise SystemExit") if name == "main.py" else text

    async def work() -> None:
        old = await rig.link.connect()
        update = HatUpdate(rig.link)
        await stage_all(update, broken)
        with pytest.raises(RolledBack, match=f"{old.firmware} in slot a runs again"):
            await update.switch()

    rig.run(work())


@pytest.mark.parametrize("rate", [1e-4, 6e-4])
def test_a_file_arrives_whole_on_a_line_that_spoils_frames(rig: Rig, rate: float) -> None:
    data = (HAT / "protocol.py").read_bytes() * 3

    async def work() -> None:
        await rig.link.connect()
        rig.board.fault("noise", rate)
        told: list[int] = []
        await HatUpdate(rig.link).stage("protocol.py", data, progress=told.append)
        assert rig.link.counters.resent > 0
        assert told[-1] == len(data)

    rig.run(work())
    assert staged(rig, "protocol.py").read_bytes() == data


def test_what_the_hat_refuses_names_step_and_file(rig: Rig) -> None:
    async def work() -> None:
        await rig.link.connect()
        update = HatUpdate(rig.link)
        with pytest.raises(UpdateRefused, match=r"end: fxs\.py: length or SHA-256"):
            await update.stage("fxs.py", b"abc" * 2000, hashlib.sha256(b"").digest())
        with pytest.raises(UpdateRefused, match=r"begin: \.\./main\.py, 3 bytes, is not accepted \(wrong arguments\)"):
            await update.stage("../main.py", b"abc")
        with pytest.raises(UpdateRefused, match="no whole program in the slot"):
            await update.switch()
        await update.stage("main.py", b"abc")
        await update.abort()

    rig.run(work())
    assert list(staged(rig, "").iterdir()) == []


def test_ports_in_use_are_known_and_nothing_is_sent_before_hello(rig: Rig) -> None:
    rig.at(2.0, lambda board: board.handsets["C"].lift())

    async def work() -> None:
        with pytest.raises(LinkLost):
            await HatUpdate(rig.link).abort()
        await rig.link.connect()
        update = HatUpdate(rig.link)
        await asyncio.sleep(1.5)
        assert update.in_use() == []
        await asyncio.sleep(3.0)
        assert update.in_use() == [HANDSET_C]

    rig.run(work())
