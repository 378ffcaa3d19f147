"""The board's socket for people: one text line in, one JSON line out (docs/architecture.md, "Board socket").

Bounded and patient: at most MAX_CLIENTS, a line of at most MAX_LINE bytes, nothing waits for a client that does not
read. The owner calls ``serve(wait_s)`` between blocks; the socket is for this user only (mode 0600). What a sentence
wants said is read or synthesised in a thread of its own, so that the board's clock does not wait for it; answers come
in the order of the lines.
"""

from __future__ import annotations

import json
import selectors
import socket
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from board.virtual.console import Console, Prepared
from board.virtual.listening import listen, somebody_listens

MAX_CLIENTS = 8
MAX_LINE = 2000
MAX_UNSENT = 65536
MAX_PENDING = 16  # lines of a client that wait for their answer


class _Client:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.read = bytearray()
        self.unsent = bytearray()
        self.pending: deque[Future[Prepared]] = deque()


class BoardSocket:
    """Listens on ``path``; ``console`` answers."""

    def __init__(self, path: Path, console: Console) -> None:
        """Raises OSError when it cannot listen."""
        self._path = path
        if somebody_listens(path):
            raise OSError(f"{path}: another board is running there")
        self._server = listen(path, MAX_CLIENTS)
        self._console = console
        self._worker = ThreadPoolExecutor(1, "voices")
        self._selector = selectors.DefaultSelector()
        self._server.setblocking(False)
        self._selector.register(self._server, selectors.EVENT_READ)
        self._clients: dict[int, _Client] = {}

    def serve(self, wait_s: float) -> None:
        """Handles what comes within ``wait_s`` seconds (0: what is there)."""
        for key, events in self._selector.select(wait_s):
            if key.fileobj is self._server:
                self._accept()
                continue
            client = self._clients[key.fd]
            if events & selectors.EVENT_READ:
                self._readable(client)
            if key.fd in self._clients and events & selectors.EVENT_WRITE:
                self._flush(client)
        for client in list(self._clients.values()):
            while client.pending and client.pending[0].done():
                self._send(client, self._console.carry_out(client.pending.popleft().result()))

    def close(self) -> None:
        for client in list(self._clients.values()):
            self._drop(client)
        self._worker.shutdown(cancel_futures=True)
        self._selector.close()
        self._server.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            connection, _ = self._server.accept()
        except OSError:
            return
        if len(self._clients) >= MAX_CLIENTS:
            connection.close()
            return
        connection.setblocking(False)
        self._clients[connection.fileno()] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _readable(self, client: _Client) -> None:
        try:
            data = client.connection.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        client.read += data
        while (end := client.read.find(b"\n")) >= 0:
            line = bytes(client.read[:end])
            del client.read[: end + 1]
            self._answer(client, line)
        if len(client.read) > MAX_LINE:
            self._send(client, {"ok": False, "text": f"a line of more than {MAX_LINE} bytes"})
            self._drop(client)

    def _answer(self, client: _Client, line: bytes) -> None:
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            self._send(client, {"ok": False, "text": "expected a line of UTF-8 text"})
            return
        if len(client.pending) >= MAX_PENDING:
            self._send(client, {"ok": False, "text": f"more than {MAX_PENDING} lines at once"})
            return
        client.pending.append(self._worker.submit(self._console.prepare, text))

    def _send(self, client: _Client, answer: dict[str, object]) -> None:
        client.unsent += json.dumps(answer, ensure_ascii=False).encode() + b"\n"
        self._flush(client)

    def _flush(self, client: _Client) -> None:
        try:
            sent = client.connection.send(client.unsent)
            del client.unsent[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        if len(client.unsent) > MAX_UNSENT:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        self._selector.modify(client.connection, wanted)

    def _drop(self, client: _Client) -> None:
        if self._clients.pop(client.connection.fileno(), None) is not None:
            self._selector.unregister(client.connection)
            client.connection.close()
