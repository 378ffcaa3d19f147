"""One kernel tried: the corpus heard and the signal tests passed, each in a child process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.kernels.corpus import sounds
from tools.kernels.processor import Kernel

ROOT = Path(__file__).resolve().parents[2]
TESTS = "tests/drivers/signals"

Heard = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Hearing:
    """What a child heard, by sound, and the kernel that its BLAS took."""

    blas: str | None
    heard: Heard


def write_corpus(path: Path) -> None:
    """Writes the sounds where `hear_corpus` finds them, each under its country's code and its name."""
    np.savez(path, **{f"{code}: {name}": sound for name, (code, sound) in sounds().items()})


def hear_corpus(path: Path, kernel: Kernel) -> Hearing:
    """What is heard on this kernel. Raises CalledProcessError where the child fails."""
    child = subprocess.run(
        [sys.executable, "-m", "tools.kernels.hearing", str(path)],
        cwd=ROOT, env=kernel.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Hearing(**json.loads(child.stdout))


def differences(one: Heard, other: Heard) -> list[str]:
    """Where two kernels heard something else, a line each."""
    found = []
    for name, facts in one.items():
        found += [f"{name}: only the first heard {fact}" for fact in facts if fact not in other[name]]
        found += [f"{name}: only the second heard {fact}" for fact in other[name] if fact not in facts]
    return found


def signal_tests(kernel: Kernel) -> subprocess.CompletedProcess[str]:
    """The signal tests on this kernel."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS],
        cwd=ROOT, env=kernel.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
