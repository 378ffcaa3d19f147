"""``python -m tools.firmware``. Exit codes: 0 the image is there, 1 it could not be made (why, on standard error)."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys

from tools.firmware.build import IMAGE, BuildError, build, version
from tools.setup.debian import DebianStep, Package
from tools.setup.steps import ROOT, StepError
from tools.trixie import FetchError

TOOLS = (
    Package(("gcc-arm-none-eabi",), "the compiler for the RP2040", program="arm-none-eabi-gcc"),
    Package(("libnewlib-arm-none-eabi",), "its C library"),
    Package(("cmake",), "the build", program="cmake"),
    Package(("ninja-build",), "the build", program="ninja"),
    Package(("gcc",), "MicroPython's own compiler", program="gcc"),
    Package(("libc6-dev",), "MicroPython's own compiler"),
    Package(("debian-archive-keyring",), "checking the sources' signatures"),
)


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="make firmware", description="Builds the HAT's image for the RP2040.")
    parser.parse_args(argv)
    try:
        DebianStep(TOOLS).do()
        image = build()
    except (StepError, FetchError, BuildError, OSError, subprocess.SubprocessError) as error:
        print(f"firmware: {error}", file=sys.stderr)
        return 1
    data = image.read_bytes()
    print(f"{os.path.relpath(IMAGE, ROOT)}: Frontdesk HAT {version()}, {len(data):,} bytes, SHA-256 {_sha256(data)}")
    return 0


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
