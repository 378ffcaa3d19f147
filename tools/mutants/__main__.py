"""``python -m tools.mutants [--number N] [--seed S] [--near] [room ...]``: sets up, then hands over to ``trial``.

cosmic-ray and what it pulls in stand in an environment of their own (the extra ``mutants``), never in ``.venv``: what
the tests run with is what is locked. The tree is copied first, for each mutant is written into its file.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.mutants.rooms import ROOMS
from tools.setup.lock import requirements
from tools.setup.steps import ROOT

HERE = ROOT / "build" / "mutants"
TREE = HERE / "tree"
PYTHON = HERE / "venv" / "bin" / "python"


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 whatever survived, for a survivor is read, not counted; 1 when tests fail before anything is broken."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Breaks the call code, one place at a time.")
    parser.add_argument("rooms", nargs="*", metavar="room", help=f"of {', '.join(ROOMS)}; all of them without")
    parser.add_argument("--number", type=int, default=200, help="how many mutants (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw: the same mutants for the same code (1)")
    parser.add_argument("--near", action="store_true", help="only the tests nearest to each file: minutes, not hours")
    asked = parser.parse_args(arguments)
    for room in asked.rooms:
        if room not in ROOMS:
            parser.error(f"{room}: expected one of {', '.join(ROOMS)}")
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", PYTHON.parents[1]], check=True)
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *requirements(("mutants",))], check=True)
    _copy_tree()
    words = [
        "--number",
        str(asked.number),
        "--seed",
        str(asked.seed),
        *(["--near"] if asked.near else []),
        *(asked.rooms or ROOMS),
    ]
    return subprocess.run([PYTHON, "-m", "tools.mutants.trial", *words], cwd=TREE, check=False).returncode


def _copy_tree() -> None:
    """What git knows of, as it lies here, with the environment and the built products of this tree."""
    shutil.rmtree(TREE, ignore_errors=True)
    known = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    for name in filter(None, known.stdout.decode().split("\0")):
        source, target = ROOT / name, TREE / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (TREE / ".venv").unlink(missing_ok=True)
    (TREE / ".venv").symlink_to((ROOT / ".venv").resolve())
    shutil.copytree(ROOT / "build", TREE / "build", ignore=_not_ourselves, symlinks=True)


def _not_ourselves(folder: str, names: list[str]) -> list[str]:
    return ["mutants"] if Path(folder) == HERE.parent and "mutants" in names else []


if __name__ == "__main__":
    sys.exit(main())
