"""What a step of the set-up is, and the stamps that make a second run quick.

A step is done when it succeeded once with the same fingerprint (the files it depends on) and what it made is still
there. The stamps lie in ``build/setup.json``; a damaged file there only means that the steps run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
STAMPS = ROOT / "build" / "setup.json"
LOG = ROOT / "build" / "setup.log"


class StepError(Exception):
    """Raised when a step cannot be done; the text says what is missing and how to get it."""


class Step(Protocol):
    """One step of the set-up."""

    name: str
    needed: bool
    """Whether nothing works without it: its failure ends the set-up with exit code 1."""

    def fingerprint(self) -> str:
        """Changes whenever the step has to be done again."""

    def there(self) -> bool:
        """Whether what the step makes is still there."""

    def do(self) -> None:
        """Does the step. Raises StepError."""


def digest(*parts: str | Path) -> str:
    """A short hash over texts and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()[:16]


def command(words: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Runs a command; all it prints goes to ``build/setup.log``. Raises StepError with its last line."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(words)}\n")
        log.flush()
        try:
            done = subprocess.run(
                words,
                cwd=ROOT,
                env=env,
                stdin=None,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        except OSError as error:
            raise StepError(f"{words[0]}: {error.strerror}") from error
        log.write(done.stdout)
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise StepError(f"{lines[-1] if lines else words[0] + ' failed'} (all of it: {os.path.relpath(LOG, ROOT)})")


def _read_stamps() -> dict[str, str]:
    try:
        stamps = json.loads(STAMPS.read_text())
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def run(steps: Sequence[Step]) -> int:
    """Does what is not done yet, in order. Returns 0, or 1 when a needed step failed."""
    stamps = _read_stamps()
    for step in steps:
        fingerprint = step.fingerprint()
        if stamps.get(step.name) == fingerprint and step.there():
            continue
        print(f"setup: {step.name} ...", file=sys.stderr, flush=True)
        try:
            step.do()
        except StepError as error:
            stamps.pop(step.name, None)
            print(f"setup: {step.name}: {error}", file=sys.stderr)
            if step.needed:
                return 1
        else:
            stamps[step.name] = fingerprint
        STAMPS.parent.mkdir(parents=True, exist_ok=True)
        STAMPS.write_text(json.dumps(stamps, indent=1))
    return 0
