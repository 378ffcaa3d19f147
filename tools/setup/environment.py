"""The project's Python environment in ``.venv``: what ``pyproject.toml`` names, with the extra ``dev``.

On a Raspberry Pi the extra ``pi`` (GPIO) comes on top. An environment that is already there is kept and completed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

from tools.setup.steps import ROOT, StepError, command, digest

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROJECT = ROOT / "pyproject.toml"
OLDEST = (3, 11)


def on_a_pi() -> bool:
    """Whether this machine is a Raspberry Pi, by its device tree."""
    try:
        return "Raspberry Pi" in Path("/proc/device-tree/model").read_text()
    except OSError:
        return False


def requirements(extras: tuple[str, ...]) -> list[str]:
    """The project's dependencies and those of ``extras``, as pip takes them."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    found = list(project["dependencies"])
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return [re.sub(r"\s+", " ", line) for line in found]


class EnvironmentStep:
    """Makes ``.venv`` and installs the dependencies into it."""

    name = "Python environment"
    needed = True

    def __init__(self) -> None:
        self.extras = ("dev", "pi") if on_a_pi() else ("dev",)

    def fingerprint(self) -> str:
        return digest(*requirements(self.extras), ".".join(map(str, sys.version_info[:2])))

    def there(self) -> bool:
        return PYTHON.exists() and (VENV / "bin" / "pytest").exists()

    def do(self) -> None:
        if not (VENV / "bin" / "pip").exists():
            try:
                command([sys.executable, "-m", "venv", str(VENV)])
            except StepError as error:
                shutil.rmtree(VENV, ignore_errors=True)  # half an environment would be taken for a whole one
                raise StepError(f"cannot make .venv: {error}. On Debian: apt-get install python3-venv") from error
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command([*pip, *requirements(self.extras)])
