"""The stage of a scenario: what happens when the supervisor does not do what it should."""

from __future__ import annotations

import os
import signal
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.supervisor.settings.in_force import Settings
from tools.scenario.offspring import Nursery
from tools.scenario.script import Contact
from tools.scenario.stage import Stage, SupervisorEnded, write_settings

CLOCK = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PAUL = Contact(1, "Paul Roy", "", "", "Roy 2026", "", (("mobile", "(514) 555-0188"),))


def test_a_supervisor_that_dies_by_itself_is_told_with_its_last_words(folder: Path, nursery: Nursery) -> None:
    stage = Stage(folder, {}, clock=CLOCK, nursery=nursery)
    try:
        stage.start()
        for _ in range(100):
            stage.tick()
        assert stage.supervisor_pid is not None
        os.kill(stage.supervisor_pid, signal.SIGKILL)
        with pytest.raises(SupervisorEnded, match=r"exit status -9: .*in service"):
            for _ in range(100):
                stage.tick()
    finally:
        stage.close()


def test_a_supervisor_that_hangs_is_told_so(folder: Path, nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("board.virtual.lockstep.PATIENCE_S", 1.0)
    stage = Stage(folder, {}, clock=CLOCK, nursery=nursery)
    try:
        stage.start()
        stage.tick()
        assert stage.supervisor_pid is not None
        os.kill(stage.supervisor_pid, signal.SIGSTOP)
        with pytest.raises(SupervisorEnded, match="the supervisor hangs"):
            for _ in range(5):
                stage.tick()
    finally:
        stage.close()


def test_a_supervisor_that_cannot_start_is_told_with_its_reason(folder: Path) -> None:
    """As a process of its own, as the command starts it."""
    stage = Stage(folder, {}, clock=CLOCK)
    (stage.home / "frontdesk.toml").write_text("no_such_key = 1\n")
    try:
        with pytest.raises(SupervisorEnded, match=r"exit status 2: .*no_such_key"):
            stage.start()
    finally:
        stage.close()


def test_nothing_is_left_running(folder: Path) -> None:
    nursery = Nursery()
    stage = Stage(folder, {}, (PAUL,), clock=CLOCK, nursery=nursery)
    stage.start()
    pid = stage.supervisor_pid
    assert pid is not None
    nursery.close()
    stage.close()
    assert not Path(f"/proc/{pid}").exists()


def test_settings_stand_where_the_schema_has_them(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    write_settings(path, {"box.country": "GB", "answering.rings": 4, "box.name": 'Roy "and" Martin'})
    tree = tomllib.loads(path.read_text())
    assert tree["box"]["country"] == "GB"
    settings = Settings.load(tmp_path)
    assert settings.text("box.name") == 'Roy "and" Martin'
    assert settings.whole("answering.rings") == 4
