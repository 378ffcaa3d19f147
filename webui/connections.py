"""Connections of browsers: none gets a thread before a whole request head of it is there.

cheroot shakes hands where it accepts, and reads heads in its workers: one browser that says nothing would stop the page
for everybody, three dozen that dribble would hold every thread. Here the accepting thread does both without ever
waiting, a step whenever a connection has sent something, and lets go of those that take too long.

Life cycle of a `Connection`: accepted, `arrive` until a head is whole, one request in a worker, then `arrive` again for
the next. What goes wrong on one ends that one, in silence; only a browser that speaks plain HTTP is told where to go.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from typing import Any, Final

from cheroot import errors, server
from cheroot.ssl.builtin import BuiltinSSLAdapter

from webui.addresses import place_of

HANDSHAKE_S: Final = 5.0
HEAD_S: Final = 10.0
"""From its first byte to its last."""
BODY_S: Final = 20.0
"""The whole body of a request, from the moment its head was there."""
IDLE_S: Final = 20.0
"""Between two requests, or before the first; also how long a browser may take no more of an answer."""
LONGEST_HEAD: Final = 32 * 1024
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_SHORTEST_WAIT_S: Final = 0.001  # 0 would mean not to wait


class _Socket(ssl.SSLSocket):
    """A browser's socket: while it is read in a worker, all of a request must be there in time."""

    read_by = 0.0

    def recv_into(self, *args: Any, **more: Any) -> int:
        if self.gettimeout():
            self.settimeout(max(_SHORTEST_WAIT_S, self.read_by - time.monotonic()))
        return super().recv_into(*args, **more)

    def send(self, *args: Any, **more: Any) -> int:
        if self.gettimeout():
            self.settimeout(IDLE_S)
        return super().send(*args, **more)


class Adapter(BuiltinSSLAdapter):
    """TLS without a handshake: that is `Connection.arrive`'s."""

    def __init__(self, certificate: str, key: str) -> None:
        super().__init__(certificate, key)
        self.context.sslsocket_class = _Socket

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """Raises FatalSSLAlert for a browser that has left already."""
        try:
            wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        except OSError as error:
            raise errors.FatalSSLAlert(*error.args) from error
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def forget_errors(self) -> None:
        """Empties this thread's list of OpenSSL errors.

        Python 3.12 and newer leave there what a connection that broke off died of, and OpenSSL takes it for an error of
        the next connection this thread serves, as soon as that has nothing to read. A new TLS object begins by emptying
        the list.
        """
        self.context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)


class Connection(server.HTTPConnection):
    """One connection of a browser.

    Attributes:
        logged_in: whether somebody has shown to be logged in on it.
        due: monotonic seconds by when something must have come, else it is let go.
    """

    rbufsize = LONGEST_HEAD

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.logged_in = False
        self.due = time.monotonic() + HANDSHAKE_S
        self._greeted = False
        self._begun = False

    @property
    def descriptor(self) -> int:
        """The number of its socket's file."""
        return int(self.socket.fileno())

    @property
    def place(self) -> str:
        """Whom it counts for: its address, or the /64 that one machine has for itself with IPv6."""
        return place_of(self.remote_addr or "")

    def arrive(self) -> bool:
        """Takes what has come, without waiting. Returns whether a whole head is there, or as much as one may be.

        Raises OSError when the browser has left, or speaks no TLS.
        """
        self.server.ssl_adapter.forget_errors()
        self.socket.settimeout(0)
        try:
            if not self._greeted:
                self.socket.do_handshake()
                self._greeted = True
                self.due = time.monotonic() + IDLE_S
            return self._head_is_there()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                self._send_to_https()
            raise

    def _send_to_https(self) -> None:
        """Answers plain HTTP on the TLS port with our address, under which this browser has just found us."""
        host, port = self.socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        head = f"HTTP/1.1 301 Moved Permanently\r\nLocation: https://{shown}:{port}/\r\n"
        socket.socket.recv(self.socket, LONGEST_HEAD)  # what is left unread would have the system take the answer back
        socket.socket.send(self.socket, f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def _head_is_there(self) -> bool:
        seen = self.rfile.peek(0)  # what is here already, else what has come
        while not _HEAD_END.search(seen) and len(seen) < LONGEST_HEAD:
            if seen and not self._begun:
                self._begun = True
                self.due = time.monotonic() + HEAD_S
            more = self.rfile.peek(LONGEST_HEAD)
            if len(more) == len(seen):
                raise ConnectionResetError("the browser has left")
            seen = more
        return True

    def communicate(self) -> bool:
        """Answers the request whose head is there. Returns whether the connection stays."""
        self.server.ssl_adapter.forget_errors()
        self.socket.settimeout(IDLE_S)
        self.socket.read_by = time.monotonic() + BODY_S
        stays = bool(super().communicate())  # type: ignore[no-untyped-call]
        self._begun = False
        self.due = time.monotonic() + IDLE_S
        return stays

    def close(self) -> None:
        self.server.left(self)
        self.wfile._write_buf.clear()  # what the browser has not taken: Python would try it again on the closed socket
        super().close()
