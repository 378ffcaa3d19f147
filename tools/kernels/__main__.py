"""``python -m tools.kernels``: every kernel of this processor.

Exit codes: 0 all hear the same and all signal tests pass, 1 not (what differs goes to standard error), 2 this processor
is in no table.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from pathlib import Path

from tools.kernels.processor import here
from tools.kernels.trial import Heard, differences, hear_corpus, signal_tests, write_corpus


def main() -> int:
    """Tries them all, one line each."""
    kernels = here()
    if not kernels:
        print(f"kernels: no kernels are known for this processor ({platform.machine()})", file=sys.stderr)
        return 2
    good = True
    first: Heard | None = None
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.npz"
        write_corpus(corpus)
        for kernel in kernels:
            hearing = hear_corpus(corpus, kernel)
            if hearing.blas != kernel.name:
                print(f"kernels: {kernel.name}: this numpy has none, it takes {hearing.blas}")
                continue
            first = hearing.heard if first is None else first
            wrong = differences(first, hearing.heard)
            began = time.monotonic()
            tests = signal_tests(kernel)
            seconds = time.monotonic() - began
            if tests.returncode:
                print(tests.stdout, file=sys.stderr)
            for line in wrong:
                print(f"kernels: {kernel.name}: {line}", file=sys.stderr)
            good = good and not wrong and tests.returncode == 0
            last = tests.stdout.strip().splitlines()[-1]
            print(
                f"kernels: {kernel.name}: hears {'something else' if wrong else 'the same'}; {last} ({seconds:.0f} s)"
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
