"""Fetches the native MicroPython interpreter from Debian trixie: ``python -m tools.mpy`` (``make setup`` runs it).

Debian 12 has no package ``micropython``, so trixie's, with the loader and libraries it wants, is unpacked under
``.cache/micropython`` and runs from there under its own loader. The system's own apt state is not touched; the mirror
is the one this machine is set up with, and apt checks the signatures and hashes with Debian's key ring. No root
needed.

Exit codes: 0 the interpreter is there, 1 it could not be had (the reason on standard error; the CPython twin then
serves).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from board.virtual.mcu import interpreter

SUITE = "trixie"
PACKAGES = ("micropython", "libc6", "libffi8", "libmbedcrypto16", "libmbedtls21", "libmbedx509-7")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class FetchError(Exception):
    """Raised when a step cannot be done; the text says which and what the tool printed last."""


def _run(words: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise FetchError(f"{words[0]}: {last}")
    return done.stdout


def mirror() -> str:
    """The Debian mirror this machine is set up with (its first archive whose address ends in ``/debian``)."""
    lines = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).splitlines()
    for line in lines:
        if line.rstrip("/").endswith("/debian"):
            return line
    raise FetchError("no Debian mirror is set up here (apt-get indextargets lists none; run apt-get update)")


def fetch() -> list[str]:
    """Downloads and unpacks the interpreter; returns its command. Raises FetchError."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise FetchError(f"{tool} is not on this machine (the recipe needs a Debian)")
    if not KEYRING.exists():
        raise FetchError(f"{KEYRING} is missing (package debian-archive-keyring)")
    apt = interpreter.CACHE / "apt"
    debs = interpreter.CACHE / "deb"
    for folder in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", debs):
        folder.mkdir(parents=True, exist_ok=True)
    sources = apt / f"{SUITE}.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    options = [
        f"Dir::Etc::sourcelist={sources}",
        "Dir::Etc::sourceparts=/dev/null",
        f"Dir::State::lists={apt / 'lists'}",
        f"Dir::Cache={apt / 'cache'}",
        "APT::Sandbox::User=root",  # the private folders belong to whoever runs this
        "Acquire::Languages=none",
    ]
    words = ["apt-get", *(word for option in options for word in ("-o", option))]
    _run([*words, "update"])
    _run([*words, "download", *PACKAGES], cwd=debs)
    if interpreter.ROOT.exists():
        shutil.rmtree(interpreter.ROOT)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg", "-x", str(deb), str(interpreter.ROOT)])
    shutil.rmtree(apt / "lists")
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
