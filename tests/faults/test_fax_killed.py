"""kill -9 while a fax comes in: what its sender was told was received is there afterwards, exactly once.

The sweep goes over the whole call, from the machine's first tone to after the last page, whoever is killed.
"""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.faults.fax_call import CLOCK, check, gateways, receive
from tools.scenario.fax_machine import draw
from tools.scenario.log import read_log
from tools.scenario.offspring import Nursery
from tools.scenario.stage import Stage

PAGES = ("One: the contract", "Two: the annex", "Three: the plan of the house")
TRIALS = 76
FIRST_S, LAST_S = 11.0, 25.0  # after the answer: 2 s before the first page is confirmed, 2 s after the last one is
GATEWAY_TRIALS = 6


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("letter") / "letter.tif"
    draw("\f".join(PAGES), path)
    return path


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_fax_survives_the_end_of_the_supervisor(trial: int, folder: Path, nursery: Nursery, letter: Path) -> None:
    dice = random.Random(f"fax {trial}")
    seconds = FIRST_S + (LAST_S - FIRST_S) * (trial + dice.random()) / TRIALS
    stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, seed=trial, nursery=nursery)
    try:
        machine = receive(stage, letter, seconds)
        stage.kill(at_rest=False)
        confirmed = machine.confirmed
        machine.close()
        stage.start()
        for _ in range(10):
            stage.tick()
        stage.stop()
        log = read_log(stage.home)
    finally:
        stage.close()
    assert [call["outcome"] for call in log.calls] in (["interrupted"], ["fax"])
    check(stage.home, letter, confirmed)


@pytest.mark.parametrize("trial", range(GATEWAY_TRIALS))
def test_a_fax_survives_the_end_of_its_gateway(trial: int, folder: Path, nursery: Nursery, letter: Path) -> None:
    seconds = FIRST_S + (LAST_S - 4.0 - FIRST_S) * (trial + random.Random(f"gateway {trial}").random()) / GATEWAY_TRIALS
    stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, seed=trial, nursery=nursery)
    try:
        machine = receive(stage, letter, seconds)
        (gateway,) = gateways(stage)
        os.kill(gateway, signal.SIGKILL)
        for _ in range(50 * 3):
            stage.tick()
        confirmed = machine.confirmed
        machine.close()
        stage.stop()
        log = read_log(stage.home)
        stage.start()  # a page that it was about to confirm, or a TIFF that has none
        for _ in range(10):
            stage.tick()
        stage.stop()
    finally:
        stage.close()
    (call,) = log.calls
    assert (call["outcome"], call["why"]) == ("fax", "fax gateway ended")
    assert sum(fax["pages"] for fax in log.faxes) >= confirmed
    check(stage.home, letter, confirmed)
