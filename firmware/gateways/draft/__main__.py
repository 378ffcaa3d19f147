"""``python -m firmware.gateways.draft``: writes down what a message says, as far as it can.

Standard input: the samples, int16 little-endian, 8 kHz, to their end, at most LONGEST_S. Standard output: one JSON
line, ``{"text": "..."}`` or ``{"error": "..."}``; exit code 0 or 1. It gives way to everything else (nice 19), its
memory and processor time are limited, whatever it is sent.
"""

from __future__ import annotations

import json
import os
import resource
import sys

import numpy as np

from models.files import ModelError
from models.names.decoder import Decoder
from models.names.writing import write

LONGEST_S = 900
MEMORY = 1 << 30
LONGEST_CPU_S = 600


def main() -> int:
    """Exit code 0, or 1 where there is no decoder or the sound is none; a line says which."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU_S, LONGEST_CPU_S))
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    data = sys.stdin.buffer.read(2 * 8000 * LONGEST_S + 1)
    try:
        if len(data) % 2 or not 0 < len(data) <= 2 * 8000 * LONGEST_S:
            raise ValueError(f"{len(data)} bytes, expected int16 samples of at most {LONGEST_S} s")
        said = {"text": write(Decoder(), np.frombuffer(data, "<i2").astype(np.int16))}
    except (ModelError, ValueError, MemoryError) as error:
        said = {"error": str(error) or type(error).__name__}
    print(json.dumps(said), flush=True)
    return 0 if "text" in said else 1


if __name__ == "__main__":
    sys.exit(main())
