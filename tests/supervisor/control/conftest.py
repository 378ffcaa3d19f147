"""The real server on a real socket in a thread of its own; only the telephone part of the box stands still."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.signals.countries import country
from firmware.control_client import ControlClient
from firmware.supervisor.control.server import ControlServer
from firmware.supervisor.desk.desk import Desk, Dialled
from firmware.supervisor.events import Events
from firmware.supervisor.rules.numbers import Numbers
from firmware.supervisor.settings.in_force import Settings
from firmware.supervisor.store.database import Database
from firmware.supervisor.store.errors import Conflict, NotFound

NOW_MS = 1_772_463_600_000


class QuietBox:
    """A box on which call 7 is live and handset D is in use."""

    def __init__(self) -> None:
        self.hung_up: list[int] = []
        self.was_seen: list[int] = []
        self.drilled: list[str] = []
        self.fault: Exception | None = None
        self.dialled: Dialled | None = None  # what is to happen once the number has been sent

    def status(self) -> dict[str, Any]:
        if self.fault is not None:
            raise self.fault
        return {"lines": [{"name": "A", "state": "idle"}], "demo": False}

    def health(self) -> dict[str, Any]:
        return {"checks": [], "link": {}, "version": "1"}

    async def hang_up(self, call: int) -> None:
        if call != 7:
            raise NotFound(f"there is no live call {call}")
        self.hung_up.append(call)

    async def drill(self, handset: str, user: int | None) -> int:
        if handset == "D":
            raise Conflict("handset D is in use")
        self.drilled.append(handset)
        return 9

    def restart(self) -> None:
        raise Conflict("a call is going on")

    def seen(self, call: int) -> None:
        self.was_seen.append(call)

    async def dial(self, handset: str, number: str, user: int | None, dialled: Dialled | None = None) -> int:
        if handset == "D":
            raise Conflict("handset D is in use")
        self.dialled = dialled
        return 8


@dataclass
class Served:
    """What a test needs of the running server."""

    path: Path
    database: Database
    events: Events
    settings: Settings
    box: QuietBox
    loop: asyncio.AbstractEventLoop
    server: ControlServer
    client: ControlClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = ControlClient(self.path)

    def publish(self, name: str, data: dict[str, Any], times: int = 1) -> None:
        """Publish on the server's loop, at once."""

        async def tell() -> None:
            for _ in range(times):
                self.events.publish(name, data)

        asyncio.run_coroutine_threadsafe(tell(), self.loop).result(30)

    def user(self, role: str, disabled: bool = False) -> dict[str, Any]:
        """A new user of the store; returns the `as` of its requests."""

        def add(connection: Any) -> int:
            return int(
                connection.execute(
                    "INSERT INTO users (name, role, password_hash, created_ms, disabled_ms) VALUES (?, ?, '', 1, ?) "
                    "RETURNING id",
                    (f"{role}{disabled}", role, 1 if disabled else None),
                ).fetchone()[0]
            )

        return {"user": self.database.write(add).result(), "name": "x", "role": role, "via": "web"}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the store holds."""
        return self.database.write(lambda connection: [tuple(row) for row in connection.execute(sql)]).result()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose sockets have paths short enough for the kernel."""
    with tempfile.TemporaryDirectory(prefix="fd-") as name:
        yield Path(name)


@pytest.fixture
def served(short_folder: Path) -> Iterator[Served]:
    database = Database(short_folder / "frontdesk.db")
    settings, box, events = Settings.load(short_folder), QuietBox(), Events()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def on_loop(work: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(), loop).result(30)

    path = short_folder / "run" / "control.sock"
    server = ControlServer(path, Desk(database, settings, events, Numbers(country("CA")), box, lambda: NOW_MS))
    on_loop(server.start)
    yield Served(path, database, events, settings, box, loop, server)
    on_loop(server.stop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()
    database.stop()
    assert not path.exists()
