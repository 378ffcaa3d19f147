"""Child processes of ``make run``: started with their output in a log of their own, watched, ended in order.

Each has a process group of its own, so that Ctrl-C in the terminal reaches only the parent, which then ends them in the
right order; the kernel ends them with the parent if that is killed (PR_SET_PDEATHSIG). Nothing is left running.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from firmware.supervisor.store import room

PR_SET_PDEATHSIG = 1  # prctl(2)
END_S = 8.0  # a child that has not ended by then after SIGTERM is killed
ABORT_S = 2.0  # as TimeoutAbortSec in board/systemd/frontdesk.service
LAST_LINES = 5
STOOD = "Current thread"  # faulthandler's words before the lines of code
_LIBC = ctypes.CDLL(None)


class Child:
    """One process: ``python -m MODULE arguments``. ``start`` may be called again after it has ended."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._environment = {**os.environ, **(environment or {})}
        self.log = log
        self.started = 0.0
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; its output goes to the log, from the log's beginning."""
        self.started = time.monotonic()
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=_die_with_parent,
            )

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    def how_it_ended(self) -> str:
        """For a person: the status and the last lines it wrote, or where it stood when it was aborted."""
        status = self.status
        if status is None:
            return f"the {self.name} runs"
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with exit status {status}"
        lines = self.said().splitlines()
        stood = next((at for at, line in enumerate(lines) if line.startswith(STOOD)), len(lines) - LAST_LINES)
        shown = lines[max(0, stood) :][:LAST_LINES]
        if not shown and room.free(self.log.parent) == 0:
            shown = [f"what it said is lost: the disk of {self.log.parent} is full"]
        return f"the {self.name} {how}" + "".join(f"\n    {line}" for line in shown)

    def said(self) -> str:
        """All it wrote so far."""
        try:
            return self.log.read_text(errors="replace")
        except OSError:
            return ""

    def abort(self) -> None:
        """Ends one that hangs: SIGABRT, so that it may say where, and SIGKILL where it cannot even do that."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGABRT)
        try:
            self._process.wait(ABORT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """Asks it to end, waits, and kills it if it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _die_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
