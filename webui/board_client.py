"""Demo calls: one sentence to the virtual board's own socket. The supervisor never knows that its board is virtual."""

from __future__ import annotations

import json
import socket
from pathlib import Path

_ANSWER_S = 10.0
_LONGEST_ANSWER = 64 * 1024


def tell_board(path: Path, sentence: str) -> tuple[bool, str]:
    """Says one line of the demo console (`call from +15145550123 saying FILE.wav`) and returns (done, what it said).

    Raises:
        OSError: the board does not listen.
        ValueError: it answered with something that is no JSON line.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_S)
        connection.connect(str(path))
        connection.sendall(sentence.replace("\n", " ").encode() + b"\n")
        with connection.makefile("rb") as answers:
            answer = json.loads(answers.readline(_LONGEST_ANSWER))
    return bool(answer.get("ok")), str(answer.get("text", ""))
