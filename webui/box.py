"""What the pages know of the box: the store's read side and the supervisor's control socket.

Nothing here keeps state between requests. When nobody answers on `run/control.sock` the box is stopped: reading goes on
from the closed database, every change is refused with the control client's `BoxStopped`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firmware.control_client import ControlClient
from firmware.supervisor.settings.in_force import DATABASE_NAME
from firmware.supervisor.store import ownership, users
from firmware.supervisor.store.errors import StoreError
from firmware.supervisor.store.reader import Reader
from firmware.supervisor.store.users import User


class Box:
    """The box as the page sees it.

    Args:
        home: `$FRONTDESK_HOME`.
    """

    def __init__(self, home: Path) -> None:
        self.recordings = home / "recordings"
        self.faxes = home / "faxes"
        # What the web process asks for itself, not for a user; `role` keeps it from being more than a user.
        self.client = ControlClient(home / "run" / "control.sock", {"name": "web page", "role": "user", "via": "web"})
        self._reader = Reader(home / DATABASE_NAME)
        self.home = home

    def running(self) -> bool:
        """Whether a supervisor listens."""
        return self.client.running()

    @property
    def owner_mark(self) -> Path | None:
        """The mark that a first visit has been made here, which outlives the database; None on a new box."""
        return self.home / ownership.MARK if ownership.has_owner(self.home) else None

    def first_visit_is_open(self) -> bool:
        """Whether nobody owns this box yet. A store that cannot be read has had one who does."""
        if self.owner_mark is not None:
            return False
        if not self._reader.path.exists():
            return True
        with contextlib.suppress(StoreError), self.reading(self.running()) as db:
            return not users.any_user(db)
        return False

    @contextlib.contextmanager
    def reading(self, running: bool) -> Iterator[sqlite3.Connection]:
        """One moment of the store, read-only; `running` says whether a supervisor has it open. Raises the store's
        `Unreadable`."""
        with self._reader.snapshot(box_stopped=not running) as connection:
            yield connection

    def ask(self, user: User, command: str, **args: Any) -> Any:
        """Asks the supervisor on behalf of a user. Raises `BoxStopped`, `NoAnswer` or `Refused`."""
        actor = {"user": user.id, "name": user.name, "role": user.role, "via": "web"}
        return self.client.request(command, args, actor=actor)

    def note(self, action: str, target: str, **detail: Any) -> None:
        """Writes to the box's audit log what nobody who is logged in did. Raises as `ask`."""
        self.client.request("audit.write", {"action": action, "target": target, "detail": detail})

    def create_first_user(self, name: str, password_hash: str) -> int:
        """The first visit makes the admin; returns the user's id. Raises as `ask`; refused once any user exists."""
        args = {"name": name, "password_hash": password_hash}
        actor = {"name": name, "role": "first_visit", "via": "web"}
        return int(self.client.request("users.create_first", args, actor=actor)["id"])
