"""An update of a HAT as a person does it: tools.flash over the pty of a running virtual board, on MicroPython."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from board.virtual.mcu import interpreter
from firmware.hat.version import VERSION
from tools.flash import HAT, PackageError, package

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


def flash(device: Path, *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    """Exit code, result and what was said."""
    words = [sys.executable, "-m", "tools.flash", str(device), "--json", *map(str, arguments)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_bad_file_and_a_bad_program_leave_the_old_one_a_good_one_stays(device: Path, program: Path) -> None:
    # a file that was damaged after its hash was taken
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in program.glob("*.py"))
    (program / "SHA256SUMS").write_text(sums)
    change(program, "fxs.py", "FXS", "FXT")
    code, result, said = flash(device, "--package", program)
    assert code == 1 and "fxs.py: length or SHA-256 is not what was promised" in result["error"]
    assert (result["now"], result["slot"]) == (OLD, "a") and "not flashed" in said
    shutil.copy(HAT / "fxs.py", program)
    (program / "SHA256SUMS").unlink()

    # a program that starts, and whose self-test fails
    change(program, "version.py", str(VERSION), "(9, 8, 7)")
    change(program, "selftest.py", "mv >= 4700", "mv >= 9700")
    code, result, said = flash(device, "--package", program)
    assert code == 1 and "board: supply: 5 V supply" in result["error"] and len(result["faults"]) == 1
    assert "9.8.7 runs in slot b, on trial" in said and f"the old program is back: {OLD} runs in slot a" in said
    assert (result["now"], result["slot"]) == (OLD, "a")
    shutil.copy(HAT / "selftest.py", program)

    # a good one
    code, result, said = flash(device, "--package", program)
    assert (code, result["ok"], result["old"], result["now"], result["slot"]) == (0, True, OLD, "9.8.7", "b")
    assert result["files"] == len(package(HAT, None)) and "100 %" in said and "confirmed" in said

    # slot b is not free now
    code, result, _ = flash(device, "--slot", "b")
    assert code == 2 and "can only go to slot a" in result["error"]


def test_a_program_that_does_not_start_is_rolled_back_and_a_call_is_not_cut_off(device: Path, program: Path) -> None:
    change(program, "main.py", "machine.freq(CPU_HZ)", "raise ValueError('broken')")
    code, result, _ = flash(device, "--package", program)
    assert code == 1 and "the new program did not start" in result["error"]
    assert (result["now"], result["slot"]) == (OLD, "a")
    say(device, "lift D")
    code, result, _ = flash(device, "--package", program)
    assert code == 2 and "in use: port D" in result["error"]


def test_what_is_wrong_before_anything_is_touched_is_said(tmp_path: Path, program: Path) -> None:
    code, result, said = flash(tmp_path / "no-such-device")
    assert code == 2 and "no-such-device" in said and result["ok"] is False
    (program / "tdm.py").unlink()
    with pytest.raises(PackageError, match=r"tdm\.py: No such file"):
        package(program, None)
    (program / "SHA256SUMS").write_text("abc  main.py\n")
    with pytest.raises(PackageError, match=r"SHA256SUMS:1: expected"):
        package(program, None)
    (program / "package.json").write_text('{"urls": [["boot.py", "boot.py"]]}')
    with pytest.raises(PackageError, match=r"package\.json: urls: expected a/main\.py"):
        package(program, None)


def test_compiled_files_carry_the_name_and_format_that_the_slot_imports() -> None:
    files = package(HAT, "armv6m")
    assert {file.name for file in files} >= {"main.mpy", "stuffing_viper.mpy"}
    assert all(file.data[:2] == b"M\x06" for file in files)
