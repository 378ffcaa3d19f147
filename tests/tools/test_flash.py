"""An update of a HAT as a person does it: tools.flash over the pty of a running virtual board, on MicroPython."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from board.virtual.mcu import interpreter
from firmware.hat.version import VERSION
from tools.bundle import HAT, KEYRING, make, make_keys

ROOT = Path(__file__).resolve().parents[2]
OLD = ".".join(map(str, VERSION))

pytestmark = pytest.mark.skipif(
    interpreter.command() is None, reason="no MicroPython on this machine (python -m tools.mpy)"
)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    """The serial device of a board that runs in real time."""
    words = [sys.executable, "-m", "board.virtual", "--hat", "micropython", "--home", str(tmp_path / "home")]
    board = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert board.stdout is not None and "HAT on" in board.stdout.readline()
        yield tmp_path / "home" / "run" / "hat"
    finally:
        board.terminate()
        board.communicate(timeout=20)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program, to be changed."""
    return Path(shutil.copytree(HAT, tmp_path / "program", ignore=shutil.ignore_patterns("__pycache__")))


def change(program: Path, name: str, old: str, new: str) -> None:
    text = (program / name).read_text()
    assert old in text
    (program / name).write_text(text.replace(old, new))


def say(device: Path, sentence: str) -> None:
    """Types a sentence to the board, and waits until it is done."""
    with socket.socket(socket.AF_UNIX) as console:
        console.connect(str(device.with_name("board.sock")))
        console.sendall(sentence.encode() + b"\n")
        assert json.loads(console.makefile().readline())["ok"]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys", "Bench 7")
    return tmp_path / "keys"


def signed(program: Path, keys: Path) -> Path:
    """A new bundle of the program as it is now."""
    out = program.with_name(f"bundle-{len(list(program.parent.glob('bundle-*')))}")
    make(out, keys, program)
    return out


def flash(device: Path, bundle: Path, keys: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, result and what was said."""
    words = [sys.executable, "-m", "tools.flash", str(device), str(bundle), "--json", "--keyring", str(keys / KEYRING)]
    words += arguments
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_bad_bundle_and_a_bad_program_leave_the_old_one_a_good_one_stays(
    device: Path, program: Path, keys: Path
) -> None:
    # a file that was damaged after it was signed: nothing is sent
    bundle = signed(program, keys)
    with (bundle / "fxs.py").open("a") as file:
        file.write("#")
    code, result, said = flash(device, bundle, keys)
    assert code == 2 and "fxs.py: " in said and "were signed" in said and "slot b" not in said

    # a program that starts, and whose self-test fails
    change(program, "version.py", str(VERSION), "(9, 8, 7)")
    change(program, "selftest.py", "mv >= 4700", "mv >= 9700")
    code, result, said = flash(device, signed(program, keys), keys)
    assert code == 1 and "board: supply: 5 V supply" in result["error"] and len(result["faults"]) == 1
    assert "9.8.7 runs in slot b, on trial" in said and f"the old program is back: {OLD} runs in slot a" in said
    assert (result["now"], result["slot"]) == (OLD, "a")
    shutil.copy(HAT / "selftest.py", program)

    # a good one
    good = signed(program, keys)
    code, result, said = flash(device, good, keys)
    assert (code, result["ok"], result["old"], result["now"], result["slot"]) == (0, True, OLD, "9.8.7", "b")
    assert result["files"] == len(list(good.glob("*.py"))) and "100 %" in said and "confirmed" in said
    assert result["signer"] == "Bench 7" and "9.8.7, signed by Bench 7" in said

    # slot b is not free now
    code, result, _ = flash(device, good, keys, "--slot", "b")
    assert code == 2 and "can only go to slot a" in result["error"]


def test_a_program_that_does_not_start_is_rolled_back_and_a_call_is_not_cut_off(
    device: Path, program: Path, keys: Path
) -> None:
    change(program, "main.py", "machine.freq(CPU_HZ)", "raise ValueError('broken')")
    bundle = signed(program, keys)
    code, result, _ = flash(device, bundle, keys)
    assert code == 1 and "the new program did not start" in result["error"]
    assert (result["now"], result["slot"]) == (OLD, "a")
    say(device, "lift D")
    code, result, _ = flash(device, bundle, keys)
    assert code == 2 and "in use: port D" in result["error"]


def test_a_bundle_for_another_revision_of_the_board_is_refused(device: Path, program: Path, keys: Path) -> None:
    change(program, "version.py", "BOARD_REV = 1", "BOARD_REV = 2")
    code, result, said = flash(device, signed(program, keys), keys)
    assert code == 2 and "made for revision 2, this board is revision 1" in result["error"]
    assert "100 %" not in said and "switching" not in said


def test_what_is_wrong_before_anything_is_touched_is_said(tmp_path: Path, program: Path, keys: Path) -> None:
    code, result, said = flash(tmp_path / "no-such-device", signed(program, keys), keys)
    assert code == 2 and "no-such-device" in said and result["ok"] is False
    code, result, said = flash(tmp_path / "no-such-device", program, keys)
    assert code == 2 and "bundle.json" in said and "not signed" in result["error"]


def test_a_device_that_the_supervisor_holds_is_told_so(device: Path, program: Path, keys: Path) -> None:
    with serial.Serial(str(device), exclusive=True):
        code, result, said = flash(device, signed(program, keys), keys)
    assert code == 2 and "in use; stop the supervisor first" in result["error"] + said
    code, result, said = flash(device, signed(program, keys), keys)
    assert code == 0, said
