"""Fetches the native MicroPython interpreter from Debian trixie: ``python -m tools.mpy`` (``make setup`` runs it).

Debian 12 has no package ``micropython``, so trixie's, with the loader and libraries it wants, is unpacked under
``.cache/micropython`` by ``tools/trixie.py`` and runs from there under its own loader. No root needed.

Exit codes: 0 the interpreter is there, 1 it could not be had (the reason on standard error; the CPython twin then
serves).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from board.virtual.mcu import interpreter
from tools.trixie import Archive, FetchError, run

PACKAGES = ("micropython", "libc6", "libffi8", "libmbedcrypto16", "libmbedtls21", "libmbedx509-7")


def fetch() -> list[str]:
    """Downloads and unpacks the interpreter; returns its command. Raises FetchError."""
    debs = interpreter.CACHE / "deb"
    archive = Archive(interpreter.CACHE / "apt")
    archive.download(list(PACKAGES), debs)
    if interpreter.ROOT.exists():
        shutil.rmtree(interpreter.ROOT)
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg", "-x", str(deb), str(interpreter.ROOT)])
    archive.forget()
    interpreter.command.cache_clear()
    found = interpreter.command()
    if found is None:
        raise FetchError("the unpacked interpreter does not start on this machine")
    return list(found)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="tools.mpy", description="Fetch the native MicroPython interpreter.")
    parser.add_argument("--again", action="store_true", help="fetch even if there is one already")
    options = parser.parse_args(argv)
    found = interpreter.command()
    if found is None or options.again:
        try:
            found = tuple(fetch())
        except (FetchError, OSError, subprocess.SubprocessError) as error:
            print(
                f"MicroPython cannot be had here: {error}. The CPython twin of the HAT's program serves.",
                file=sys.stderr,
            )
            return 1
    release = interpreter.version(list(found)) or (0, 0)
    print(f"MicroPython {release[0]}.{release[1]}: {found[-1]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
