"""The mutation run: what it is told is checked before anything is set up, and its rooms and tests are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants.__main__ import main
from tools.mutants.rooms import NEAREST, ROOMS, nearest
from tools.setup.steps import ROOT


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_and_its_tests_are_there(room: str) -> None:
    assert list((ROOT / "firmware" / "supervisor" / room).glob("*.py"))
    for tests in map(Path, ROOMS[room]):
        assert (ROOT / tests).is_file() or list((ROOT / tests).glob("test_*.py")), tests


def test_a_room_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rules", "cellar"])
    assert "cellar: expected one of rules, desk" in capsys.readouterr().err


def test_what_is_nearest_to_each_file_is_there_and_each_file_has_something() -> None:
    house = ROOT / "firmware" / "supervisor"
    for name in NEAREST:
        assert (house / name).is_dir() or (house / f"{name}.py").is_file(), name
        room, _, module = name.partition("/")
        for argument in nearest(room, module):
            path, _, scenario = argument.partition("::")
            assert (ROOT / path).exists(), argument
            asked = scenario.removeprefix("test_scenario[").removesuffix("]")
            assert not asked or (ROOT / "tests" / "scenarios" / f"{asked}.toml").is_file(), argument
