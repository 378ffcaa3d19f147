"""Where the native MicroPython interpreter lies, and how a process of it is started.

``python -m tools.mpy`` unpacks Debian trixie's interpreter, with its own loader and libraries, under
``.cache/micropython/root``; a ``micropython`` of at least MINIMUM on the PATH serves as well. Looked up once a process;
None means that there is none on this machine, and callers then fall back to the CPython twin or skip, saying so.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
from pathlib import Path

MINIMUM = (1, 24)
"""The oldest release whose unix port was tried with these fakes."""

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "micropython"
ROOT = CACHE / "root"
LIBRARY = CACHE / "lib"
"""Modules of micropython-lib for tests on the interpreter (``python -m tools.mpy_library``)."""
_TRIPLETS = {
    "x86_64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def _unpacked() -> list[str] | None:
    if platform.machine() not in _TRIPLETS:
        return None
    triplet, loader_name = _TRIPLETS[platform.machine()]
    binary = ROOT / "usr" / "bin" / "micropython"
    for folder in ("usr/lib64", "usr/lib", f"usr/lib/{triplet}", "lib64", "lib", f"lib/{triplet}"):
        loader = ROOT / folder / loader_name
        if loader.exists() and binary.exists():
            return [str(loader), "--library-path", str(ROOT / "usr" / "lib" / triplet), str(binary)]
    return None


def version(command: list[str]) -> tuple[int, int] | None:
    """The (major, minor) release of an interpreter, or None when it does not start."""
    probe = "import sys; v = sys.implementation; print(v[0], v[1][0], v[1][1])"
    try:
        done = subprocess.run([*command, "-c", probe], capture_output=True, text=True, timeout=20, check=True)
        name, major, minor = done.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (int(major), int(minor)) if name == "micropython" else None


@functools.lru_cache(maxsize=1)
def command() -> tuple[str, ...] | None:
    """The words that start the interpreter, options to follow; None when none that serves is on this machine."""
    choices = [_unpacked()]
    on_path = shutil.which("micropython")
    if on_path:
        choices.append([on_path])
    for choice in choices:
        if choice is not None and (version(choice) or (0, 0)) >= MINIMUM:
            return tuple(choice)
    return None


def environment(*folders: Path) -> dict[str, str]:
    """The environment in which modules of ``folders`` win over the interpreter's own (``.frozen`` keeps asyncio)."""
    return {**os.environ, "MICROPYPATH": ":".join([*(str(folder) for folder in folders), ".frozen"])}
