"""The lock files from ``pyproject.toml``: ``python -m tools.setup.lock [--renew]`` (``make lock``).

``requirements.lock`` holds every package that ``make setup`` installs, with its version and the hashes of its files,
for every Python from 3.11 on, x86-64 and 64-bit Arm; ``requirements-pi.lock`` what a Raspberry Pi needs on top.
Versions that are locked stay as long as pyproject.toml allows them; with ``--renew`` the newest that it allows are
taken.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tools.setup.environment import LOCK, LOCK_PI, OLDEST, VENV
from tools.setup.steps import ROOT

PROJECT = ROOT / "pyproject.toml"
EXTRAS = ("speech", "dev")
"""What is installed everywhere, beside the dependencies themselves."""
PI = "pi"


def main(arguments: list[str] | None = None) -> int:
    """Writes both. Returns uv's exit code: not 0 where no versions agree, which it explains."""
    parser = argparse.ArgumentParser(prog="make lock", description="Writes the lock files from pyproject.toml.")
    parser.add_argument("--renew", action="store_true", help="the newest versions that pyproject.toml allows")
    renew = ["--upgrade"] if parser.parse_args(arguments).renew else []
    everywhere = requirements(EXTRAS, dependencies=True)
    return _lock(everywhere, LOCK, renew) or _lock(requirements((PI,)), LOCK_PI, [*renew, "--constraints", LOCK.name])


def requirements(extras: Iterable[str], *, dependencies: bool = False) -> list[str]:
    """What pyproject.toml asks for in these extras, and the dependencies themselves on demand; one line each."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    found = list(project["dependencies"]) if dependencies else []
    return found + [line for extra in extras for line in project["optional-dependencies"][extra]]


def _lock(wanted: list[str], target: Path, how: list[str]) -> int:
    compiling = [
        str(VENV / "bin" / "uv"),
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-annotate",
    ]
    python = ["--python-version", ".".join(map(str, OLDEST)), "--custom-compile-command", "make lock"]
    words = [*compiling, *python, *how, "--output-file", target.name, "-"]
    return subprocess.run(words, cwd=ROOT, input="\n".join(wanted), text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
