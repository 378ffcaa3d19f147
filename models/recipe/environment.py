"""``python -m models.recipe.environment [ARGUMENTS of models.recipe]``: trains in an environment of its own.

The training packages (pyproject's extras `speech` and `train`) go into `build/train-venv`, never into `.venv`: they
bring another numpy than the box has. Exit code of the training, or 2 where the recordings are missing.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from models.files import HERE

ROOT = HERE.parent
VENV = ROOT / "build" / "train-venv"


def main(arguments: list[str]) -> int:
    """Makes the environment where it is missing or old, and trains in it."""
    python = VENV / "bin" / "python"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = extras["speech"] + extras["train"]
    stamp = VENV / "packages.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print("train: the training packages go into build/train-venv", file=sys.stderr, flush=True)
        venv.create(VENV, with_pip=True)
        packages = [str(python), "-m", "pip", "install", "-q", *(line.replace(" ", "") for line in wanted)]
        if subprocess.run(packages, check=False).returncode:
            return 1
        stamp.write_text("\n".join(wanted))
    return subprocess.run([str(python), "-m", "models.recipe", *arguments], cwd=Path(ROOT), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
