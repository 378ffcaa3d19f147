"""Every scenario file is played on a fresh box; the negative examples must fail, and say why.

The HAT on the board is its own firmware on MicroPython where this machine has an interpreter, else the stand-in; three
scenarios run on every kind of HAT.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from board.virtual.mcu import interpreter
from firmware.supervisor.fax.library import fax_library
from tools.scenario.load import load
from tools.scenario.offspring import Nursery
from tools.scenario.player import play
from tools.scenario.result import Result
from tools.scenario.script import Exchange
from tools.scenario.source import SourceError
from tools.scenario.stage import HATS
from tools.scenario.voices import VoiceError

HERE = Path(__file__).parent
GOOD = sorted(HERE.glob("*.toml"))
BAD = sorted((HERE / "bad").glob("*.toml"))
ON_EVERY_HAT = ("message-left", "outgoing-answered", "handset-calls-handset")
ON_AN_ADAPTER = (
    "message-left", "outgoing-answered", "outgoing-busy", "handset-lifted-during-recording", "fax-received",
)  # fmt: skip
STAND_IN, MICROPYTHON, TWIN = HATS


def played(path: Path, folder: Path, nursery: Nursery, hat: str = STAND_IN) -> Result:
    scenario = load(path)
    if any(step.kind == "faxes" for step in scenario.steps) and not fax_library():
        pytest.skip("libspandsp is not on this machine (make setup says why)")
    return play(scenario, folder, nursery, hat)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_scenario(path: Path, folder: Path, nursery: Nursery) -> None:
    result = played(path, folder, nursery, MICROPYTHON if interpreter.command() else STAND_IN)
    assert result.failures == []


@pytest.mark.parametrize("hat", HATS)
@pytest.mark.parametrize("name", ON_EVERY_HAT)
def test_scenario_on_every_hat(name: str, hat: str, folder: Path, nursery: Nursery) -> None:
    if hat == MICROPYTHON and not interpreter.command():
        pytest.skip("there is no MicroPython on this machine (make setup says why)")
    result = played(HERE / f"{name}.toml", folder, nursery, hat)
    assert result.failures == []


@pytest.mark.parametrize("name", ON_AN_ADAPTER)
def test_main_calls_on_a_routers_port(name: str, folder: Path, nursery: Nursery) -> None:
    """Message, outgoing, busy, taken over, fax: all a router's port changes is how the line says it."""
    scenario = load(HERE / f"{name}.toml")
    if any(step.kind == "faxes" for step in scenario.steps) and not fax_library():
        pytest.skip("libspandsp is not on this machine (make setup says why)")
    result = play(replace(scenario, exchange=Exchange(kind="adapter")), folder, nursery)
    assert result.failures == []


def wanted(path: Path) -> list[str]:
    """What a negative example says it fails with: its comment lines ``# fails: words``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("# fails: ") for line in lines if line.startswith("# fails: ")]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_negative_example_fails_and_says_why(path: Path, folder: Path, nursery: Nursery) -> None:
    assert wanted(path), "a negative example says what it fails with"
    try:
        failures = played(path, folder, nursery).failures
    except (SourceError, VoiceError) as error:
        failures = [str(error)]
    for words in wanted(path):
        assert any(words in failure for failure in failures), failures
    for failure in failures:
        assert failure.startswith(f"{path}:"), "every failure names file and line"


def test_two_runs_of_one_file_are_the_same_to_the_byte(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As a person runs it, each time in a process of its own; link noise included."""
    out = tmp_path_factory.mktemp("s")
    runs = []
    for _ in range(2):
        command = [sys.executable, "-m", "tools.scenario", str(HERE / "link-noise.toml"), "--json", "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        runs.append((done.stdout, (out / "heard-paul.wav").read_bytes()))
    assert runs[0] == runs[1]
    result = json.loads(runs[0][0])
    assert result["verdict"] == "pass"
    assert result["failures"] == []
    assert [call["outcome"] for call in result["calls"]] == ["message"]
    assert len(result["messages"]) == 1
    assert result["events"][0]["kind"] == "ring"  # a caller ID may be lost with a block of audio
    assert Path(result["heard"]["paul"]).stat().st_size > 16000


def test_exit_codes_and_where_the_words_go(tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("s")
    for path, status in (
        (HERE / "bad" / "expects-what-is-not-so.toml", 1),
        (HERE / "bad" / "unknown-key.toml", 2),
        (HERE / "no-such-file.toml", 2),
    ):
        command = [sys.executable, "-m", "tools.scenario", str(path), "--json", "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status
        if status == 2:
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1
            assert done.stderr.startswith(str(path))
        else:
            assert json.loads(done.stdout)["verdict"] == "fail"
            assert json.loads(done.stdout)["failures"] == done.stderr.strip().splitlines()
