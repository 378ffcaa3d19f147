"""Threads of numpy's linear algebra: a program sets them, an import never does."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COUNT = "print(max(one['num_threads'] for one in threadpool_info() if one['user_api'] == 'blas'))"


def threads(program: str) -> int:
    """How many BLAS threads a process has that would have two, after this program."""
    done = subprocess.run(
        [sys.executable, "-c", f"from threadpoolctl import threadpool_info\n{program}\n{COUNT}"],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return int(done.stdout.split()[-1])


def test_importing_the_detectors_changes_nothing_and_one_thread_does() -> None:
    imported = "import drivers.signals.echo.canceller, drivers.signals.dtmf.receiver"
    if threads(imported) < 2:
        pytest.skip("this machine's BLAS has no second thread")
    assert threads(f"{imported}\nfrom drivers.signals import blas\nblas.one_thread()") == 1


@pytest.mark.parametrize("program", ["firmware.supervisor", "board.virtual", "tools.hear", "tools.scenario"])
def test_a_program_that_hears_audio_sets_one_thread(program: str) -> None:
    module = program if program == "tools.hear" else f"{program}.__main__"
    arguments = {"board.virtual": ["--home", "/nowhere", "--hat", "standin", "--country", "QQ"]}.get(
        program, ["/nowhere"]
    )
    if program == "firmware.supervisor":
        arguments = ["--home", "/proc/nowhere"]
    assert threads(f"import {module} as program\nprogram.main({arguments!r})") == 1
