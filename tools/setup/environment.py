"""The project's Python environment in ``.venv``: the versions of ``requirements.lock``, each file checked by its hash.

``pyproject.toml`` says what the project needs, the lock file which versions that is (``tools/setup/lock.py`` makes one
of the other). On a Raspberry Pi what reaches the GPIO pins comes on top. An environment that is already there is kept
and completed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.setup.steps import ROOT, StepError, command, digest

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
LOCK_PI = ROOT / "requirements-pi.lock"
OLDEST = (3, 11)


def on_a_pi() -> bool:
    """Whether this machine is a Raspberry Pi, by its device tree."""
    try:
        return "Raspberry Pi" in Path("/proc/device-tree/model").read_text()
    except OSError:
        return False


class EnvironmentStep:
    """Makes ``.venv`` and installs the dependencies into it."""

    name = "Python environment"
    needed = True

    def fingerprint(self) -> str:
        return digest(LOCK, LOCK_PI, ".".join(map(str, sys.version_info[:2])))

    def there(self) -> bool:
        return PYTHON.exists() and (VENV / "bin" / "pytest").exists()

    def do(self) -> None:
        if not (VENV / "bin" / "pip").exists():
            try:
                command([sys.executable, "-m", "venv", str(VENV)])
            except StepError as error:
                shutil.rmtree(VENV, ignore_errors=True)  # half an environment would be taken for a whole one
                raise StepError(f"cannot make .venv: {error}. On Debian: apt-get install python3-venv") from error
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        command([*pip, "--only-binary", ":all:", "-r", str(LOCK)])
        if on_a_pi():
            command([*pip, "-r", str(LOCK_PI)])  # one of them has no wheel
