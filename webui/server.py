"""The web server: cheroot with TLS around the application.

Threads: every live page holds one until its browser leaves, so there are as many more as may view live, and two dozen
are always left for pages.
Requests are bounded in time and size (`connections.py`, `doorway.py`); a browser that stops reading is let go.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

from cheroot import wsgi

from webui.application import application
from webui.certificate import Certificate
from webui.connections import IDLE_S, LONGEST_HEAD, Adapter
from webui.doorway import Doorway
from webui.live import MOST_VIEWERS
from webui.visit import CONNECTION
from webui.web import Web

PAGE_THREADS = 24
_LONGEST_BODY = 256 * 1024


class _Gateway(wsgi.Gateway_10):
    """WSGI, and the browser's connection: a live stream watches it to end when the browser leaves."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ[CONNECTION] = self.req.conn
        return environ


class Server:
    """The running server; `serve()` blocks until a signal, `stop()` may be called from any thread.

    Args:
        port: 0 takes a free one (see `port` afterwards).
    """

    def __init__(self, web: Web, certificate: Certificate, host: str, port: int) -> None:
        self._web = web
        self._server = Doorway(
            (host, port),
            application(web),
            numthreads=MOST_VIEWERS + PAGE_THREADS,
            server_name="frontdesk",
            timeout=IDLE_S,
            shutdown_timeout=5,
        )
        self._server.gateway = _Gateway
        self._server.max_request_body_size = _LONGEST_BODY
        self._server.max_request_header_size = LONGEST_HEAD
        self._server.ssl_adapter = Adapter(str(certificate.path), str(certificate.key_path))
        self._server.prepare()
        self.port: int = self._server.bind_addr[1]

    def serve(self) -> None:
        """Serves until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop_soon())
        self._web.live.start()
        try:
            self._server.serve()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends the streams and the server."""
        self._web.live.close()
        self._server.stop()

    def _stop_soon(self) -> None:
        # cheroot joins its threads when it stops; the thread that the signal interrupts is the one that serves.
        threading.Thread(target=self.stop, name="stop").start()
