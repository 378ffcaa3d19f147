"""kill -9 of the supervisor in the middle of a recording, fifty times at random moments.

After the restart the message is there up to the last second and holds the caller's words, the call is marked as
interrupted, and the database passes its integrity check.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from board.virtual.farcall import CONNECTED
from board.virtual.party import Party
from tools.scenario.ears import Heard, Search, template
from tools.scenario.log import read_log
from tools.scenario.offspring import Nursery
from tools.scenario.sounds import BeepEar
from tools.scenario.stage import Stage
from tools.scenario.voices import lasting, speak

RATE = 8000
TRIALS = 50
LONGEST_S = 9.0
LEAST_S = 2.0  # of recording: less makes no message (recovery.LEAST_S)
CLOCK = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WORDS = "This is Paul Roy, and I am going to talk for rather a long time about the roof, the windows, and the cellar."


@pytest.fixture(scope="module")
def words() -> npt.NDArray[np.int16]:
    return lasting(speak("man", WORDS), LONGEST_S + 3.0)


def record(stage: Stage, words: npt.NDArray[np.int16]) -> float:
    """Brings a box to where a caller speaks after the tone; the sample time (s) at which the words began."""
    stage.start()
    for _ in range(50):
        stage.tick()
    party = Party("paul")
    heard = Heard()
    party.on_block.append(lambda _, block: heard.put(stage.board.now, block))
    call = stage.board.exchange.call("A", "5145550188", None, "allowed", party)
    while call.state != CONNECTED:
        stage.tick()
    party.pause(600)
    party.press("#")  # the greeting and the words after it are skipped
    ear = BeepEar(heard, stage.board.now)
    while ear.poll() is None:
        stage.tick()
        assert stage.now_s < 30
    party.say(words)
    return stage.now_s


@pytest.mark.parametrize("trial", range(TRIALS))
def test_a_message_survives_kill_9(trial: int, folder: Path, nursery: Nursery, words: npt.NDArray[np.int16]) -> None:
    dice = random.Random(f"kill {trial}")
    lasted_s = dice.uniform(0.2, LONGEST_S)
    stage = Stage(folder, {"answering.rings": 1}, clock=CLOCK, seed=trial, nursery=nursery)
    try:
        began_s = record(stage, words)
        while stage.now_s < began_s + lasted_s:
            stage.tick()
        stage.kill(at_rest=False)
        lost = list((stage.home / "recordings").rglob("*.part"))
        stage.start()
        for _ in range(5):
            stage.tick()
        stage.stop()
        log = read_log(stage.home)  # raises where PRAGMA integrity_check is not ok
    finally:
        stage.close()
    assert len(lost) == 1, "the kill fell into a recording"
    assert [(call["outcome"], call["number"]) for call in log.calls] == [("interrupted", "+15145550188")]
    assert list((stage.home / "recordings").rglob("*.part")) == []
    if lasted_s < LEAST_S + 1.0:  # the last second may have been lost, and what is left is no message
        assert len(log.messages) <= 1
        return
    assert [(row["interrupted"], row["recording"], row["state"]) for row in log.messages] == [(1, "repaired", "new")]
    assert lasted_s - 1.0 <= log.messages[0]["length_s"] <= lasted_s + 0.1
    said = Heard()
    said.put(RATE, words)  # the recording may begin a little before the words
    said.advance(words.size + 2 * RATE)
    kept = log.sound[log.messages[0]["id"]]
    found = Search(said, template("what was kept", kept), 0).poll(last=True)
    assert found is not None, "the recording holds the caller's words, whole and in order"
    assert abs(found.start - RATE) < RATE // 4
