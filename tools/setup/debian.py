"""Debian's packages: the programs and libraries that pip cannot bring.

Installed as root or with sudo. Elsewhere (another system, no root) the step only looks for what each package is wanted
for and says what is missing; everything that does not need it goes on.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from tools.setup.steps import StepError, command, digest


@dataclass(frozen=True)
class Package:
    """One Debian package; ``names`` are tried in order, since Debian 13 renamed some."""

    names: tuple[str, ...]
    why: str
    program: str = ""
    """A program it brings, looked for where dpkg cannot be asked."""
    library: str = ""
    """A shared library it brings, likewise."""


PACKAGES = (
    Package(("python3-venv",), "the project's Python environment"),
    Package(("flite",), "English prompts", program="flite"),
    Package(("espeak-ng",), "French prompts", program="espeak-ng"),
    Package(("libspeexdsp1",), "the echo canceller", library="speexdsp"),
    Package(("chromium",), "tests of the web page", program="chromium"),
    Package(("libatomic1",), "the driver of the browser in tests", library="atomic"),
    Package(("device-tree-compiler",), "tests of the HAT's overlay", program="dtc"),
    Package(("libspandsp2", "libspandsp2t64"), "faxes, and an independent judge in tests", library="spandsp"),
    Package(("minimodem",), "an independent judge of caller ID in tests", program="minimodem"),
    Package(("multimon-ng",), "an independent judge of DTMF in tests", program="multimon-ng"),
    Package(("libopencore-amrnb0",), "speech over a mobile's line, in training and judging", library="opencore-amrnb"),
    Package(("libgsm1",), "the same over GSM", library="gsm"),
    Package(("debian-archive-keyring",), "checking the MicroPython interpreter's packages"),
)


def _installed(package: Package) -> bool:
    if shutil.which("dpkg-query"):
        for name in package.names:
            asked = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
            if subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed":
                return True
    if package.program:
        return shutil.which(package.program) is not None
    if package.library:
        return ctypes.util.find_library(package.library) is not None
    return not shutil.which("dpkg-query")


def missing(packages: tuple[Package, ...]) -> list[Package]:
    """The packages of the list that are not on this machine."""
    return [package for package in packages if not _installed(package)]


def _privilege() -> list[str] | None:
    """What to put before a command that needs root: nothing, sudo, or None where neither serves."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    quiet = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo"] if quiet or sys.stdin.isatty() else None


def _available(package: Package) -> str:
    """The first of a package's names that apt can install. Raises StepError."""
    for name in package.names:
        shown = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True, check=False).stdout
        if "Candidate:" in shown and "Candidate: (none)" not in shown:
            return name
    raise StepError(f"no package {' or '.join(package.names)} in this system's sources (wanted for {package.why})")


class DebianStep:
    """Installs what is missing of ``packages``."""

    name = "Debian packages"
    needed = False

    def __init__(self, packages: tuple[Package, ...] | None = None) -> None:
        """``packages``: PACKAGES if None."""
        self._packages = PACKAGES if packages is None else packages

    def fingerprint(self) -> str:
        return digest(repr(self._packages))

    def there(self) -> bool:
        programs = (package for package in self._packages if package.program)
        return all(shutil.which(package.program) for package in programs)

    def do(self) -> None:
        wanted = missing(self._packages)
        if not wanted:
            return
        listed = ", ".join(f"{package.names[0]} ({package.why})" for package in wanted)
        privilege = _privilege()
        if shutil.which("apt-get") is None:
            raise StepError(f"this is not a Debian system; please install what brings: {listed}")
        if privilege is None:
            names = " ".join(package.names[0] for package in wanted)
            raise StepError(f"not root and no sudo; missing: {listed}. As root: apt-get install {names}")
        root = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive"]
        command([*root, "apt-get", "update", "-q"])
        failed: list[str] = []
        available: list[str] = []
        for package in wanted:
            try:
                available.append(_available(package))
            except StepError as error:
                failed.append(str(error))
        if available:
            command([*root, "apt-get", "install", "-q", "-y", "--no-install-recommends", *available])
        if failed:
            raise StepError("; ".join(failed))
