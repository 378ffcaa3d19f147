"""Who comes in: cheroot's server, with connections that wait for nothing in a thread (`connections.py`).

There is room for so many from one address, and so many in all. When it is taken, a connection that nobody has logged in
on and that only waits makes room for the next; whoever is logged in keeps his.
"""

from __future__ import annotations

import logging
import selectors
import threading
import time
from typing import Any, Final

from cheroot import connections, wsgi

from webui.connections import Connection

log = logging.getLogger(__name__)

MOST_OF_STRANGERS: Final = 8
"""Connections from one address that wait and that nobody has logged in on."""
MOST: Final = 256
"""Connections in all; each is a file of this process."""


class _Waiting(connections.ConnectionManager):
    """The connections that no worker has, each until it is `due`."""

    _selector: Any  # cheroot's, of which the list of connections is the only one

    def __init__(self, server: Doorway) -> None:
        super().__init__(server)
        ready = self._selector.select
        # Whoever comes in may have another let go: by then nothing may be left to do for that one.
        self._selector.select = lambda timeout: sorted(ready(timeout), key=lambda event: event[1] is server)

    def put(self, conn: Connection) -> None:
        """Takes a connection that a worker is done with."""
        self.server.process_conn(conn)

    def wait(self, conn: Connection) -> None:
        """Has it wait until it sends more."""
        self._selector.register(conn.descriptor, selectors.EVENT_READ, data=conn)

    def let_one_go(self, among: list[Connection]) -> bool:
        """Ends the one of these, which wait, that is due next. Returns whether there was one."""
        if among:
            self._let_go(min(among, key=lambda conn: conn.due))
        return bool(among)

    def strangers(self) -> list[Connection]:
        """Those that wait and that nobody has logged in on."""
        everybody = [conn for _, conn in list(self._selector.connections) if conn is not self.server]
        return [conn for conn in everybody if not conn.logged_in]

    def _expire(self, threshold: float) -> None:
        now = time.monotonic()
        for _, conn in list(self._selector.connections):
            if conn is not self.server and conn.due < now:
                self._let_go(conn)

    def _let_go(self, conn: Connection) -> None:
        self._selector.unregister(conn.descriptor)
        conn.close()


class Doorway(wsgi.Server):
    """cheroot, with these connections, and its log in ours."""

    ConnectionClass = Connection
    keep_alive_conn_limit = None  # type: ignore[assignment]  # cheroot's word for no limit; `_room_for` has its own
    _connections: Any
    request_queue_size = 128

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._lock = threading.Lock()
        self._open: set[Connection] = set()

    def prepare(self) -> None:
        super().prepare()
        self._connections.close()
        self._connections = _Waiting(self)

    def process_conn(self, conn: Connection) -> None:
        """Takes what a connection has sent, and gives it a worker when that is a whole head.

        A new connection comes from the thread that accepts.
        """
        if conn not in self._open and not self._room_for(conn):
            conn.close()
            return
        try:
            whole = conn.arrive()
        except OSError as error:
            log.debug("%s: %s", conn.remote_addr, error)
            conn.close()
            return
        if whole:
            super().process_conn(conn)
        else:
            self._connections.wait(conn)

    def left(self, conn: Connection) -> None:
        """A connection has been closed."""
        with self._lock:
            self._open.discard(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """That a browser went away in the middle of an answer is the everyday end of a live stream: no news."""
        gone = msg.startswith(("socket.error", "Client ("))
        log.log(logging.DEBUG if gone else level, "%s", msg, exc_info=traceback and not gone)

    def _room_for(self, conn: Connection) -> bool:
        """Takes in a new connection, in the place of a stranger's that only waits if need be."""
        strangers = self._connections.strangers()
        full = len(self._open) >= MOST
        beside = [one for one in strangers if one.place == conn.place]
        crowd = beside if len(beside) >= MOST_OF_STRANGERS else strangers if full else None
        if crowd is not None and not self._connections.let_one_go(crowd):
            return False
        with self._lock:
            self._open.add(conn)
        return True
