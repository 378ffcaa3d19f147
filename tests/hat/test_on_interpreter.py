"""The cases of ``interpreter/``: written with ``unittest``, run on a MicroPython with micropython-lib's module.

They need no fakes and no pins, so that they run on a board as well: ``mpremote run FILE`` with ``unittest`` frozen
(``firmware/hat/manifest.py``) or installed. CPython's own ``unittest`` must say the same of them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from board.virtual.mcu import interpreter
from tests.hat.conftest import FIRMWARE, needs_micropython

CASES = sorted((Path(__file__).parent / "interpreter").glob("*_cases.py"))
needs_library = pytest.mark.skipif(
    not (interpreter.LIBRARY / "unittest.py").exists(), reason="no micropython-lib here (python -m tools.mpy_library)"
)
AS_CPYTHON = """
import runpy, sys, types
micropython = sys.modules["micropython"] = types.ModuleType("micropython")
micropython.const = lambda value: value
sys.modules["hat.stuffing_viper"] = None
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""
RAN = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)


def on_micropython(case: Path) -> subprocess.CompletedProcess[str]:
    command = interpreter.command()
    assert command is not None
    env = interpreter.environment(FIRMWARE, interpreter.LIBRARY)
    return subprocess.run([*command, str(case)], env=env, capture_output=True, text=True, timeout=60, check=False)


@needs_micropython
@needs_library
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_cases_on_the_interpreter(case: Path) -> None:
    done = on_micropython(case)
    said = done.stdout + done.stderr
    ran, named = RAN.search(said), case.read_text().count("    def test_")
    assert done.returncode == 0 and "FAILED" not in said, said
    assert ran is not None and int(ran[1]) == named > 0, "no case was left out"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_cases_in_cpython(case: Path) -> None:
    words = [sys.executable, "-c", AS_CPYTHON, str(case)]
    done = subprocess.run(
        words, env={"PYTHONPATH": str(FIRMWARE)}, capture_output=True, text=True, timeout=60, check=False
    )
    ran = RAN.search(done.stderr)
    assert done.returncode == 0, done.stderr
    assert ran is not None and int(ran[1]) == case.read_text().count("    def test_")


@needs_micropython
@needs_library
def test_a_case_that_fails_is_told(tmp_path: Path) -> None:
    """micropython-lib's own later releases exit 0 on failures; the one here must not."""
    case = tmp_path / "bad_cases.py"
    case.write_text(
        "import unittest\nfrom hat.bells import Bells\n"
        "class Bad(unittest.TestCase):\n    def test_it(self):\n        self.assertFalse(Bells().take(2))\n"
        "unittest.main()\n"
    )
    done = on_micropython(case)
    assert done.returncode != 0 and "FAILED" in done.stdout
