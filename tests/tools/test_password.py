"""``python -m tools.password NAME``: the way out for a forgotten password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webui.conftest import Browser
from tests.webui.office import Office
from tools.password import main
from webui.passwords import Passwords

NEW = "five green boats"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path / "home")
    made.start()
    made.user()
    monkeypatch.setenv("FRONTDESK_HOME", str(made.home))
    yield made
    made.stop()


@pytest.mark.parametrize("running", [True, False])
def test_the_new_password_opens_and_the_old_devices_are_out(office: Office, running: bool) -> None:
    before = Browser(office.web())
    assert before.log_in().status == 303
    if not running:
        office.stop()
    assert main(["Anna"], lambda prompt: NEW) == 0
    if not running:
        office.start()
    web = office.web(passwords=Passwords())
    assert before.get("/calls").status == 303
    assert Browser(web).log_in().status == 403
    assert Browser(web).log_in(password=NEW).status == 303
    rows = office.write(lambda c: [tuple(row) for row in c.execute("SELECT action, target FROM audit")])
    assert ("set password", "user:1") in rows


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (["eve"], [NEW, NEW], "eve: nobody of that name may log in"),
        (["anna"], ["short", "short"], "at least 10 characters"),
        (["anna"], [NEW, NEW + "!"], "not the same"),
        ([], [], "usage:"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    office: Office, capsys: pytest.CaptureFixture[str], arguments: list[str], typed: list[str], said: str
) -> None:
    answers = iter(typed)
    assert main(arguments, lambda prompt: next(answers)) == 2
    assert said in capsys.readouterr().err
    assert Browser(office.web()).log_in().status == 303
