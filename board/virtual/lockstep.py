"""The lockstep pace: as fast as both processes can, and the same bytes from run to run.

A Unix socket beside the pty (docs/architecture.md, "One clock, two paces"): after each block ``tick n, bytes written
so far``; the Pi answers ``done n, bytes written so far``. Before block n + 1 is computed, ``done n - 1`` must have
come and its bytes are read: the board runs one block ahead. A new connection starts both counts at 0 with an empty
pty. When the Pi goes away the board is told by ``connected``; it can be ticked on without a Pi, as fast as it goes.
"""

from __future__ import annotations

import select
import socket
import struct
from pathlib import Path

from board.virtual.board import Board
from board.virtual.listening import listen
from board.virtual.uart import Pty

RECORD = struct.Struct("<II")
AHEAD = 1  # blocks the board may be ahead of the Pi's answer
PATIENCE_S = 60.0  # a Pi that computes this long on one block hangs


class Lockstep:
    """Drives one board and one Pi. ``tick`` is one block."""

    def __init__(self, board: Board, pty: Pty, path: Path) -> None:
        """Listens on ``path``; raises OSError when it cannot."""
        self.board = board
        self._pty = pty
        self._path = path
        self._server = listen(path, 1)
        self._host: socket.socket | None = None
        self._sent = 0  # records since the connection
        self._answered = 0
        self._written = 0
        self._read = 0

    @property
    def connected(self) -> bool:
        return self._host is not None

    def wait_for_host(self, timeout_s: float = PATIENCE_S) -> None:
        """Waits for the Pi to connect. Raises TimeoutError."""
        if not select.select([self._server], [], [], timeout_s)[0]:
            raise TimeoutError(f"{self._path}: the supervisor did not connect within {timeout_s} s")
        self._accept()

    def tick(self) -> None:
        """One block: the Pi's answer to the last but one, then the block, then word of it to the Pi."""
        if self._host is None and select.select([self._server], [], [], 0)[0]:
            self._accept()
        while self._host is not None and self._sent - self._answered > AHEAD:
            self._take_answer()
        data = self.board.tick()
        if self._host is None:
            return
        try:
            self._pty.write_all(data, PATIENCE_S)
            self._written += len(data)
            self._host.sendall(RECORD.pack(self._sent & 0xFFFFFFFF, self._written & 0xFFFFFFFF))
            self._sent += 1
        except (BrokenPipeError, ConnectionResetError):
            self._lose()

    def settle(self) -> None:
        """Waits until the Pi has answered every block so far: a kill -9 then falls on the same moment in every run."""
        while self._host is not None and self._sent > self._answered:
            self._take_answer()

    def close(self) -> None:
        self._lose()
        self._server.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        self._pty.flush()
        self._host, _ = self._server.accept()
        self._host.settimeout(PATIENCE_S)
        self._sent = self._answered = self._written = self._read = 0

    def _take_answer(self) -> None:
        assert self._host is not None
        record = b""
        while len(record) < RECORD.size:
            try:
                part = self._host.recv(RECORD.size - len(record))
            except ConnectionResetError:
                part = b""
            if not part:
                self._lose()
                return
            record += part
        number, total = RECORD.unpack(record)
        if number != self._answered & 0xFFFFFFFF:
            raise RuntimeError(f"lockstep: done {number}, expected done {self._answered}")
        self._answered += 1
        count = (total - self._read) & 0xFFFFFFFF
        self._read += count
        self.board.receive(self._pty.read_exactly(count, PATIENCE_S))

    def _lose(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None
