"""``python -m tools.settings``: what somebody at the box reads and sets, running or stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.supervisor.settings.schema import SCHEMA
from tests.webui.office import Office
from tools.settings import main


@pytest.fixture(params=["running", "stopped"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    office = Office(tmp_path / "home")
    if request.param == "running":
        office.start()
    monkeypatch.setenv("FRONTDESK_HOME", str(office.home))
    yield office.home
    office.stop()


def test_a_setting_is_set_read_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answering.rings", "4"]) == 0
    assert main(["answering.rings"]) == 0
    assert main(["box.name", "Roy & Söhne"]) == 0
    assert main([]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split() for line in said[:2]] == [["answering.rings", "=", "4", "#", "page"]] * 2
    listed = [line.split(" = ")[0] for line in said[3:]]
    assert listed == [key for key, declared in SCHEMA.items() if declared.home == "page"]
    assert any('box.name = "Roy & Söhne"' in line for line in said[3:])
    with sqlite3.connect(home / "frontdesk.db") as connection:
        rows = connection.execute("SELECT who, action, target FROM audit ORDER BY id").fetchall()
    assert rows == [("command", "set", "setting:answering.rings"), ("command", "set", "setting:box.name")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["answering.rings", "many"], "answering.rings: expected a whole number from 1 to 10"),
        (["answering.rings", "11"], "answering.rings: expected a whole number from 1 to 10"),
        (["answering.ring", "2"], "answering.ring: unknown setting; did you mean answering.rings?"),
        (["lines.A.enabled", "perhaps"], "lines.A.enabled: expected true or false"),
        (["box.country", "US"], "box.country: is set in frontdesk.toml"),
        (["handsets.C.extension", "22"], "expected two different extensions"),
    ],
)
def test_what_is_wrong_names_the_key_and_what_was_expected(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
