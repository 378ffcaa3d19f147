"""What a child process hears: ``python -m tools.kernels.hearing CORPUS.npz``.

Prints JSON: `blas`, the kernel that BLAS really took; `heard`, what the line driver heard in each sound of the corpus
(``tools.hear``), without the levels in dB, which are measured and not decided.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from drivers.signals import blas
from drivers.signals.countries import country
from tools.hear import hear

_MEASURED = ("level", "twist")
_KINDS = ("digits", "caller_ids", "tones", "voices")


def main(arguments: list[str]) -> int:
    """Hears the whole corpus; returns 0."""
    blas.one_thread()
    heard: dict[str, list[dict[str, Any]]] = {}
    with np.load(Path(arguments[0])) as corpus:
        for name in corpus.files:
            code, _, _ = name.partition(":")
            report = hear(corpus[name], country(code))
            facts = [fact for kind in _KINDS for fact in getattr(report, kind)]
            heard[name] = [{key: said for key, said in fact.items() if key not in _MEASURED} for fact in facts]
    taken = [library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"]
    json.dump({"blas": taken[0] if taken else None, "heard": heard}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
