"""Update slots: nothing half-done ever starts, an unconfirmed program is rolled back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from board.virtual.mcu.twin import Modules
from firmware.hat import boot
from firmware.hat import protocol as p
from tests.hat.conftest import micropython, needs_micropython

MAIN = b"print('new')\n" * 100


class Flash:
    """A flash folder with the program's Updates on it."""

    def __init__(self, modules: Modules, root: Path) -> None:
        self._modules = modules
        self.root = root
        self.resets = 0
        self.start()

    def start(self) -> str:
        """Boots; the slot that starts."""
        slot = boot.choose(str(self.root))
        self.updates: Any = self._modules.load("hat.slots").Updates(str(self.root), self._reset)
        return slot

    def _reset(self) -> None:
        self.resets += 1

    def stage(self, name: str = "main.py", data: bytes = MAIN, sha: bytes | None = None, chunk: int = 512) -> int:
        digest = hashlib.sha256(data).digest() if sha is None else sha
        status = self.ask(p.UPDATE_BEGIN, len(data), digest, name.encode())
        for at in range(0, len(data), chunk):
            status = status or self.ask(p.UPDATE_CHUNK, at, data[at : at + chunk])
        return status or self.ask(p.UPDATE_END)

    def ask(self, kind: int, *values: Any) -> int:
        return int(self.updates.request(kind, p.pack(kind, *values)))

    def seconds(self, n: int) -> None:
        for _ in range(n):
            self.updates.second(0)


@pytest.fixture
def flash(modules: Modules, tmp_path: Path) -> Flash:
    return Flash(modules, tmp_path)


def test_staged_switched_tested_confirmed(flash: Flash) -> None:
    assert flash.stage() == p.OK and (flash.root / "b" / "main.py").read_bytes() == MAIN
    assert flash.ask(p.UPDATE_SWITCH) == p.OK
    flash.seconds(3)
    assert flash.resets == 1
    assert flash.start() == "b"
    assert flash.ask(p.UPDATE_CONFIRM) == p.ERR_STATE  # no self-test has passed yet
    flash.updates.tested = True
    assert flash.ask(p.UPDATE_CONFIRM) == p.OK
    flash.seconds(100)
    assert flash.resets == 1 and flash.start() == "b" and flash.start() == "b"


def test_unconfirmed_rolls_back_after_a_minute(flash: Flash) -> None:
    flash.stage()
    flash.ask(p.UPDATE_SWITCH)
    assert flash.start() == "b"
    flash.seconds(59)
    assert flash.resets == 0
    flash.seconds(1)
    assert flash.resets == 1
    assert flash.start() == "a" and flash.start() == "a"


def test_a_program_that_dies_at_once_is_rolled_back(flash: Flash) -> None:
    flash.stage()
    flash.ask(p.UPDATE_SWITCH)
    assert [flash.start(), flash.start(), flash.start()] == ["b", "a", "a"]


def test_a_wrong_hash_or_length_leaves_nothing(flash: Flash) -> None:
    assert flash.stage(sha=b"\0" * 32) == p.ERR_ARGS
    assert not list((flash.root / "b").iterdir())
    assert flash.ask(p.UPDATE_BEGIN, 100, hashlib.sha256(b"").digest(), b"main.py") == p.OK
    assert flash.ask(p.UPDATE_CHUNK, 7, b"x") == p.ERR_ARGS
    assert flash.ask(p.UPDATE_END) == p.ERR_ARGS
    assert flash.ask(p.UPDATE_SWITCH) == p.ERR_STATE


@pytest.mark.parametrize(
    "name", ["../main.py", "/main.py", "main", "slots.json", "MAIN.py", "", ".py", "a" * 40 + ".py"]
)
def test_only_plain_names_are_staged(flash: Flash, name: str) -> None:
    assert flash.stage(name) == p.ERR_ARGS


def test_a_state_that_cannot_be_read_starts_slot_a(flash: Flash) -> None:
    for text in ("", "{", '{"slot": "c", "pending": null, "tries": 0}', "[]", '{"slot": "b"}'):
        (flash.root / "slots.json").write_text(text)
        assert flash.start() == "a"


def test_a_running_trial_takes_no_update(flash: Flash) -> None:
    flash.stage()
    flash.ask(p.UPDATE_SWITCH)
    flash.start()
    assert flash.stage() == p.ERR_STATE and flash.ask(p.UPDATE_SWITCH) == p.ERR_STATE


