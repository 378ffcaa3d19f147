"""The console of ``make run``: a typed line goes to the virtual board, its answer is printed.

The board understands the sentences (``call from +15145550123 saying build/demo.wav``, ``lift C``, ``help``); this side
only carries them over ``run/board.sock`` (docs/architecture.md). Also ``python -m tools.console [HOME]`` beside a
running box. The console ends with the input, with ``quit``, or when the board has gone.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

ANSWER_S = 10.0  # the board answers at once; this long without an answer and it hangs
LONGEST_ANSWER = 1 << 20


class BoardGone(Exception):
    """The virtual board does not answer; the text says how that was found."""


class BoardClient:
    """One connection to the board's socket. ``tell`` sends one sentence; ``close`` ends it."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise BoardGone(f"{path}: {error.strerror or error}") from error
        self._file = self._socket.makefile("rwb")

    def tell(self, sentence: str) -> str:
        """Says one sentence to the board; what a person reads as its answer. Raises BoardGone."""
        try:
            self._file.write(sentence.encode() + b"\n")
            self._file.flush()
            line = self._file.readline(LONGEST_ANSWER)
            answer = json.loads(line) if line else None
        except (OSError, ValueError) as error:
            raise BoardGone(f"no answer: {error}") from error
        if not isinstance(answer, dict):
            raise BoardGone("the virtual board has ended")
        text = str(answer.get("text", ""))
        return text if answer.get("ok") else f"not done: {text}"

    def close(self) -> None:
        """Ends the connection."""
        self._file.close()
        self._socket.close()


def talk(board: BoardClient, lines: Iterable[str], out: TextIO, prompt: str = "") -> bool:
    """Carries lines until they end or say ``quit``; whether it was ``quit``. Raises BoardGone."""
    print(prompt, end="", file=out, flush=True)
    for line in lines:
        sentence = line.strip()
        if sentence in ("quit", "exit"):
            return True
        if sentence:
            print(board.tell(sentence), file=out)
        print(prompt, end="", file=out, flush=True)
    return False


def main(arguments: list[str] | None = None) -> int:
    """A console beside a box that runs already. Exit 2 when there is no board."""
    given = sys.argv[1:] if arguments is None else arguments
    home = Path(given[0] if given else os.environ.get("FRONTDESK_HOME") or "home")
    try:
        board = BoardClient(home / "run" / "board.sock")
        talk(board, sys.stdin, sys.stdout, "> " if sys.stdin.isatty() else "")
    except BoardGone as error:
        print(f"tools.console: {error}; expected a running `make run`", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
