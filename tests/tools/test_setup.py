"""The set-up: what is done once stays done, what fails is said and tried again, a needed step that fails ends it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.setup import __main__ as setup
from tools.setup import debian, environment, lock, steps


class Counted:
    """A step that counts how often it is done."""

    def __init__(self, name: str, needed: bool = False, fails: bool = False) -> None:
        self.name = name
        self.needed = needed
        self.fails = fails
        self.done = 0
        self.print = "1"
        self.gone = False

    def fingerprint(self) -> str:
        return self.print

    def there(self) -> bool:
        return not self.gone

    def do(self) -> None:
        self.done += 1
        if self.fails:
            raise steps.StepError("get it at the shop")


@pytest.fixture(autouse=True)
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(steps, "STAMPS", tmp_path / "setup.json")
    monkeypatch.setattr(steps, "LOG", tmp_path / "setup.log")
    return tmp_path / "setup.json"


def test_a_second_run_does_nothing_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    step = Counted("a")
    assert steps.run([step]) == 0
    capsys.readouterr()
    assert steps.run([step]) == 0
    assert step.done == 1
    assert capsys.readouterr() == ("", "")


def test_every_step_finds_the_files_it_depends_on() -> None:
    assert all(step.fingerprint() for step in setup.STEPS)


def test_a_changed_source_or_a_lost_product_is_made_again() -> None:
    step = Counted("a")
    steps.run([step])
    step.print = "2"
    steps.run([step])
    step.gone = True
    steps.run([step])
    assert step.done == 3


def test_a_part_that_cannot_be_had_is_said_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = Counted("bad", fails=True), Counted("good")
    assert steps.run([bad, good]) == 0
    assert "setup: bad: get it at the shop" in capsys.readouterr().err
    assert steps.run([bad, good]) == 0
    assert (bad.done, good.done) == (2, 1)


def test_a_needed_part_that_cannot_be_had_ends_it() -> None:
    later = Counted("later")
    assert steps.run([Counted("needed", needed=True, fails=True), later]) == 1
    assert later.done == 0


def test_damaged_stamps_only_cost_the_steps_again(stamps: Path) -> None:
    step = Counted("a")
    stamps.write_text("{")
    assert steps.run([step]) == 0
    stamps.write_text("[1]")
    assert steps.run([step]) == 0
    assert step.done == 2


def test_a_failed_command_is_told_by_its_last_line_and_kept_whole(tmp_path: Path) -> None:
    with pytest.raises(steps.StepError, match="second"):
        steps.command(["sh", "-c", "echo first; echo second; exit 3"])
    assert "first\nsecond\n" in (tmp_path / "setup.log").read_text()
    with pytest.raises(steps.StepError, match="no-such-program"):
        steps.command(["no-such-program"])


def test_without_root_the_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = debian.Package(("no-such-package",), "a test", program="no-such-program")
    monkeypatch.setattr(debian, "PACKAGES", (absent,))
    monkeypatch.setattr(debian, "_privilege", lambda: None)
    step = debian.DebianStep()
    assert not step.there()
    with pytest.raises(steps.StepError, match=r"no-such-package \(a test\)"):
        step.do()


def test_half_an_environment_is_not_taken_for_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    monkeypatch.setattr(environment, "VENV", venv)

    def without_pip(words: list[str]) -> None:
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch()
        raise steps.StepError("ensurepip is not available")

    monkeypatch.setattr(environment, "command", without_pip)
    with pytest.raises(steps.StepError, match="apt-get install python3-venv"):
        environment.EnvironmentStep().do()
    assert not venv.exists()


def _locked(path: Path, where: dict[str, str]) -> dict[str, str]:
    """Name -> version of what a lock file installs on such a machine; each has a hash."""
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", path.read_text()):
        if entry.startswith("#"):
            continue
        wanted, *hashes = entry.replace("\\\n", "").split("--hash=")
        pin = Requirement(wanted.strip())
        assert hashes, entry
        if pin.marker is None or pin.marker.evaluate(where):
            assert pin.name not in found, f"{path.name}: {pin.name} twice for {where}"
            (found[pin.name],) = (one.version for one in pin.specifier)
    return found


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_the_lock_files_hold_what_the_project_asks_for(python: str, machine: str) -> None:
    where = {"python_version": python, "python_full_version": f"{python}.2", "platform_machine": machine}
    for path, wanted in (
        (environment.LOCK, lock.requirements(lock.EXTRAS, dependencies=True)),
        (environment.LOCK_PI, lock.requirements((lock.PI,))),
    ):
        locked = _locked(path, where)
        asked = [one for one in map(Requirement, wanted) if one.marker is None or one.marker.evaluate(where)]
        assert asked
        for one in asked:
            version = locked.get(canonicalize_name(one.name))
            assert version is not None and version in one.specifier, f"{one} is locked as {version}: run make lock"


def test_a_file_that_is_not_the_locked_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of the right name and version, from a source that somebody has changed."""
    wheel = tmp_path / "six-1.17.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("six.py", "print('not six')")
        archive.writestr("six-1.17.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: six\nVersion: 1.17.0\n")
        archive.writestr("six-1.17.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("six-1.17.0.dist-info/RECORD", "")
    entry = next(one for one in re.split(r"\n(?=\S)", environment.LOCK.read_text()) if one.startswith("six=="))
    monkeypatch.setattr(environment, "LOCK", tmp_path / "requirements.lock")
    environment.LOCK.write_text(entry)
    monkeypatch.setattr(environment, "VENV", tmp_path / "venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "venv" / "bin" / "python")
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(tmp_path), "CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(steps.StepError):
        environment.EnvironmentStep().do()
    assert "DO NOT MATCH THE HASHES" in (tmp_path / "setup.log").read_text()
    assert not list(tmp_path.glob("venv/lib/*/site-packages/six.py"))
