"""``python -m tools.fuzz TARGET [--seconds N] [--corpus DIR]``: what comes from a line, mutated until it breaks.

Coverage-guided by atheris (PyPI, extra ``fuzz``). Targets: ``messages`` (caller-ID message parsers), ``digits`` (DTMF
caller ID), ``modem`` (caller ID as sound, from bits), ``audio`` (every decoder of audio blocks), ``tones`` (the tone
notation); ``all`` gives each a like share of the time, one after another, and says how many inputs each was run on.
The corpus is kept small: inputs of at most 4 kB, and only those that reach something new (``--corpus``: a folder for
each target in it). Exit 0: nothing found in the time given; atheris' own exit code and a ``crash-*`` file otherwise;
2: wrong arguments or no atheris.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

NAMES: Final = ("messages", "digits", "modem", "audio", "tones")
ALL: Final = "all"
LONGEST: Final = 4096

_EXECUTED: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main(arguments: list[str] | None = None) -> int:
    """Fuzzes one target, and does not return while atheris runs; or all of them, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz what listens to the line")
    parser.add_argument("target", choices=(*NAMES, ALL))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", default="", help="a folder that is read and added to")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: atheris is not installed (pip install 'frontdesk[fuzz]')", file=sys.stderr)
        return 2
    corpus = Path(options.corpus or tempfile.mkdtemp(prefix="fuzz-"))
    if options.target == ALL:
        return fuzz_all(options.seconds, corpus)
    fuzz(options.target, options.seconds, corpus)
    return 0


def fuzz(target: str, seconds: int, corpus: Path) -> None:
    """Fuzzes one target; atheris ends the process."""
    import atheris

    with atheris.instrument_imports(include=["drivers.signals", "tools.fuzz.targets"]):  # not numpy: slow, not ours
        from tools.fuzz.targets import TARGETS
    inputs = corpus / target
    inputs.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, str(inputs)], TARGETS[target])
    atheris.Fuzz()


def fuzz_all(seconds: int, corpus: Path) -> int:
    """Each target for its share of the time. The exit code of the first that found something, else 0."""
    failed = 0
    for name in NAMES:
        share = max(1, seconds // len(NAMES))
        command = [sys.executable, "-m", "tools.fuzz", name, "--seconds", str(share), "--corpus", str(corpus)]
        ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        if ended.returncode:
            print(ended.stderr[-8000:], file=sys.stderr)
            failed = failed or ended.returncode
        counted = _EXECUTED.search(ended.stderr)
        kept = sum(1 for _ in (corpus / name).iterdir())
        print(
            f"{name}: {counted[1] if counted else 'no count of'} inputs in {share} s, {kept} kept, "
            f"{'exit ' + str(ended.returncode) if ended.returncode else 'nothing found'}",
            flush=True,
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