def test_abort_throws_the_staged_files_away_and_on_trial_goes_back(flash: Flash) -> None:
    assert flash.ask(p.UPDATE_ABORT) == p.OK  # nothing was ever staged
    flash.stage()
    assert flash.ask(p.UPDATE_ABORT) == p.OK and not list((flash.root / "b").iterdir())
    flash.stage()
    flash.ask(p.UPDATE_SWITCH)
    assert flash.ask(p.UPDATE_ABORT) == p.ERR_STATE and flash.stage() == p.ERR_STATE  # it is about to start
    (flash.root / "a").mkdir()
    (flash.root / "a" / "main.py").write_bytes(b"the way back")
    assert flash.start() == "b"
    assert flash.updates.features == p.FEATURE_TRIAL | p.FEATURE_SLOT_B
    flash.updates.tested = True
    assert flash.ask(p.UPDATE_ABORT) == p.OK
    assert flash.ask(p.UPDATE_CONFIRM) == p.ERR_STATE
    flash.seconds(2)
    assert flash.resets == 1 and flash.start() == "a" and flash.updates.features == 0
    assert (flash.root / "a" / "main.py").read_bytes() == b"the way back"


def test_a_compiled_file_takes_the_plain_ones_place(flash: Flash) -> None:
    """MicroPython imports main.py where it finds both."""
    flash.stage("main.py")
    flash.stage("main.mpy")
    assert [path.name for path in (flash.root / "b").iterdir()] == ["main.mpy"]
    flash.stage("main.py")
    assert [path.name for path in (flash.root / "b").iterdir()] == ["main.py"]


@needs_micropython
def test_boot_starts_the_pending_slot_once_under_micropython(tmp_path: Path) -> None:
    """A pending program that raises ends in a reset; the next start is the old one's."""
    for slot, text in (("a", "def run(flash):\n    print('a runs')\n"), ("b", "raise ValueError('broken')\n")):
        put(tmp_path, slot, text)
    boot.write_state(str(tmp_path), {"slot": "a", "pending": "b", "tries": 0})
    first, second = boots(tmp_path), boots(tmp_path)
    assert "broken" in first and first.endswith("reset\n")
    assert second == "a runs\nreset\n"


@needs_micropython
def test_the_watchdog_runs_before_a_new_program_is_loaded(tmp_path: Path) -> None:
    """So that one that hangs while it is imported is rolled back; one that is confirmed starts it by itself."""
    put(tmp_path, "b", "print('b is loaded')\ndef run(flash):\n    print('b runs')\n")
    boot.write_state(str(tmp_path), {"slot": "a", "pending": "b", "tries": 0})
    assert boots(tmp_path) == "watchdog 8388 ms\nb is loaded\nb runs\nreset\n"
    boot.write_state(str(tmp_path), {"slot": "b", "pending": None, "tries": 0})
    assert boots(tmp_path) == "b is loaded\nb runs\nreset\n"


@needs_micropython
def test_a_frozen_program_stands_in_for_an_empty_slot_and_never_for_a_new_program(tmp_path: Path) -> None:
    put(tmp_path, "hat", "def run(flash):\n    print('frozen runs')\n")
    boot.write_state(str(tmp_path), {"slot": "a", "pending": None, "tries": 0})
    assert boots(tmp_path, frozen=True) == "frozen runs\nreset\n"
    put(tmp_path, "b", "from . import what_nobody_staged\n")
    boot.write_state(str(tmp_path), {"slot": "a", "pending": "b", "tries": 0})
    first, second = boots(tmp_path, frozen=True), boots(tmp_path, frozen=True)
    assert "what_nobody_staged" in first and "frozen" not in first
    assert second == "frozen runs\nreset\n"


def put(root: Path, slot: str, text: str) -> None:
    """A program of one file."""
    (root / slot).mkdir()
    (root / slot / "__init__.py").write_text("")
    (root / slot / "main.py").write_text(text)


def boots(root: Path, frozen: bool = False) -> str:
    """What one start of the board prints. ``frozen``: the package ``hat`` of ``root`` is frozen into the firmware."""
    return micropython(
        f"""
from hat import boot
class Machine:
    @staticmethod
    def reset():
        print('reset')
    @staticmethod
    def WDT(timeout):
        print('watchdog', timeout, 'ms')
sys.modules['machine'] = Machine
boot.time = type('T', (), {{'sleep': lambda self, s: None}})()
if {frozen}:
    for name in list(sys.modules):
        if name.startswith('hat'):
            del sys.modules[name]
boot.run({str(root)!r})
"""
    )
