"""One run of the fax gateway, a process of its own (``firmware/gateways/fax``): a socket to it, and its end.

On a box that systemd runs, the unit's socket starts it under a user of its own; elsewhere it is a child of this
process, which confines itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from firmware.fax_files import Report
from firmware.hat import protocol as p
from firmware.hat.cobs import FrameError, Splitter, frame, parse

FOLDER = "faxes"
SOCKET = "run/fax.sock"  # board/systemd/frontdesk-fax.socket
_PACKET = 65536


class Gateway:
    """``home``: $FRONTDESK_HOME. ``job``: what it is asked, see the gateway's ``__main__``. Raises OSError."""

    def __init__(self, home: Path, **job: str | bool) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        unit = home / SOCKET
        if unit.is_socket():
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.socket.connect(os.fspath(unit))
        else:
            self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            command = [sys.executable, "-m", "firmware.gateways.fax", "--folder", str((home / FOLDER).resolve())]
            with theirs:
                self._process = subprocess.Popen(command, stdin=theirs.fileno())
        self.socket.sendall(frame(p.LOG, 0, 0, 0, p.pack(p.LOG, 0, json.dumps(job).encode())))

    def last_report(self, seconds: float) -> Report:
        """Waits for the report that says it is over, or the end. Raises OSError after ``seconds``. Blocks."""
        self.socket.settimeout(seconds)
        splitter, report = Splitter(), Report()
        while not report.over and (packet := self.socket.recv(_PACKET)):
            for piece in splitter.feed(packet):
                with contextlib.suppress(FrameError, p.ProtocolError, ValueError):
                    kind, _, _, _, payload = parse(piece)
                    report = Report.from_json(p.unpack(p.LOG, payload)[1]) if kind == p.LOG else report
        return report if report.over else Report(why=Report.GATEWAY_ENDED)

    def close(self, patience_s: float = 0.0) -> None:
        """Ends it, by kill where it has not ended within ``patience_s``."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # whoever waits for it in a thread stops waiting
        self.socket.close()
        if self._process is not None:
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
