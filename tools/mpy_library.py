"""Fetches micropython-lib's ``unittest`` for the interpreter: ``python -m tools.mpy_library`` (``make setup`` runs it).

MicroPython's own index cannot be reached from everywhere, but PyPI has the package from the time when that was where
micropython-lib was kept: ``micropython-unittest`` 0.4 (MIT). It is a tar that pip refuses ("neither setup.py nor
pyproject.toml"); ``unearth``, the finder of other installers, downloads it by the machine's own settings. The file is
put beside the interpreter, in ``.cache/micropython/lib``; nothing of it is in the repository.

Exit codes: 0 it is there, 1 it could not be had (the reason on standard error; the tests that want it are skipped).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from board.virtual.mcu import interpreter

NAME, VERSION = "micropython-unittest", "0.4"
SHA256 = "83b4a65c44b2f6382bc3dd8fbbe002b5679dbfc3744b99eaa59802e6fd14cf67"
MODULE = "unittest.py"
LARGEST = 100_000  # bytes of the module


class FetchError(Exception):
    """Raised when it cannot be had; the text says why."""


def module_of(package: bytes) -> bytes:
    """The module in the package's tar. Raises FetchError on a package that is not the one that was tried."""
    found = hashlib.sha256(package).hexdigest()
    if found != SHA256:
        raise FetchError(f"{NAME} {VERSION}: SHA-256 {found}, expected {SHA256}")
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as tar:
        try:
            file = tar.extractfile(f"{NAME}-{VERSION}/{MODULE}")
        except KeyError:
            file = None
        if file is None:
            raise FetchError(f"{NAME} {VERSION} holds no {MODULE}")
        return file.read(LARGEST)


def fetch() -> Path:
    """Downloads the package and puts its module in its place. Raises FetchError."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "unearth", f"{NAME}=={VERSION}", "--download", folder]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        try:
            if done.returncode != 0:
                raise ValueError
            package = Path(json.loads(done.stdout)["local_path"]).read_bytes()
        except (ValueError, KeyError, OSError):
            last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
            raise FetchError(f"unearth {NAME}=={VERSION}: {last}") from None
    module = module_of(package)
    interpreter.LIBRARY.mkdir(parents=True, exist_ok=True)
    place = interpreter.LIBRARY / MODULE
    place.write_bytes(module)
    return place


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="tools.mpy_library", description="Fetch micropython-lib's unittest.")
    parser.add_argument("--again", action="store_true", help="fetch even if it is there already")
    options = parser.parse_args(argv)
    place = interpreter.LIBRARY / MODULE
    if options.again or not place.exists():
        try:
            place = fetch()
        except (FetchError, OSError, subprocess.SubprocessError) as error:
            print(f"micropython-lib's unittest cannot be had here: {error}", file=sys.stderr)
            return 1
    print(f"{NAME} {VERSION}: {place}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
