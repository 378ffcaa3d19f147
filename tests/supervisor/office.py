"""The whole box on a virtual board, for tests that ask its control socket and read its store."""

from __future__ import annotations

import json
import socket
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware.supervisor.settings.in_force import DATABASE_NAME
from tools.scenario.stage import Stage

CLOCK = datetime.fromisoformat("2026-03-02T10:00:00-05:00")


class Office:
    """A box on a board; ``ask`` speaks to its control socket while the telephone clock goes on."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.stage = Stage(folder, settings, clock=CLOCK, seed=5)
        self.board = self.stage.board
        self.stage.start()
        self.run(1.0)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self.stage.tick()

    def rows(self, table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(f"file:{self.stage.home / DATABASE_NAME}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        with connection:
            found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]
        connection.close()
        return found

    def ask(self, do: str, **args: Any) -> dict[str, Any]:
        """See ``asked``."""
        return asked(self.stage, do, **args)


def asked(stage: Stage, do: str, **args: Any) -> dict[str, Any]:
    """One request; the clock ticks until it is answered, as it would while a page waits."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(stage.home / "run" / "control.sock"))
        request = {"id": 1, "do": do, "as": {"name": "test", "role": "admin", "via": "test"}, "args": args}
        control.sendall(json.dumps(request).encode() + b"\n")
        control.setblocking(False)
        answer = b""
        for _ in range(500):
            stage.tick()
            try:
                answer += control.recv(65536)
            except BlockingIOError:
                continue
            if answer.endswith(b"\n"):
                return dict(json.loads(answer))
    raise AssertionError(f"{do} was not answered")
