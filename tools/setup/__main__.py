"""``python3 -m tools.setup [--again]``. Exit codes: 0 ready (perhaps without parts, each of them said), 1 not."""

from __future__ import annotations

import argparse
import sys

from tools.setup.debian import DebianStep
from tools.setup.environment import OLDEST, EnvironmentStep
from tools.setup.products import MicroPythonLibraryStep, MicroPythonStep, PromptsStep
from tools.setup.steps import STAMPS, run

STEPS = (DebianStep(), EnvironmentStep(), MicroPythonStep(), MicroPythonLibraryStep(), PromptsStep())


def main() -> int:
    parser = argparse.ArgumentParser(prog="make setup", description=__doc__)
    parser.add_argument("--again", action="store_true", help="do every step again")
    if parser.parse_args().again:
        STAMPS.unlink(missing_ok=True)
    if sys.version_info < OLDEST:
        print(
            f"setup: Python {'.'.join(map(str, OLDEST))} or newer is needed, this is {sys.version.split()[0]}",
            file=sys.stderr,
        )
        return 1
    return run(STEPS)


if __name__ == "__main__":
    sys.exit(main())
