"""Supervisors as children of the player: started afresh, or forked from a parent that has everything imported already.

A ``Nursery`` is one process that imports the supervisor once and then forks a child for each request; a start costs
some milliseconds instead of a second, and the child is the same program. The nursery itself opens nothing and runs no
thread, so that forking it is safe. Children die with the process that asked for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LAST_WORDS = 400  # characters of a log's end that a failure quotes


class Child:
    """One running supervisor, however it was started."""

    def __init__(self, pid: int, log: Path, poll: Callable[[float], int | None]) -> None:
        self.pid = pid
        self._log = log
        self._poll = poll

    @classmethod
    def start(cls, module: str, arguments: Sequence[str], log: Path) -> Child:
        """``python -m module arguments``, its output in ``log``."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

        def poll(seconds: float) -> int | None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(seconds) if seconds else process.poll()
            return None

        return cls(process.pid, log, poll)

    def poll(self) -> int | None:
        """The exit status, or None while it runs; a signal's number is negative."""
        return self._poll(0.0)

    def wait(self, seconds: float) -> int | None:
        """The exit status within so many seconds, else None."""
        return self._poll(seconds)

    def terminate(self) -> None:
        """Asks it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        self._signal(signal.SIGKILL)
        self._poll(10.0)

    def last_words(self) -> str:
        """The end of what it wrote, on one line."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(errors="replace").strip().splitlines()
            return " / ".join(lines[-3:])[-LAST_WORDS:] or "it said nothing"
        return "it said nothing"

    def _signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery:
    """A process with the supervisor imported. ``fork`` as often as wanted, then ``close``."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._received = b""
        self._gone = False
        self._statuses: dict[int, int] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.scenario.offspring", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()

    @property
    def pid(self) -> int:
        """The process that has the supervisor imported."""
        return self._process.pid

    def fork(self, arguments: Sequence[str], log: Path) -> Child:
        """A supervisor with these arguments, its output in ``log``. Raises RuntimeError when the nursery has ended."""
        self._socket.sendall(json.dumps({"arguments": list(arguments), "log": str(log)}).encode() + b"\n")
        answer = self._answer(60.0, lambda told: "pid" in told)
        if answer is None:
            raise RuntimeError("the supervisor's parent process ended; its error is above")
        pid = answer["pid"]
        return Child(pid, log, lambda seconds: self._status(pid, seconds))

    def close(self) -> None:
        """Ends the nursery, which ends what it started."""
        self._gone = True
        self._socket.close()
        self._process.wait(10)

    def _status(self, pid: int, seconds: float) -> int | None:
        if pid not in self._statuses and not self._gone:
            self._answer(seconds, lambda told: told.get("ended") == pid)
        return self._statuses.get(pid, -signal.SIGKILL if self._gone else None)

    def _answer(self, seconds: float, wanted: Callable[[dict[str, int]], bool]) -> dict[str, int] | None:
        """Takes in what the nursery tells until it is what is wanted; None when the time is over or it has ended."""
        end = time.monotonic() + seconds
        while True:
            while b"\n" in self._received:
                line, self._received = self._received.split(b"\n", 1)
                told: dict[str, int] = json.loads(line)
                if "ended" in told:
                    self._statuses[told["ended"]] = told["status"]
                if wanted(told):
                    return told
            if not select.select([self._socket], [], [], max(0.0, end - time.monotonic()))[0]:
                return None
            part = self._socket.recv(4096)
            if not part:
                self._gone = True
                return None
            self._received += part


def _serve(descriptor: int) -> None:
    """The nursery's own life: import, then fork for each line that comes, until the asker is gone."""
    from firmware.supervisor import __main__ as supervisor

    asker = socket.socket(fileno=descriptor)
    lines = asker.makefile("rb")
    ready, ended = os.pipe()
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(ended)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: set[int] = set()
    while True:
        readable = select.select([descriptor, ready], [], [])[0]
        if ready in readable:
            os.read(ready, 4096)
            for pid in list(children):
                gone, status = os.waitpid(pid, os.WNOHANG)
                if gone:
                    children.remove(pid)
                    _tell(asker, {"ended": pid, "status": os.waitstatus_to_exitcode(status)})
        if descriptor in readable:
            line = lines.readline()
            if not line:
                break
            request = json.loads(line)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for one in (ready, ended):
                    os.close(one)
                asker.close()
                _become(supervisor.main, request["arguments"], request["log"])
            children.add(pid)
            _tell(asker, {"pid": pid})
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _become(main: Callable[[list[str]], int], arguments: list[str], log: str) -> None:
    """The child's life; never returns."""
    status = 1
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        status = main(arguments)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _tell(asker: socket.socket, what: dict[str, int]) -> None:
    with contextlib.suppress(OSError):
        asker.sendall(json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
