"""``python -m tools.fuzz TARGET [--seconds N] [--corpus DIR]``: what comes from a line, mutated until it breaks.

Coverage-guided by atheris (PyPI, extra ``fuzz``). Targets: ``messages`` (caller-ID message parsers), ``digits`` (DTMF
caller ID), ``audio`` (every decoder of audio blocks), ``tones`` (the tone notation). The corpus is kept small: inputs
of at most 4 kB, and only those that reach something new. Exit 0: nothing found in the time given; atheris' own exit
code and a ``crash-*`` file otherwise; 2: wrong arguments or no atheris.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from typing import Final

NAMES: Final = ("messages", "digits", "audio", "tones")
LONGEST: Final = 4096


def main(arguments: list[str] | None = None) -> int:
    """Fuzzes one target; does not return while atheris runs."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz what listens to the line")
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", default="", help="a folder that is read and added to")
    options = parser.parse_args(arguments)
    try:
        import atheris
    except ImportError:
        print("fuzz: atheris is not installed (pip install 'frontdesk[fuzz]')", file=sys.stderr)
        return 2
    corpus = options.corpus or tempfile.mkdtemp(prefix="fuzz-")
    with atheris.instrument_imports(include=["drivers.signals", "tools.fuzz.targets"]):  # not numpy: slow, not ours
        from tools.fuzz.targets import TARGETS
    limits = [f"-max_total_time={options.seconds}", f"-max_len={LONGEST}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, corpus], TARGETS[options.target])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
