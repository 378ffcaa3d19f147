"""Starts a telephone elsewhere, a process of its own, and says what its ear has heard."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

PATIENCE_S = 20.0


class Elsewhere:
    """One telephone (``tests.drivers.remote.phone``); ``options`` as its command line has them."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.path = folder / "phone.sock"
        self._hears = folder / "ear.raw"
        command = [sys.executable, "-m", "tests.drivers.remote.phone", str(self.path), "--hears", str(self._hears)]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def opened(self) -> socket.socket:
        """A socket to it."""
        made = socket.socket(socket.AF_UNIX)
        made.connect(str(self.path))
        return made

    def kill(self) -> None:
        """Ends it as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Waits for its end, once the box has let it go."""
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def heard(self) -> npt.NDArray[np.int16]:
        """What its ear has heard while it was lifted, at its own clock."""
        return np.frombuffer(self._hears.read_bytes(), np.int16)
